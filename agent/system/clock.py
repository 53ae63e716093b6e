"""The machine's clock; nothing else in the package asks for the time."""

from __future__ import annotations

import time


class SystemClock:
    """Fulfils agent.engine.ports.Clock."""

    def __init__(self) -> None:
        self._start = self.now() - self.monotonic()

    def now(self) -> float:
        """Wall clock, seconds since the epoch; may jump when somebody sets it."""
        return time.time()  # noqa: TID251  # this is the one place that may

    def monotonic(self) -> float:
        """Seconds that only go forward while the process lives."""
        return time.monotonic()

    def steady(self) -> float:
        """The wall clock of the start plus the seconds since: it never jumps."""
        return self._start + self.monotonic()
