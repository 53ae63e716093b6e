"""What the upload workers share: the line to Filed, and what each must know of the others."""

from __future__ import annotations

import threading
from collections.abc import Callable

from agent.engine.bandwidth import Bandwidth
from agent.engine.claims import Claims
from agent.engine.door import Door
from agent.engine.lanes import Lanes
from agent.engine.ledger_port import Ledger
from agent.engine.ports import Clock
from agent.engine.progress import Progress
from agent.engine.rules import Rules
from agent.engine.waiting import Waiting
from agent.model.patience import AIM, next_chunk

SMALLEST = 64 << 10  # bytes: what a chunk shrinks to under the lowest limits


class Chunk:
    """How much one request carries: learned from the line, so the same for everybody."""

    def __init__(self, least: int, bandwidth: Bandwidth, sharing: Callable[[], int]) -> None:
        """`sharing` tells how many documents share the line now."""
        self._least = self._learned = least
        self._bandwidth = bandwidth
        self._sharing = sharing

    @property
    def size(self) -> int:
        """In bytes; under a low limit so few that a request ends in good time."""
        limit = self._bandwidth.limit
        if not limit:
            return self._learned
        share = limit / max(1, self._sharing())
        return min(self._learned, max(SMALLEST, int(share * AIM)))

    def took(self, length: int, seconds: float) -> None:
        """A request with so many bytes, and more to follow, took so long."""
        self._learned = next_chunk(max(length, self._least), seconds, least=self._least)


class Line:
    """One for all upload workers; `parallel` is the most that may be on it at once."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        rules: Rules,
        parallel: int,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`wake` rings for whoever listens for work."""
        self.wake = wake
        self.progress = Progress()
        self.claims = Claims()
        self.bandwidth = Bandwidth(clock.monotonic, threading.Event().wait, rules.bandwidth)
        self.chunk = Chunk(rules.chunk_size, self.bandwidth, lambda: len(self.waiting))
        self.lanes = Lanes(lambda: self.bandwidth.lanes(parallel), clock.monotonic)
        self.door = Door(self.lanes, parallel)
        self.waiting = Waiting(ledger, clock.monotonic, rules.large, alone=parallel == 1)
