"""Filed's background tasks, and what their status means for a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a task's status means for its documents."""

    working = "working"
    filed = "filed"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Task:
    """A task as Filed reports it (filed-api.md 4.6); `status` is Filed's own word.

    `started_at` is Filed's clock, seconds since the epoch, or None where it could not be read.
    `steps_done` of `steps` subtasks are finished. `trouble` is Filed's message when it FAILED.
    """

    id: str
    client_id: str
    status: str
    started_at: float | None = None
    trouble: str | None = None
    steps: int = 0
    steps_done: int = 0
    triggered_by: str | None = None  # Filed's user ID
    upload_count: int | None = None  # the attribute uploadCount, where Filed gives it

    @property
    def verdict(self) -> Verdict:
        """COMPLETED and FAILED are final; every other word counts as still running (R21)."""
        if self.status == "COMPLETED":
            return Verdict.filed
        return Verdict.failed if self.status == "FAILED" else Verdict.working


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Tasks of some clients by client ID; `full` names those whose list may have been cut off."""

    tasks: Mapping[str, tuple[Task, ...]]
    full: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Workspace:
    """Who the API key makes us (query `me`)."""

    id: str
    name: str
    role: str = ""
    user_id: str = ""
    user_name: str = ""
