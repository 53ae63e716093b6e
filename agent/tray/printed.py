"""What is left of the tray where there is no desktop: notices, printed."""

from __future__ import annotations

import os
from collections.abc import Callable

from agent.tray.icon import Look
from agent.tray.menu import Menu, short
from agent.words.tray import NAME


class PrintedFace:
    """A face (agent.tray.face.Face) of words alone.

    It ends by a pipe: stop() is called by signals, which must not touch a lock that the thread
    they interrupt may hold.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._end, self._ending = os.pipe()

    def show(self, look: Look, title: str, menu: Menu) -> None:
        """Nothing to show it on."""

    def notice(self, kind: str, title: str, text: str, *, urgent: bool = False) -> None:
        """On one line."""
        self._say(short(f"{title or NAME}: {text}", 1000))

    def run(self) -> bool:
        """Until stop()."""
        os.read(self._end, 1)
        return True

    def stop(self) -> None:
        """End run()."""
        os.write(self._ending, b".")
