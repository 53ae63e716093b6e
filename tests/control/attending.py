"""A door in this process, before an agent that is only its ledger and its note."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.config.settings import FolderSection
from agent.control.address import Address
from agent.control.door import Door, Ground
from agent.control.door_shapes import NoticeAnswer
from agent.control.note import Note
from agent.control.notice_board import NoticeBoard
from agent.ledger.ledger import Ledger
from agent.model.naming import safe_text
from agent.words.catalogue import AgentState
from tests.kit.clock import JumpingClock

NOTICE: NoticeAnswer = {
    "id": 7,
    "at": "2026-11-22T08:00:00.000+00:00",
    "kind": "sign-in",
    "title": "Sign-in needed",
    "text": "Filed does not accept the key.",
    "urgent": True,
}


@dataclass
class Standing:
    """Fulfils agent.control.attended.Attended; `scans` and `wakes` count what was asked."""

    folder: Path
    clock: JumpingClock = field(default_factory=JumpingClock)
    state: AgentState = AgentState.idle
    scans: int = 0
    wakes: int = 0

    def __post_init__(self) -> None:
        self.ledger = Ledger.open(self.folder / "ledger.sqlite3", self.clock)

    @property
    def note(self) -> Note:
        now = self.clock.now()
        return Note(1, "run", now, self.state, now)

    @property
    def folders(self) -> Sequence[FolderSection]:
        return ()

    @property
    def home(self) -> str:
        return str(self.folder)

    @property
    def config(self) -> str:
        return str(self.folder / "config.toml")

    def now(self) -> float:
        return self.clock.now()

    def scan_now(self) -> None:
        self.scans += 1

    def wake(self) -> None:
        self.wakes += 1


class Board:
    """Fulfils NoticeBoard."""

    def __init__(self) -> None:
        self.listeners: list[Any] = []

    def after(self, number: int) -> Sequence[NoticeAnswer]:
        return [NOTICE] if number < NOTICE["id"] else []

    def on_notice(self, listener: Any) -> None:
        self.listeners.append(listener)


@dataclass(frozen=True)
class Told:
    """An answer of the door."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def sentence(self) -> str:
        return safe_text(str(self.json["sentence"]))


@dataclass
class Opened:
    """An open door and the ways to it."""

    door: Door
    published: Path
    standing: Standing
    board: NoticeBoard | None = None

    @property
    def address(self) -> Address:
        address = Address.read(self.published)
        assert address is not None
        return address

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.address.port}"

    def by_port(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] = {},
        body: bytes | None = None,
    ) -> Told:
        """Ask at the port, with these headers alone."""
        connection = http.client.HTTPConnection("127.0.0.1", self.address.port, timeout=10)
        return asked(connection, method, path, headers, body)

    def with_token(self, method: str, path: str, body: object = None, **headers: str) -> Told:
        """Ask at the port as whoever may read control.json."""
        content = None if body is None else json.dumps(body).encode()
        token = {"Authorization": f"Bearer {self.address.token}"}
        return self.by_port(method, path, {**token, **headers}, content)

    def cookie(self) -> str:
        """A browser that was let in."""
        path = self.with_token("POST", "/v1/link").json["url"].removeprefix(f"http://{self.host}")
        entered = self.by_port("GET", path)
        assert entered.status == 303
        return entered.headers["set-cookie"].partition(";")[0]


def asked(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str] = {},
    body: bytes | None = None,
) -> Told:
    """One question; a Host among the headers takes the place of the usual one."""
    with closing(connection):
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Told(answer.status, told, answer.read())


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self._path)


@contextmanager
def opened(
    home: Path, board: NoticeBoard | None = None, env: Mapping[str, str] = {}, **named: str
) -> Iterator[Opened]:
    """A door of this home, open until the end."""
    home.mkdir(mode=0o700, exist_ok=True)
    standing = Standing(home)
    published = home / "control.json"
    door = Door(Ground(published, home / "control.sock", **named), env, board)
    try:
        door.attend(standing)
        assert door.open(20), "the door did not open"
        yield Opened(door, published, standing, board)
    finally:
        door.close()
        standing.ledger.close()
