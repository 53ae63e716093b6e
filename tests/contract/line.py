"""A line to a server on this machine that can be cut in the middle of a request."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from contextlib import suppress
from types import TracebackType

BLOCK = 1 << 16
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset, not with a goodbye


class Line:
    """Carries bytes between a port of its own and the server's."""

    def __init__(self, server_port: int) -> None:
        self._target = ("127.0.0.1", server_port)
        self._lock = threading.Lock()
        self._left: int | None = None
        self.cuts = 0
        line = self

        class Carrier(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                line.carry(self.request)

        self._entry = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Carrier)
        self._entry.daemon_threads = True
        self._thread = threading.Thread(target=self._entry.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        """Where callers connect to."""
        return int(self._entry.server_address[1])

    def cut_after(self, count: int) -> None:
        """Let `count` more bytes through to the server, headers included; then cut, once."""
        with self._lock:
            self._left = count

    def carry(self, caller: socket.socket) -> None:
        """One connection, until either side ends it."""
        with socket.create_connection(self._target) as server:
            back = threading.Thread(target=_pump, args=(server, caller), daemon=True)
            back.start()
            try:
                while block := caller.recv(BLOCK):
                    allowed = self._allowed(len(block))
                    server.sendall(block[:allowed])
                    if allowed < len(block):
                        for side in (caller, server):
                            side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        break
            except OSError:
                pass  # the line is gone, which is what it is for
            for side in (server, caller):
                _hang_up(side)
            back.join(5)

    def _allowed(self, size: int) -> int:
        with self._lock:
            if self._left is None:
                return size
            if size <= self._left:
                self._left -= size
                return size
            allowed, self._left = self._left, None
            self.cuts += 1
            return allowed

    def __enter__(self) -> Line:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._entry.shutdown()
        self._thread.join()
        self._entry.server_close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while block := source.recv(BLOCK):
            target.sendall(block)
    except OSError:
        pass
    _hang_up(target)


def _hang_up(side: socket.socket) -> None:
    with suppress(OSError):
        side.shutdown(socket.SHUT_RDWR)
