"""The running agent from the outside: what tray and command line ask its door with.

Standard library only, and little of it: a verb that asks one question is to start fast.
"""

from __future__ import annotations

import hmac
import http.client
import json
import os
import secrets
import socket
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from agent.control.address import LOOPBACK, Address, proof
from agent.control.refused import Refused

SOCKET_VARIABLE = "FILED_AGENT_SOCKET"
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 30.0
SILENCE_SECONDS = 45.0  # three signs of life of the feed were missed
MOST_LINE = 16 << 20  # bytes of one event
Answer = dict[str, Any]  # JSON: one of the shapes


class Gone(Exception):
    """No agent answers here any more."""


class _Unix(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect; raises OSError."""
        if sys.platform == "win32":
            raise OSError("There are no Unix sockets here.")
        else:  # noqa: RET506  # mypy needs both branches to leave one out on each platform
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self.sock.settimeout(CONNECT_SECONDS)
                self.sock.connect(self._path)
                self.sock.settimeout(self.timeout)
            except BaseException:
                self.sock.close()
                self.sock = None
                raise


class Remote:
    """A running agent, by its door. Each question is a connection of its own; any thread may ask.

    `program` is what the history calls the asker: `tray`, or nothing for a person's own account.
    """

    def __init__(
        self, socket: str | None, port: int = 0, token: str = "", program: str = ""
    ) -> None:
        self._socket = socket
        self._port = port
        self._token = token
        self._program = program

    @classmethod
    def find(cls, env: Mapping[str, str], program: str = "") -> Remote | None:
        """The agent of this home, or that of the socket which FILED_AGENT_SOCKET names.

        None where no agent answers.
        """
        named = env.get(SOCKET_VARIABLE, "").strip()
        found = cls(named, program=program) if named else cls._at_home(env, program)
        return found if found is not None and found.answers() else None

    @classmethod
    def _at_home(cls, env: Mapping[str, str], program: str) -> Remote | None:
        from agent.errors import ConfigProblem
        from agent.system.places import Home

        with suppress(ConfigProblem):
            address = Address.read(Home.find(env).control)
            if address is not None and _ours(Home.find(env).control):
                return cls(address.socket, address.port, address.token, program)
        return None

    def answers(self) -> bool:
        """Whether the agent listens at the door.

        A socket stands in a folder of its account; at the port of a dead agent anybody may listen,
        so whoever answers there has to prove that they know the token, before they are shown it.
        """
        if self._by_socket:
            return self._connects()
        nonce = secrets.token_hex(16)
        connection = self._connection(CONNECT_SECONDS)
        try:
            connection.request("GET", f"/v1/hello?nonce={nonce}")
            told = _told(*_read(connection))
        except (OSError, http.client.HTTPException, Gone, Refused):
            return False
        finally:
            connection.close()
        return hmac.compare_digest(str(told.get("proof")), proof(self._token, nonce))

    def _connects(self) -> bool:
        connection = self._connection(CONNECT_SECONDS)
        try:
            connection.connect()
        except OSError:
            return False
        finally:
            connection.close()
        return True

    @property
    def _by_socket(self) -> bool:
        return self._socket is not None and sys.platform != "win32"

    def get(self, path: str, /, **query: object) -> Answer:
        """Ask. A value that is None is left out. Raises Refused and Gone."""
        told = {name: _plain(value) for name, value in query.items() if value is not None}
        return self._ask(
            "GET", f"{path}?{urlencode(told, errors='surrogateescape')}" if told else path
        )

    def post(self, path: str, /, body: Mapping[str, object] | None = None) -> Answer:
        """Wish. Raises Refused and Gone; after Gone it may have been granted all the same."""
        return self._ask("POST", path, json.dumps(dict(body or {})).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        connection = self._connection(ANSWER_SECONDS)
        try:
            connection.request(method, path, body, self._headers(body is not None))
            return _told(*_read(connection))
        except (OSError, http.client.HTTPException) as error:
            raise Gone(str(error)) from error
        finally:
            connection.close()

    def events(self) -> Generator[tuple[str, Answer], None, None]:
        """The live feed: the name of each event and what it tells. Raises Refused and Gone, the
        latter also when the agent ends. Close it to listen no more."""
        connection = self._connection(SILENCE_SECONDS)
        try:
            connection.request("GET", "/v1/events", headers=self._headers(sends=False))
            answer = connection.getresponse()
            if answer.status != 200:
                _told(answer.status, answer.read())
            yield from _events(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Gone(str(error)) from error
        finally:
            connection.close()
        raise Gone("The agent ended.")

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        if self._socket is not None and sys.platform != "win32":
            return _Unix(self._socket, seconds)
        return http.client.HTTPConnection(LOOPBACK, self._port, timeout=seconds)

    def _headers(self, sends: bool) -> dict[str, str]:
        headers = {"Content-Type": "application/json"} if sends else {}
        if self._program:
            headers["X-Filed-Agent-Program"] = self._program
        if self._token and not self._by_socket:
            headers["Authorization"] = f"Bearer {self._token}"
        return headers


def _ours(path: Path) -> bool:
    """Whether what stands at the path is our account's word, or root's."""
    if sys.platform == "win32":
        return True
    else:  # noqa: RET505  # mypy needs both branches to leave one out on each platform
        try:
            found = path.lstat()
        except OSError:
            return False
        return os.geteuid() == 0 or found.st_uid in (0, os.geteuid())


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(connection: http.client.HTTPConnection) -> tuple[int, bytes]:
    answer = connection.getresponse()
    return answer.status, answer.read()


def _told(status: int, content: bytes) -> Answer:
    """The answer. Raises Refused for a 4xx or 5xx with a sentence, Gone for anything else."""
    try:
        told = json.loads(content)
    except ValueError:
        raise Gone(f"No agent: HTTP {status} without JSON.") from None
    if not isinstance(told, dict):
        raise Gone(f"No agent: HTTP {status} with something else.")
    if status >= 400:
        sentence = str(told.get("sentence", f"The agent answers with HTTP {status}."))
        raise Refused(sentence, status)
    return told


def _events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Answer]]:
    name, data = "message", ""
    while line := answer.readline(MOST_LINE):
        text = line.decode().rstrip("\r\n")
        field, _, value = text.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            data = value
        elif not text:
            if data:
                yield name, json.loads(data)
            name, data = "message", ""
