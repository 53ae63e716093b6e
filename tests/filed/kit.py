"""What the tests of this room share: a jumping clock, short timeouts, Filed's edges on a script."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agent.filed.binders import Binders
from agent.filed.endpoint import Endpoint
from agent.filed.graphql import Graph
from agent.filed.sign_in import SignIn
from agent.filed.transport import Transport
from agent.filed.uploads import Uploads
from agent.filed.wire import Timeouts
from agent.model.client import Client, ClientState
from tests.filed.scripted import Scripted, Turn

SHORT = Timeouts(connect=2.0, read=0.3, write=0.5, pool=0.5, reply=0.6)
NOON = 1_800_000_000.0  # wall clock of the tests


class JumpingClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.wall = NOON
        self.steady = 50.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def advance(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


class Keys:
    """Exchanges keys for tokens t1, t2, ... or fails as told."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, key: str) -> str:
        self.asked.append(key)
        found = self.answers.pop(0) if self.answers else f"t{len(self.asked)}"
        if isinstance(found, Exception):
            raise found
        return found


def jwt(**claims: object) -> str:
    """A token as a JWT that nobody verifies."""
    coded = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "none"}, claims)
    ]
    return ".".join([*coded, "signature"])


@dataclass
class House:
    """One server on a script and the edges that talk to it."""

    server: Scripted
    clock: JumpingClock
    keys: Keys
    sign_in: SignIn
    uploads: Uploads
    binders: Binders
    transport: Transport

    def authorizations(self) -> list[str]:
        return [asked.headers.get("authorization", "") for asked in self.server.asked]


@contextmanager
def house(*script: Turn, timeouts: Timeouts = SHORT, keys: Keys | None = None) -> Iterator[House]:
    """Uploads and binders in front of a scripted server."""
    clock, keys = JumpingClock(), keys or Keys()
    with Scripted(*script) as server:
        upload = Endpoint.parse(server.url("/api/uploads"))
        graph = Endpoint.parse(server.url("/graphql"))
        with Transport([upload, graph], clock, timeouts=timeouts) as transport:
            sign_in = SignIn(keys, lambda: "key-1", clock, transport.server_time)
            yield House(
                server,
                clock,
                keys,
                sign_in,
                Uploads(transport, upload, sign_in),
                Binders(Graph(transport, graph, sign_in)),
                transport,
            )


class Chunk:
    """A body of given bytes in parts; counts how often it was iterated."""

    def __init__(self, data: bytes = b"0123456789", part: int = 4) -> None:
        self.data, self.part = data, part
        self.iterated = 0

    @property
    def length(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[bytes]:
        self.iterated += 1
        for start in range(0, len(self.data), self.part):
            yield self.data[start : start + self.part]


CLIENT = Client(
    id=1,
    key="ann",
    name="Ann Example",
    external_id="ann-2025",
    tax_year=2025,
    return_type="F1040",
    state=ClientState.creating,
)


def client_node(number: object = 1, **changes: object) -> dict[str, object]:
    """A client as Filed lists it."""
    return {
        "id": f"c{number}",
        "name": "Ann Example",
        "externalId": "ann-2025",
        "status": "active",
        "returnType": "F1040",
        "taxYear": 2025,
        "createdAt": "2026-01-02T03:04:05Z",
    } | changes


def me(**workspace: object) -> dict[str, object]:
    """`data` whose me is a WorkspaceUser with these fields of its workspace."""
    return {"me": {"__typename": "WorkspaceUser", "workspace": workspace}}


def made(**changes: object) -> dict[str, object]:
    """`data` of createClient."""
    return {"createClient": {"client": client_node(**changes)}}


def taken(task_id: object = "task-1") -> dict[str, object]:
    """`data` of addClientDocuments."""
    return {"addClientDocuments": {"taskId": task_id}}


def create(h: House) -> object:
    """POST an upload of ten bytes."""
    return h.uploads.create("w2.pdf", "application/pdf", 10)


def ask(h: House) -> object:
    """HEAD an upload of ten bytes."""
    return h.uploads.offset("u1", 10)


def send(h: House) -> object:
    """PATCH all ten bytes of an upload."""
    return h.uploads.send("u1", 0, 10, Chunk())


def whoami(h: House) -> object:
    """A question."""
    return h.binders.workspace()


def make(h: House) -> object:
    """A mutation."""
    return h.binders.create_client(CLIENT)


def attach(h: House) -> object:
    """The other mutation."""
    return h.binders.add_documents("c1", ["u1", "u2"])


Act = Callable[[House], object]
