"""What is left of the tray where there is no desktop: notices, printed."""

from __future__ import annotations

from collections.abc import Callable

from agent.tray.icon import Look
from agent.tray.menu import Menu, short
from agent.words.tray import NAME


class PrintedFace:
    """A face (agent.tray.face.Face) of words alone; `wait` waits for the end, `stop` brings it."""

    def __init__(
        self,
        say: Callable[[str], None],
        wait: Callable[[], object],
        stop: Callable[[], None],
    ) -> None:
        self._say = say
        self._wait = wait
        self._stop = stop

    def show(self, look: Look, title: str, menu: Menu) -> None:
        """Nothing to show it on."""

    def notice(self, kind: str, title: str, text: str, *, urgent: bool = False) -> None:
        """On one line."""
        self._say(short(f"{title or NAME}: {text}", 1000))

    def run(self) -> bool:
        """Until stop()."""
        self._wait()
        return True

    def stop(self) -> None:
        """End run()."""
        self._stop()
