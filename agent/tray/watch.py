"""Following the running agent, for as long as the tray is there.

One thread reads the agent's events. Where no agent answers, it asks again after 1, 2, 4 ... 30
seconds, and whoever listens is told None.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from agent.control.door_shapes import NoticeAnswer, SnapshotAnswer
from agent.control.refused import Refused
from agent.control.remote import Gone

LOG = logging.getLogger(__name__)
SHORTEST, LONGEST = 1.0, 30.0  # seconds between two tries


class Door(Protocol):
    """As much of agent.control.remote.Remote as following it needs."""

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What it tells, until it goes."""
        ...


class Listener(Protocol):
    """Who is told."""

    def seen(self, snapshot: SnapshotAnswer | None) -> None:
        """The agent stands so now; None: no agent answers."""
        ...

    def noticed(self, notice: NoticeAnswer) -> None:
        """Something that a person should be told."""
        ...


class Watch:
    """Follows whichever agent answers. `wait` waits so many seconds; True: stop now."""

    def __init__(
        self,
        find: Callable[[], Door | None],
        listener: Listener,
        wait: Callable[[float], bool],
        longest: float = LONGEST,
    ) -> None:
        self._find = find
        self._listener = listener
        self._wait = wait
        self._longest = longest

    def run(self) -> None:
        """Until `wait` says that it is over."""
        pause = SHORTEST
        while True:
            if self._followed():
                pause = SHORTEST
            self._listener.seen(None)
            if self._wait(min(pause, self._longest)):
                return
            pause = min(pause * 2, self._longest)

    def _followed(self) -> bool:
        """Read events until they end; whether there were any."""
        heard = False
        try:
            door = self._find()
            for kind, told in door.events() if door is not None else ():
                heard = True
                self._told(kind, told)
        except (Gone, OSError, Refused) as error:
            LOG.info("the agent's events ended: %s", error)
        return heard

    def _told(self, kind: str, told: Any) -> None:
        """What a newer agent tells beside these is passed over."""
        if kind == "snapshot":
            self._listener.seen(told)
        elif kind == "notice":
            self._listener.noticed(told)
