"""A scripted HTTP server: real sockets on loopback, exact bytes, able to cut, stall and reset.

Each request takes the next turn of the script; when none is left the last one is repeated.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

PATIENCE = 10.0  # seconds after which a script gives up waiting for the other side


@dataclass
class Asked:
    """A request as it came: header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def variables(self) -> dict[str, object]:
        found = json.loads(self.body)["variables"]
        assert isinstance(found, dict)
        return found


@dataclass
class Talk:
    """One request's conversation, as a turn sees it."""

    sock: socket.socket
    asked: Asked
    pending: bytes = field(repr=False)

    def read_body(self) -> bytes:
        """Read the body as announced; once."""
        want = int(self.asked.headers.get("content-length", "0"))
        while len(self.asked.body) < want:
            part = self.pending or self.sock.recv(65536)
            self.pending = b""
            if not part:
                break
            self.asked.body += part
        return self.asked.body

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)

    def wait_for_end(self) -> None:
        """Stall: keep the connection open, silent, until the other side leaves."""
        try:
            while self.sock.recv(65536):
                pass
        except OSError:
            pass

    def reset(self) -> None:
        """Close with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Turn = Callable[[Talk], bool]  # whether the connection stays open


def message(
    status: int, headers: Mapping[str, str] | None = None, body: bytes = b"", *, method: str = ""
) -> bytes:
    """The bytes of a complete reply."""
    told = {"Content-Length": str(len(body)), **(headers or {})}
    if status == 204:
        told.pop("Content-Length")
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if method == "HEAD" else body)


def reply(status: int, body: bytes = b"", **headers: str) -> Turn:
    """A plain reply; header names are given with underscores."""

    def turn(talk: Talk) -> bool:
        talk.read_body()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        talk.say(message(status, told, body, method=talk.asked.method))
        return True

    return turn


def answer(
    data: object = None, *codes: str, status: int = 200, said: str = "no", **headers: str
) -> Turn:
    """A GraphQL answer; each code makes one entry of errors[]."""
    document: dict[str, object] = {"data": data}
    if codes:
        document["errors"] = [
            {"message": said, "extensions": {"code": code}} if code else {"message": said}
            for code in codes
        ]
    return reply(
        status, json.dumps(document).encode(), **{"Content_Type": "application/json", **headers}
    )


def raw(data: bytes, *, read: bool = True) -> Turn:
    """Exactly these bytes, then the connection ends."""

    def turn(talk: Talk) -> bool:
        if read:
            talk.read_body()
        talk.say(data)
        return False

    return turn


def page(status: int = 200) -> Turn:
    """What a captive portal says."""
    return reply(
        status, b"<!DOCTYPE html><html><body>Sign in</body></html>", Content_Type="text/html"
    )


def hang_up(talk: Talk) -> bool:
    """Read everything, answer nothing, close."""
    talk.read_body()
    return False


def reset(talk: Talk) -> bool:
    """Read everything, answer with a RST."""
    talk.read_body()
    talk.reset()
    return False


def reset_at_once(talk: Talk) -> bool:
    """A RST before the body is read."""
    talk.reset()
    return False


def stall(talk: Talk) -> bool:
    """Read everything and stay silent."""
    talk.read_body()
    talk.wait_for_end()
    return False


def drip(start: bytes, drop: bytes = b"x", every: float = 0.02) -> Turn:
    """A reply that goes on for ever, one drop at a time."""

    def turn(talk: Talk) -> bool:
        talk.read_body()
        end = time.monotonic() + PATIENCE
        try:
            talk.say(start)
            while time.monotonic() < end:
                talk.say(drop)
                time.sleep(every)
        except OSError:
            pass
        return False

    return turn


class Scripted:
    """The server; a context manager. `asked` holds every request, `connections` counts them."""

    def __init__(self, *script: Turn, tls: ssl.SSLContext | None = None) -> None:
        self.script = list(script) or [reply(500)]
        self.asked: list[Asked] = []
        self.connections = 0
        self._tls = tls
        self._turn = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Scripted:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a scripted connection hangs"

    def url(self, path: str = "/api/uploads", scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(sock)
            self._start(lambda sock=sock: self._serve(sock))  # type: ignore[misc]  # a default binds it

    def _serve(self, plain: socket.socket) -> None:
        plain.settimeout(PATIENCE)
        sock = plain
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(plain, server_side=True)
            while (talk := self._next(sock)) is not None:
                with self._lock:
                    self.asked.append(talk.asked)
                    turn = self.script[min(self._turn, len(self.script) - 1)]
                    self._turn += 1
                if not turn(talk):
                    return
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(plain)
            sock.close()
            plain.close()

    def _next(self, sock: socket.socket) -> Talk | None:
        """Read one request's head."""
        head = b""
        while b"\r\n\r\n" not in head:
            part = sock.recv(65536)
            if not part:
                return None
            head += part
        text, _, rest = head.partition(b"\r\n\r\n")
        first, *lines = text.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        return Talk(sock, Asked(method, path, headers), rest)
