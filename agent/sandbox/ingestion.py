"""How a background task gets on: by polls and by time, through its stages, to one of three ends."""

from __future__ import annotations

from agent.sandbox.records import Task
from agent.sandbox.switches import Switches

STAGES = {
    "BINDER": ("CONVERT", "CLASSIFY", "FILE"),
    "TAX_PREP": ("EXTRACT", "RECONCILE", "DATA_ENTRY"),
}
EMPTY = "The document is empty."


def progress(task: Task, switches: Switches, now: float) -> float:
    """How far a running task is, 0 to 1; below 1 for ever when its outcome is ``never``."""
    shares = [0.0]
    if switches.task_polls is not None:
        seen = max(task.polls - 1, 0)  # the poll under way does not count yet
        shares.append(seen / switches.task_polls if switches.task_polls else 1)
    if switches.task_seconds is not None:
        elapsed = now - task.started
        shares.append(elapsed / switches.task_seconds if switches.task_seconds else 1)
    return min(max(shares), 0.9 if switches.task_outcome == "never" else 1)


def advance(task: Task, switches: Switches, now: float) -> None:
    """End a task whose time has come; a file without bytes cannot be filed."""
    if progress(task, switches, now) < 1:
        return
    if any(upload.length == 0 for upload in task.uploads):
        task.end(now, EMPTY)
    else:
        task.end(now, switches.task_error if switches.task_outcome == "failed" else None)


def stages(task: Task, switches: Switches, now: float) -> list[tuple[str, str]]:
    """The stages begun so far as (type, status); the last one carries a failure."""
    names = STAGES.get(task.type, STAGES["BINDER"])
    if task.status != "RUNNING":
        return [(name, "COMPLETED") for name in names[:-1]] + [(names[-1], task.status)]
    done = int(progress(task, switches, now) * len(names))
    begun = names[: done + 1]
    return [(name, "COMPLETED" if i < done else "RUNNING") for i, name in enumerate(begun)]
