"""The door to the line: who of the upload workers looks for work, and how many carry it.

One of them at a time listens: it alone hears the bell, asks for work, and when it goes off with a
document it lets the next one listen. So workers without work cost nothing, however many there are;
those with low numbers come first, and the others need neither a connection nor memory.
"""

from __future__ import annotations

import threading

from agent.engine.lanes import Lanes

AWAY = 30.0  # seconds until a worker that may not come in asks again, where it does not wait here


class Door:
    """As many in at once as there are lanes, and one more for a large document; thread-safe."""

    def __init__(self, lanes: Lanes, most: int) -> None:
        self._lanes = lanes
        self._most = most
        self._lock = threading.Lock()
        self._asleep: dict[int, threading.Condition] = {}
        self._listening: int | None = None
        self._inside = 0
        self._large = 0
        self._patience = 0.0

    def open(self, patience: float) -> None:
        """Let workers wait here for up to so many seconds: there are threads now."""
        with self._lock:
            self._patience = patience

    def close(self) -> None:
        """Let nobody wait here any more."""
        with self._lock:
            self._patience = 0.0
            for condition in self._asleep.values():
                condition.notify()

    @property
    def pause(self) -> float:
        """How long a worker that did not get in may rest elsewhere, in seconds."""
        return 0.0 if self._patience else AWAY

    def enter(self, number: int) -> bool:
        """Wait until worker `number` is the one that listens; False when it does not come to it."""
        with self._lock:
            if self._listening == number:
                self._listening = None
            if not self._free and self._patience:
                condition = self._asleep[number] = threading.Condition(self._lock)
                condition.wait_for(lambda: self._free or not self._patience, self._patience)
                del self._asleep[number]
            if not self._free:
                return False
            self._listening = number
            return True

    def go(self, *, large: bool) -> None:
        """The listener has found a document: another one may listen."""
        with self._lock:
            self._inside += 1
            self._large += large
            self._pass_on()

    def give_up(self, number: int) -> None:
        """The listener cannot listen any more."""
        with self._lock:
            if self._listening == number:
                self._pass_on()

    def leave(self, *, large: bool, returns: bool) -> None:
        """A document is no longer on the line; whether its worker asks for the next one at once."""
        with self._lock:
            self._inside -= 1
            self._large -= large
            if self._listening is None and not returns:
                self._pass_on()

    @property
    def listened(self) -> bool:
        """Whether somebody listens for work just now."""
        with self._lock:
            return self._listening is not None

    @property
    def _free(self) -> bool:
        """Whether somebody may come in to listen. One large document does not count as a lane, so
        that it holds up none of the small ones."""
        room = min(self._most, self._lanes.limit + min(self._large, 1))
        return self._listening is None and self._inside < room

    def _pass_on(self) -> None:
        self._listening = None
        if self._free and self._asleep:
            self._asleep[min(self._asleep)].notify()
