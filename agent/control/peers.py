"""Connections to the door: who stands at the other end, and how long they may say nothing."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from dataclasses import dataclass
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 32  # of each kind: the uploads need open files, too
PATIENCE = 10.0  # seconds within which a request's head must have come
PEER = "peer"  # the key in the scope's state


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a Unix socket: an account of this machine, as the kernel tells."""

    uid: int


def peer_of(connection: socket.socket) -> Peer | None:
    """The account behind a Unix socket; None for a port, and where the system does not tell."""
    if sys.platform == "win32" or connection.family != socket.AF_UNIX:
        return None
    elif sys.platform == "darwin":  # noqa: RET505  # mypy needs all branches
        # struct xucred: version, uid, number of groups, sixteen groups (sys/ucred.h)
        told = _option(connection, 0, 1, "IIh16I")  # SOL_LOCAL, LOCAL_PEERCRED
        return Peer(told[1]) if told and told[0] == 0 else None
    else:
        told = _option(connection, socket.SOL_SOCKET, socket.SO_PEERCRED, "3i")  # pid, uid, gid
        return Peer(told[1]) if told else None


def _option(connection: socket.socket, level: int, name: int, shape: str) -> tuple[int, ...]:
    try:
        return struct.unpack(shape, connection.getsockopt(level, name, struct.calcsize(shape)))
    except (OSError, struct.error):
        return ()


class Connection(H11Protocol):
    """uvicorn's connection that knows its peer, and closes when no request comes."""

    _silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Learn who it is before the first byte."""
        super().connection_made(transport)
        # asyncio's TransportSocket has what peer_of asks of a socket
        peer = peer_of(cast("socket.socket", transport.get_extra_info("socket")))
        self.app_state = {**self.app_state, PEER: peer}
        alike = sum(1 for one in self.connections if _kind(one) == (peer is None))
        if alike > MOST_CONNECTIONS:
            transport.abort()
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._settle()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; the head of a request must be whole within PATIENCE."""
        super().data_received(data)
        if not getattr(self.cycle, "response_complete", True):  # None before the first request
            self._settle()
        elif not self.transport.is_closing():
            self._expect()

    def cut(self) -> None:
        """Close at once, whatever is under way."""
        self._settle()
        self._unset_keepalive_if_required()
        self.transport.abort()

    def _expect(self) -> None:
        if self._silence is None:
            self._silence = self.loop.call_later(PATIENCE, self.cut)

    def _settle(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None


def _kind(connection: object) -> bool:
    """Whether it came by the port."""
    return isinstance(connection, Connection) and connection.app_state.get(PEER) is None
