"""The limit on bytes that leave in a second, shared by all lanes."""

from __future__ import annotations

import threading
from collections.abc import Callable

SLICE = 0.2  # seconds after which one that waits looks whether the limit is another one
BURST = 0.05  # seconds by which bytes may leave early, so that the line never runs dry
MOMENT = 0.001  # seconds that are not worth waiting for
LEAST_BLOCK = 2 << 10
EACH_LANE = 8 << 10  # bytes a second below which an upload may look dead to Filed


class Bandwidth:
    """Lets bytes leave in the order in which they were asked for; thread-safe.

    `limit` is in bytes a second, 0 for none; it may be changed at any time and applies to bytes
    that wait already. `sleep` waits so many seconds at most.
    """

    def __init__(
        self, now: Callable[[], float], sleep: Callable[[float], object], limit: int = 0
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._limit = limit
        self._told = now()  # when `_let` was right
        self._let = 0.0  # bytes that the line has let through
        self._asked = 0  # bytes that were asked for

    @property
    def limit(self) -> int:
        """Bytes a second, 0 for as many as go."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        with self._lock:
            self._advance()
            self._limit = limit

    def block(self, most: int) -> int:
        """How many bytes are best asked for at once: few where they leave slowly."""
        if not self._limit:
            return most
        return max(LEAST_BLOCK, min(most, self._limit // 16))

    def lanes(self, most: int) -> int:
        """How many may share the limit, so that each still moves every now and then."""
        return max(1, min(most, self._limit // EACH_LANE)) if self._limit else most

    def take(self, count: int) -> None:
        """Wait until so many more bytes may leave."""
        if not self._limit:
            return
        with self._lock:
            self._advance()
            self._asked += count
            mine = self._asked
        while (wait := self._until(mine)) > MOMENT:
            self._sleep(min(wait, SLICE))

    def _until(self, mine: int) -> float:
        """Seconds until the byte that was asked for as the `mine`-th may leave."""
        with self._lock:
            self._advance()
            if not self._limit:
                return 0.0
            return (mine - self._let) / self._limit - BURST

    def _advance(self) -> None:
        """Let through what the time since allows; what nobody asked for is not kept."""
        now = self._now()
        self._let = min(float(self._asked), self._let + self._limit * (now - self._told))
        if not self._limit:
            self._let = float(self._asked)
        self._told = now
