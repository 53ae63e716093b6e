"""Time, as this room asks for it; fulfilled by the agent's one clock."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Wall clock and steady clock, both in seconds."""

    def now(self) -> float:
        """Seconds since the epoch; may jump."""

    def monotonic(self) -> float:
        """Seconds that only go forward while the process lives."""
