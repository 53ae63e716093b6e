"""The door's port: of the system's choice, at the loopback address."""

from __future__ import annotations

import socket
import sys

from agent.control.address import LOOPBACK


def open_port() -> socket.socket:
    """A listening port for this machine alone. Raises OSError."""
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer of two
    # writes would wait 40 ms for the client's delayed acknowledgement
    port = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":  # or another program could listen at the same port
            port.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        port.bind((LOOPBACK, 0))
        port.listen(64)
    except OSError:
        port.close()
        raise
    return port
