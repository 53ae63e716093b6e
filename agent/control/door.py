"""The control door: how tray, page and command line reach the running agent."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.control.address import Address
from agent.control.app import Application
from agent.control.attended import Attended
from agent.control.entrance import Entrance
from agent.control.links import Links
from agent.control.listen import open_port
from agent.control.notice_board import NoNotices, NoticeBoard
from agent.control.questions import Questions
from agent.control.server import Server
from agent.control.unix_socket import open_unix
from agent.engine.crew import Bell, Crew

ENDING = 3.0  # seconds that the door's threads have at the end; one may hang on a dead share
AGAIN = 30.0  # seconds until a door that could not be opened is tried again

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the door stands: the file that tells of it, the usual place of its Unix socket, and
    what the configuration says of that (empty: nothing)."""

    published: Path
    usual: Path
    socket: str = ""
    group: str = ""


class Serving:
    """The worker that holds the door open: its turn ends when it is asked to."""

    name = "door"

    def __init__(self, ground: Ground, env: Mapping[str, str], notices: NoticeBoard) -> None:
        self._ground, self._env = ground, env
        self.questions = Questions()
        self.entrance = Entrance()
        links = Links(time.monotonic)
        self.application = Application(self.questions, notices, links, self.entrance)
        self.opened = threading.Event()
        self._server: Server | None = None
        self._stop = False

    def turn(self) -> float:
        """Open the door and serve."""
        if self._stop:
            return AGAIN
        try:
            port = open_port()
        except OSError as error:
            log.warning("The control door cannot be opened: %s", error.strerror)
            return AGAIN
        ground = self._ground
        unix = open_unix(ground.usual, ground.socket, ground.group, self._env)
        entrance = self.entrance
        entrance.port = int(port.getsockname()[1])
        path = None if unix is None else str(unix.path)
        address = Address(os.getpid(), path, entrance.port, entrance.token)
        try:
            self._serve(address, [port] if unix is None else [port, unix.socket])
        finally:
            address.withdraw(ground.published)
            port.close()
            if unix is not None:
                unix.close()
        return AGAIN

    def _serve(self, address: Address, sockets: list[socket.socket]) -> None:
        def opened() -> None:
            self.application.feed.begin()
            try:
                address.publish(self._ground.published)
            except OSError as error:  # such as a full disk: whoever cannot find it cannot ask
                log.warning("The control door cannot be told of: %s", error.strerror)
                server.ask_to_stop()
                return
            self.opened.set()

        def ending() -> None:
            self.opened.clear()
            self.application.feed.end()

        server = self._server = Server(self.application.guarded, opened, ending)
        if not self._stop:
            server.run_on(sockets)

    def stop(self) -> None:
        """End the turn."""
        self._stop = True
        if self._server is not None:
            self._server.ask_to_stop()


class Door:
    """Opened once around all shifts of an agent; whom it attends to may change."""

    def __init__(
        self, ground: Ground, env: Mapping[str, str], notices: NoticeBoard | None = None
    ) -> None:
        self._serving = Serving(ground, env, notices or NoNotices())
        self._bell = Bell()
        self._crew = Crew([self._serving, *self._serving.questions.workers], self._bell)

    def open(self, seconds: float = 0.0) -> bool:
        """Start; call it with the agent's lock held. Whether it is open within so many seconds."""
        self._crew.start()
        return self._serving.opened.wait(seconds)

    def attend(self, attended: Attended | None) -> None:
        """Answer for this agent from now on; None: it takes up a changed configuration."""
        self._serving.questions.attend(attended)
        self.changed()

    def changed(self) -> None:
        """The agent may stand otherwise than before: whoever listens is to know."""
        self._serving.application.feed.changed()

    def close(self) -> None:
        """Close it; whoever listens is sent away."""
        self._serving.questions.attend(None)
        self._serving.stop()
        self._serving.questions.end()
        self._crew.stop(ENDING)
