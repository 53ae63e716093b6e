"""What the upload origin heard: each request with the bytes of its body, and how it ended."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.types import Message, Scope, Send

KEY = "sandbox.heard"


@dataclass(slots=True)
class Heard:
    """One request, as far as it came; times are those of the sandbox's clock.

    ``head`` and ``heard`` are the bytes of its head and those of its body that came in, ``kept``
    those that ``upload_id`` took.
    ``start`` is the offset that it named, ``told`` the one that its answer told. ``fault`` is the
    fault that spoiled it; one that only makes it wait does not. ``broken`` says that the connection
    ended before the answer was written whole; then there is no ``status``. ``port`` is that of the
    sender.
    """

    method: str
    upload_id: str
    start: int
    begun: float
    port: int
    head: int
    heard: int = 0
    kept: int = 0
    fault: str = ""
    status: int | None = None
    told: int | None = None
    broken: bool = False
    ended: float | None = None


class Hearing:
    """Every request of one origin, oldest first; ``bytes`` counts all bodies by another way."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.bytes = 0
        self._requests: list[Heard] = []

    def note(self, request: Heard) -> None:
        """One more; only the origin's thread does."""
        self._requests.append(request)

    def requests(self) -> tuple[Heard, ...]:
        """As they stand now; may be asked from any thread."""
        return tuple(replace(one) for one in list(self._requests))


class Ear:
    """Listens to one connection and tells heads from bodies; both must announce their length."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._unclaimed = 0
        self._left = 0.0
        self._request: Heard | None = None

    def hear(self, count: int) -> None:
        """So many bytes came: of the body under way, else of a head that is not complete yet."""
        self._hearing.bytes += count
        self._unclaimed += count
        self._claim()

    def begin(self, scope: Scope) -> Heard:
        """The head of a request is complete: its record, which from now on lies in the scope."""
        fields = dict(scope["headers"])
        start = _number(fields.get(b"upload-offset", b""))
        path = str(scope["path"]).rstrip("/").rpartition("/")[2]
        method = str(scope["method"])
        upload_id = "" if method in ("POST", "OPTIONS") else path
        head, now = _head(scope), self._hearing.clock()
        request = Heard(method, upload_id, start or 0, now, _port(scope), head)
        scope[KEY] = self._request = request
        self._hearing.note(request)
        self._hearing.bytes -= head
        self._unclaimed -= head
        announced = _number(fields.get(b"content-length", b"")) or 0
        self._left = math.inf if b"transfer-encoding" in fields else announced
        self._claim()
        return request

    def _claim(self) -> None:
        if self._request is not None:
            count = int(min(self._unclaimed, self._left))
            self._request.heard += count
            self._unclaimed -= count
            self._left -= count

    def watched(self, request: Heard, send: Send) -> Send:
        """A send that notes the status and the offset that were told."""

        async def watching(message: Message) -> None:
            if request.ended is None:  # noted first: who reads the answer finds it on record
                self._answered(request, message)
            await send(message)

        return watching

    def _answered(self, request: Heard, message: Message) -> None:
        if message["type"] == "http.response.start":
            request.status = message["status"]
            request.told = _number(dict(message["headers"]).get(b"upload-offset", b""))
        elif not message.get("more_body", False):
            request.ended = self._hearing.clock()

    def lost(self) -> None:
        """The connection ended; whatever had no whole answer by then gets none."""
        request = self._request
        if request is not None and request.ended is None:
            request.broken, request.status, request.told = True, None, None
            request.ended = self._hearing.clock()


def heard_of(scope: Scope) -> Heard | None:
    """The record of a request, where its origin keeps one."""
    found = scope.get(KEY)
    return found if isinstance(found, Heard) else None


def _port(scope: Scope) -> int:
    client = scope.get("client")
    return int(client[1]) if client else 0


def _number(text: bytes) -> int | None:
    return int(text) if text.isdigit() else None


def _head(scope: Scope) -> int:
    """How long the head of a request was on the wire, written as clients do."""
    line = f"{scope['method']}  HTTP/{scope['http_version']}\r\n"
    query = len(scope["query_string"]) + 1 if scope["query_string"] else 0
    fields = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return len(line) + len(scope["raw_path"]) + query + fields + 2
