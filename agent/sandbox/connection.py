"""A TCP connection that the sandbox can cut under a running request."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any, cast

from starlette.types import Scope
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable
from uvicorn._types import Scope as UvicornScope
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

PIECE = 64 * 1024  # 1.2 CPU seconds for a GiB; with asyncio's own 256 KiB it is 2.4
KEY = "sandbox.connection"
LINGER_NOT_AT_ALL = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1 protocol that hands itself to the application in the scope.

    ASGI has no message for "close without an answer", so the application needs the transport.
    ``heard`` is told how many bytes come in, also those that no application ever reads, and less
    those of each request's head.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        heard: Callable[[int], None],
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._heard = heard
        self.lost = asyncio.Event()
        application = self.app

        async def with_connection(
            scope: UvicornScope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            cast("dict[str, object]", scope)[KEY] = self
            heard(-_head(cast("Scope", scope)))
            await application(scope, receive, send)

        self.app = with_connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn
        """Read in pieces that the allocator keeps: with asyncio's 256 KiB each is mapped anew."""
        if hasattr(transport, "max_size"):
            transport.max_size = PIECE
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Count what came, then go on as uvicorn does."""
        self._heard(len(data))
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for the end of the connection."""
        super().connection_lost(exc)
        self.lost.set()

    def cut(self, *, reset: bool = False) -> None:
        """Close the connection at once, unsent bytes included; ``reset`` sends a TCP RST."""
        if reset:
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT_AT_ALL)
        self.transport.abort()


def _head(scope: Scope) -> int:
    """How long the head of a request was on the wire, written as clients do."""
    line = f"{scope['method']}  HTTP/{scope['http_version']}\r\n"
    query = len(scope["query_string"]) + 1 if scope["query_string"] else 0
    fields = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return len(line) + len(scope["raw_path"]) + query + fields + 2


def connection_of(scope: Scope) -> Connection:
    """The connection that a request came in on."""
    return cast("Connection", scope[KEY])
