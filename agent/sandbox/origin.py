"""One loopback origin: a uvicorn server in its own thread that starts, stops and starts again."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import sys
import threading
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from agent.sandbox.connection import Connection
from agent.sandbox.heard import Hearing

START_SECONDS = 10
LOOPBACK = "127.0.0.1"


class _Server(uvicorn.Server):
    """uvicorn that stops at once: connections are cut and running requests cancelled."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()
        self._asked = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then let the starting thread go on."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        await self.on_tick(0)
        self.listening.set()

    async def main_loop(self) -> None:
        """Keep the Date header fresh until asked to stop."""
        while not self._asked.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), 1)
            await self.on_tick(0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close listeners, cut connections and cancel what still runs, as a killed server would."""
        for server in self.servers:
            server.close()
        for sock in sockets or ():
            sock.close()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.cut()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # connection_lost of a cut transport runs one turn of the loop later.
        await asyncio.sleep(0)

    def ask_to_stop(self) -> None:
        """End main_loop; may be called from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._asked.set)


def _listener(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer of two
    # writes would wait 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # On Windows the option would let two programs share the port; there it is not needed.
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    return listener


class Origin:
    """An application on one loopback port; the port stays the same over stop and start."""

    def __init__(
        self,
        name: str,
        application: ASGIApp,
        port: int,
        hearing: Hearing | None = None,
    ) -> None:
        # uvicorn calls it with keywords only, as it would the class
        protocol = functools.partial(Connection, hearing=hearing)
        self._protocol = cast("type[Connection]", protocol)
        self._name = name
        self._application = application
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.port = port

    @property
    def url(self) -> str:
        """Scheme, host and port, without a path."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Listen; returns when connections are accepted. Raises OSError when the port is taken."""
        if self._thread is not None:
            return
        listener = _listener(self.port)
        self.port = int(listener.getsockname()[1])
        config = uvicorn.Config(
            self._application,
            http=self._protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=120,
        )
        self._server = server = _Server(config)
        self._thread = threading.Thread(
            target=lambda: asyncio.run(server.serve([listener])),
            name=f"sandbox-{self._name}",
            daemon=True,
        )
        self._thread.start()
        if not server.listening.wait(START_SECONDS):
            raise OSError(f"The sandbox's {self._name} origin did not start on port {self.port}.")

    def stop(self) -> None:
        """Cut every connection and close the port; returns when the thread has ended."""
        if self._server is None or self._thread is None:
            return
        self._server.ask_to_stop()
        self._thread.join(START_SECONDS)
        self._server = self._thread = None
