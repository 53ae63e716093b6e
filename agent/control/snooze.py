"""Notices that a person does not want for a while. The door keeps it, trays and pages ask it."""

from __future__ import annotations

from agent.control.answers import time_json
from agent.control.door_shapes import SnapshotAnswer

MOST_SECONDS = 30 * 86_400.0


class Snooze:
    """Until when no notice is to be shown (wall clock); it ends with the process."""

    def __init__(self) -> None:
        self._until: float | None = None

    def start(self, seconds: float, now: float) -> None:
        """From now on for so long; 0 ends it."""
        self._until = now + min(seconds, MOST_SECONDS) if seconds > 0 else None

    def until(self, now: float) -> float | None:
        """When it ends; None where it does not last."""
        return self._until if self._until is not None and self._until > now else None

    def told(self, answer: SnapshotAnswer, now: float) -> SnapshotAnswer:
        """The snapshot that says so."""
        answer["snoozed_until"] = time_json(self.until(now))
        return answer
