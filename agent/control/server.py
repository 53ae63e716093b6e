"""uvicorn on the door's sockets: no ticking while nobody asks, and a prompt end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence

import uvicorn
from starlette.types import ASGIApp

from agent.control.peers import Connection

GRACE = 1.0  # seconds that answers under way have at the end


class Server(uvicorn.Server):
    """Serves until asked to stop; ask_to_stop() may be called from any thread."""

    def __init__(
        self,
        application: ASGIApp,
        opened: Callable[[], None],
        ending: Callable[[], None],
    ) -> None:
        """`opened` and `ending` are called on the event loop: once it listens, before it ends."""
        config = uvicorn.Config(
            application,
            http=Connection,
            loop="asyncio",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=30,
            h11_max_incomplete_event_size=32 << 10,
        )
        super().__init__(config)
        self._opened = opened
        self._ending = ending
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = asyncio.Event()
        self._stop = False

    def run_on(self, sockets: Sequence[socket.socket]) -> None:
        """Serve on listening sockets and close them at the end."""
        asyncio.run(self.serve(list(sockets)))

    def ask_to_stop(self) -> None:
        """End soon."""
        self._stop = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it ended already
                self._loop.call_soon_threadsafe(self._asked.set)

    async def main_loop(self) -> None:
        """Wait for the end: uvicorn's own would wake ten times a second."""
        self._loop = asyncio.get_running_loop()
        self._opened()
        if not self._stop:
            await self._asked.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen no more, let answers end for a moment, then cut every connection."""
        self._ending()
        for server in self.servers:
            server.close()
        for one in sockets or ():
            one.close()
        tasks = list(self.server_state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.cut()
        await asyncio.sleep(0)  # connection_lost comes one turn of the loop later
