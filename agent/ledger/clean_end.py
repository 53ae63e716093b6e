"""The note of a clean end: what lay there when the agent closed its ledger, so that it begins soon.

To check a ledger with a million documents and its evidence takes half a minute of a core at every
start. Where both files are still exactly those that a clean end left, nothing can have befallen
them but the disk itself; that is looked for by the daily copy, and at a start once a week.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

from agent.ledger.beside import Beside
from agent.ledger.durable import replace_file
from agent.ledger.evidence import Mark

TRUSTED = 7 * 86_400.0  # seconds after a whole check for which a start may go without one


@dataclass(frozen=True, slots=True)
class CleanEnd:
    """How far the ledger had taken in its evidence, and when both were last checked wholly."""

    mark: Mark
    checked_at: float


def note_end(path: Path, end: CleanEnd) -> None:
    """Write it, once every connection to the ledger at `path` is closed. Never raises.

    Where a log is left, because somebody else reads the ledger just now, there is no note.
    """
    beside = Beside(path)
    with contextlib.suppress(OSError):
        facts = _facts(beside)
        if facts is None:
            return
        told = {"mark": end.mark.text(), "checked_at": end.checked_at, "facts": facts}
        replace_file(beside.end, json.dumps(told).encode())


def read_end(beside: Beside, now: float) -> CleanEnd | None:
    """The end before this start, where everything lies there as it was left; else None."""
    try:
        told = json.loads(beside.end.read_text("ascii"))
        mark, checked_at = Mark.read(told["mark"]), float(told["checked_at"])
        if mark is None or told["facts"] != _facts(beside):
            return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return CleanEnd(mark, checked_at) if 0 <= now - checked_at < TRUSTED else None


def forget_end(beside: Beside) -> None:
    """The agent is at work: whatever ends without a clean end is checked at the next start."""
    with contextlib.suppress(OSError):
        beside.end.unlink()


def _facts(beside: Beside) -> list[list[int]] | None:
    """What the system tells of the ledger and its evidence; None: there is a log."""
    _, *logs = beside.parts
    if any(log.exists() for log in logs):
        return None
    found = [path.stat() for path in (beside.ledger, beside.evidence)]
    return [[f.st_size, f.st_mtime_ns, f.st_ctime_ns, f.st_dev, f.st_ino] for f in found]
