"""Following the running agent, for as long as the tray is there.

One thread reads the agent's events. Where no agent answers, it asks again after 1, 2, 4 ... 30
seconds, and whoever listens is told None, with a sentence where an agent is there all the same.
At each connection it asks once for the notices that were raised in the meantime.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any, Protocol

from agent.control.door_shapes import NoticeAnswer, SnapshotAnswer
from agent.control.refused import Refused
from agent.control.remote import Gone
from agent.tray.missed import Shown, worth_showing
from agent.words import tray as words

LOG = logging.getLogger(__name__)
SHORTEST, LONGEST = 1.0, 30.0  # seconds between two tries


class Door(Protocol):
    """As much of agent.control.remote.Remote as following it needs."""

    def get(self, path: str, /) -> dict[str, Any]:
        """Ask."""
        ...

    def events(self) -> Generator[tuple[str, dict[str, Any]], None, None]:
        """What it tells, until it goes."""
        ...


class Listener(Protocol):
    """Who is told."""

    def seen(self, snapshot: SnapshotAnswer | None, said: str = "") -> None:
        """The agent stands so now; None: it cannot be looked at, `said` why where it is there."""
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
        self._shown = Shown()
        self._lost = False  # the events ended under us, and nothing was heard since
        self._mistake = ""  # the last one that was logged in full

    def run(self) -> None:
        """Until `wait` says that it is over."""
        pause = SHORTEST
        while True:
            heard, said = self._followed()
            if heard:
                pause = SHORTEST
            self._away(said)
            if self._wait(min(pause, self._longest)):
                return
            pause = min(pause * 2, self._longest)

    def _followed(self) -> tuple[bool, str]:
        """Read events until they end; whether there were any, and why not where an agent is."""
        heard, door = False, None
        try:
            door = self._find()
            if door is not None:
                if self._lost:  # it may be one that cannot tell
                    self._away(words.NO_WORD)
                with closing(door.events()) as events:
                    for kind, told in events:
                        self._told(kind, told)
                        if kind == "snapshot" and not heard:
                            self._catch_up(door, told)
                            heard, self._lost = True, False
        except Refused as refused:
            LOG.info("the agent refuses to tell: %s", refused.said)
            return heard, refused.said
        except (Gone, OSError) as error:
            LOG.info("the agent's events ended: %s", error)
            self._lost = door is not None
            return heard, words.NO_WORD if self._lost and not heard else ""
        except Exception as error:
            self._odd(error)
            return False, words.ODD_ANSWER
        return heard, ""

    def _away(self, said: str) -> None:
        """Say that there is nothing to see; painting it must not end this thread."""
        try:
            self._listener.seen(None, said)
        except Exception as error:
            self._odd(error)

    def _odd(self, error: Exception) -> None:
        """A mistake of ours, or an agent of another version: in full once, not at every try."""
        if self._mistake != repr(error):
            self._mistake = repr(error)
            LOG.exception("the agent cannot be followed")

    def _told(self, kind: str, told: Any) -> None:
        """What a newer agent tells beside these is passed over."""
        if kind == "snapshot":
            self._listener.seen(told)
        elif kind == "notice" and self._shown.is_new(told):
            self._listener.noticed(told)

    def _catch_up(self, door: Door, snapshot: Any) -> None:
        """Tell what was raised while nobody listened; all that are kept are asked for, since the
        agent's numbers may have begun anew. Raises Gone."""
        if snapshot["snoozed_until"] is not None:
            return
        try:
            kept = door.get("/v1/notices")["notices"]
            new = [notice for notice in kept if self._shown.is_new(notice)]
            late = worth_showing(new, snapshot["health"], snapshot["at"])
        except (Refused, LookupError, TypeError, ValueError) as error:
            LOG.warning("the agent's notices cannot be read: %r", error)
            return
        for notice in late:
            self._listener.noticed(notice)
