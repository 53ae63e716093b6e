"""A full disk seen from outside: an agent that cannot write cannot note it either (row E1)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from agent.control.note import Note, Trouble
from agent.errors import LedgerFull
from agent.words.catalogue import AgentState

LEAST_ROOM = 1 << 20  # bytes: with less, the next transaction or the next copy may not fit


def as_it_is(note: Note | None, home: Path, now: float) -> Note | None:
    """The running agent's note, or what it would note if there were room in its home."""
    if note is None or note.state is AgentState.disk_full:
        return note
    try:
        free = shutil.disk_usage(home).free
    except OSError:
        return note
    if free >= LEAST_ROOM:
        return note
    return replace(note, state=AgentState.disk_full, since=now, trouble=trouble_of(LedgerFull()))


def trouble_of(error: LedgerFull) -> Trouble:
    """Its words and code."""
    return Trouble.of(error)
