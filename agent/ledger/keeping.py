"""Keeping: opening the ledger as the agent that owns it, whatever befell its file (row E2).

As a clean end left it: opened. Sound and in step with its evidence: opened. Older than its evidence
(an old copy was put back, the -wal is gone, the power went between the two): what it lacks is taken
from the evidence. Damaged or lost: set aside and restored, then the same. Sound, but the evidence
is lost, older or damaged: the evidence is written anew.

What this cannot prove: with ledger and evidence lost together (the whole home went, or was put back
to an older day) nothing tells what was filed since; Filed's binders show neither hash nor upload
ID. A home without anything is a first start. Where only the evidence is lost besides a damaged
ledger, the agent starts paused, and a person says when to go on.
"""

from __future__ import annotations

import contextlib
import logging
import math
from dataclasses import replace
from enum import Enum
from pathlib import Path

from agent.errors import LedgerDamaged
from agent.ledger.backups import Backups
from agent.ledger.beside import Beside
from agent.ledger.clean_end import CleanEnd, forget_end, note_end, read_end
from agent.ledger.evidence import Evidence, Mark, Reading, make_durable, read
from agent.ledger.ledger import Ledger
from agent.ledger.opening import open_file, prepare
from agent.ledger.pen import WallClock
from agent.ledger.picture import Picture
from agent.ledger.restoring import end_story, keep_aside, read_story, restore
from agent.ledger.soundness import look_at
from agent.ledger.writing import Transaction
from agent.model.incident import Found, Incident

log = logging.getLogger(__name__)

UNPROVEN = "paused by the agent: nothing proves what was filed before the ledger was lost"
_WHY = {
    Found.damaged: "the ledger was damaged: restored from its copies and its evidence",
    Found.lost: "the ledger was lost: restored from its copies and its evidence",
    Found.old: "the ledger was older than its evidence: brought up to date from it",
    Found.evidence: "the evidence was damaged, older or gone: written anew from the ledger",
}


class _Step(Enum):
    """How the evidence stands to the ledger."""

    even = "nothing to do"
    first = "there was never any"  # an agent before this one kept none
    ahead = "it has lines that the ledger lacks"
    other = "it has them perhaps, but not all of its lines can be trusted to follow the ledger's"
    lacking = "the ledger knows more"


def open_kept(path: Path, clock: WallClock) -> Ledger:
    """The ledger at `path`, sound and in step with its evidence, restored where that is needed.

    Only for the agent that holds the lock. Raises LedgerTrouble for what is no damage: a full or
    read-only disk, a network drive, a file that is locked, foreign or of a newer version.
    """
    prepare(path.parent)
    beside, now = Beside(path), clock.now()
    end, story = read_end(beside, now), read_story(beside)
    if end is not None and story is None and not beside.suspect.exists():
        ledger = _as_left(path, clock, end)
        if ledger is not None:
            return _kept(ledger, beside, end.checked_at)
    make_durable(beside.evidence)  # nothing is concluded from what a power cut could change back
    reading = read(beside.evidence)
    if story is not None and story.aside is not None and not Path(story.aside).exists():
        story = None  # nothing was moved yet
    found = _found(beside, reading, story, now)
    restored = found is not None
    if found is not None:
        log.warning("the ledger is %s (%s)", found.found.value, found.said or "no file")
        found = restore(beside, found)
    ledger = Ledger(open_file(path, sound=False), clock)
    try:
        step = _step(ledger.evidence_mark(), reading, ledger.fresh())
        if restored or story is not None or step is not _Step.even:
            with ledger.write() as writing:
                _into_step(writing, beside, reading, step, found or story, now)
        end_story(beside)
    except BaseException:
        ledger.close()
        raise
    return _kept(ledger, beside, now)


def _as_left(path: Path, clock: WallClock, end: CleanEnd) -> Ledger | None:
    """The ledger as a clean end left it; None where it is not, or the disk has spoilt it since."""
    try:
        ledger = Ledger(open_file(path, sound=False), clock)
    except LedgerDamaged:
        return None
    with contextlib.suppress(LedgerDamaged):
        if ledger.evidence_mark() == end.mark:
            return ledger
    ledger.close()
    return None


def _kept(ledger: Ledger, beside: Beside, checked_at: float) -> Ledger:
    """The agent's own from now on: with its evidence, its daily copies and the note of its end."""

    def ended(mark: Mark) -> None:
        note_end(beside.ledger, CleanEnd(mark, checked_at))

    forget_end(beside)
    ledger.keep(Evidence(beside.evidence, ours=True), Backups(beside.backups), ended)
    return ledger


def must_not_be_lost(path: Path) -> None:
    """Raise LedgerDamaged where only the agent's next start can tell what was filed.

    For who reads a ledger without the lock: a line of the evidence may just be ahead of its commit.
    """
    beside = Beside(path)
    if beside.empty:
        if beside.remembers:
            raise LedgerDamaged("Its file is gone or empty.")
        return
    look, reading = look_at(path), read(beside.evidence)
    end = None if reading is None else reading.end
    if look.damage is None and end is not None and not _follows(look.mark, end):
        raise LedgerDamaged("An older copy lies in its place.")


def _follows(mark: Mark | None, end: Mark) -> bool:
    """Whether the ledger knows what its evidence tells, but for the line being written."""
    return mark is not None and mark.generation == end.generation and end.number - mark.number <= 1


def note_damage(path: Path) -> None:
    """Remember that damage was met while the ledger at `path` was in use: as far as the disk goes.

    The next start then looks closer than it usually does, and finds what only some questions meet.
    """
    with contextlib.suppress(OSError):
        Beside(path).suspect.touch(mode=0o600)


def _found(
    beside: Beside, reading: Reading | None, story: Incident | None, now: float
) -> Incident | None:
    """The damage or the loss of the ledger's file; None: it can be opened as it is."""
    if beside.empty:
        if not beside.remembers:
            return None  # a first start
        return Incident(now, Found.lost) if story is None else replace(story, at=now)
    suspect = beside.suspect.exists()
    look = look_at(beside.ledger, thorough=suspect)
    older = look.damage is None and _step(look.mark, reading, look.fresh) in _REPLAYED
    if older and not suspect:
        look = look_at(beside.ledger, thorough=True)  # without its -wal it may be half a ledger
    if look.damage is not None:
        aside = None if story is None else story.aside
        return Incident(now, Found.damaged, said=look.damage, aside=aside)
    if older and look.fresh and Backups(beside.backups).newest() is not None:
        return Incident(now, Found.lost)  # somebody put a new one in its place
    return None


def _step(mark: Mark | None, reading: Reading | None, fresh: bool) -> _Step:
    end = None if reading is None else reading.end
    if reading is None or end is None:
        return _Step.first if mark is None else _Step.lacking
    if mark is None and fresh and not reading.damaged:
        return _Step.ahead  # of nothing
    if mark is None or mark.generation != end.generation:
        return _Step.other
    if end.number > mark.number:
        return _Step.other if reading.damaged else _Step.ahead
    if reading.damaged or end.number < mark.number:
        return _Step.lacking
    return _Step.even


_REPLAYED = (_Step.ahead, _Step.other)


def _into_step(
    writing: Transaction,
    beside: Beside,
    reading: Reading | None,
    step: _Step,
    found: Incident | None,
    now: float,
) -> None:
    """All in one transaction: what the evidence knows better, what happened, a new evidence."""
    mark, rows, aside = writing.evidence_mark(), 0, None
    if reading is not None and step in _REPLAYED:
        picture = Picture.of(reading.lines())
        follows = step is _Step.ahead
        rows = sum(writing.reconcile(picture, follows=follows).values())
        rows += writing.recall(picture, follows=follows)
    proven = found is None or step not in (_Step.first, _Step.lacking)
    if not proven:
        writing.pause(math.inf, UNPROVEN)
    if reading is not None and step in (_Step.other, _Step.lacking):
        aside = keep_aside(beside, beside.evidence, now)
    lost = 0 if reading is None else reading.damaged
    incident = found or _of_evidence(step, mark, reading, rows, aside, now)
    if incident is not None:
        incident = replace(incident, rows=rows, lost_lines=lost, proven=proven)
        log.warning("%s; %d rows came from the evidence", _WHY[incident.found], rows)
        writing.note_incident(incident, _WHY[incident.found])
    if step is _Step.ahead and reading is not None and reading.end is not None:
        writing.set_evidence_mark(reading.end)
    elif step is not _Step.even:
        last = max(one.number if one else 0 for one in (mark, reading.end if reading else None))
        evidence = Evidence(beside.evidence, ours=True)
        writing.set_evidence_mark(evidence.write_anew(last, writing.evidence_lines()))


def _of_evidence(
    step: _Step,
    mark: Mark | None,
    reading: Reading | None,
    rows: int,
    aside: str | None,
    now: float,
) -> Incident | None:
    """What is worth telling where the ledger itself was sound."""
    if step is _Step.lacking or (reading is not None and reading.damaged):
        return Incident(now, Found.evidence, aside=aside)
    end = None if reading is None else reading.end
    one_line = mark and end and end.number == mark.number + 1  # a power cut between the two
    return Incident(now, Found.old) if rows and not one_line else None
