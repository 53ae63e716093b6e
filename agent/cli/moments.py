"""Times of answers (ISO 8601) as people read them."""

from __future__ import annotations

from datetime import datetime

from agent.words.show import exact_time


def wall(at: str) -> float:
    """The wall clock time that an answer tells, in seconds since the epoch."""
    return datetime.fromisoformat(at).timestamp()


def exactly(at: str | None) -> str:
    """In this machine's zone, to the second; "never" for a time that no calendar has."""
    return "never" if at is None else exact_time(wall(at))
