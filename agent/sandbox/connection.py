"""A TCP connection that the sandbox can cut under a running request."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import Any, cast

from starlette.types import Scope, Send
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable
from uvicorn._types import Scope as UvicornScope
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from agent.sandbox.heard import Ear, Hearing

PIECE = 64 * 1024  # 1.2 CPU seconds for a GiB; with asyncio's own 256 KiB it is 2.4
KEY = "sandbox.connection"
LINGER_NOT_AT_ALL = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1 protocol that hands itself to the application in the scope.

    ASGI has no message for "close without an answer", so the application needs the transport.
    ``hearing`` gets a record of each request and its bytes, also those that no application reads.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        hearing: Hearing | None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._ear = ear = None if hearing is None else Ear(hearing)
        self.lost = asyncio.Event()
        application = self.app

        async def with_connection(
            scope: UvicornScope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            cast("dict[str, object]", scope)[KEY] = self
            if ear is not None:
                send = _watched(ear, cast("Scope", scope), send)
            await application(scope, receive, send)

        self.app = with_connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn
        """Read in pieces that the allocator keeps: with asyncio's 256 KiB each is mapped anew."""
        if hasattr(transport, "max_size"):
            transport.max_size = PIECE
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Count what came, then go on as uvicorn does."""
        if self._ear is not None:
            self._ear.hear(len(data))
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for the end of the connection."""
        if self._ear is not None:
            self._ear.lost()
        super().connection_lost(exc)
        self.lost.set()

    def cut(self, *, reset: bool = False) -> None:
        """Close the connection at once, unsent bytes included; ``reset`` sends a TCP RST."""
        if reset:
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT_AT_ALL)
        self.transport.abort()


def _watched(ear: Ear, scope: Scope, send: ASGISendCallable) -> ASGISendCallable:
    """Begin the record of a request; a send that completes it."""
    return cast("ASGISendCallable", ear.watched(ear.begin(scope), cast("Send", send)))


def connection_of(scope: Scope) -> Connection:
    """The connection that a request came in on."""
    return cast("Connection", scope[KEY])
