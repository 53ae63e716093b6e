"""How it goes, as one sentence and an exit code. Pure, from facts gathered in one place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from agent.control.note import Note, Trouble
from agent.model.client import ClientState
from agent.model.document import OPEN, Stage
from agent.model.file import FileState
from agent.model.incident import Incident
from agent.model.naming import safe_text
from agent.model.overview import Counts
from agent.model.root import Root
from agent.words import standing as words
from agent.words.buttons import by_button
from agent.words.catalogue import AgentState, incident_sentences, words_for
from agent.words.errors import PATIENCE
from agent.words.show import moment_text, path_text

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger

PAUSED_BY = "paused by "  # so begins the history's line of a pause (agent.ledger.asking)
INCIDENT_SECONDS = 7 * 86_400.0  # so long is told what befell the ledger


class Health(StrEnum):
    """The word for scripts."""

    fine = "fine"
    working = "working"
    paused = "paused"
    needs_person = "needs-a-person"
    signed_out = "signed-out"
    offline = "offline"
    disk_full = "disk-full"


GRAVE = {AgentState.signed_out: Health.signed_out, AgentState.disk_full: Health.disk_full}

SIGN_IN = (4, 2)  # exit codes of SignInNeeded and WrongEndpoint


class Verdict(NamedTuple):
    """The sentence on top, what to do next (empty: nothing), the word and the exit code."""

    sentence: str
    advice: str
    health: Health
    exit_code: int

    @property
    def step(self) -> str:
        """What to do next, for people with buttons."""
        return by_button(self.advice)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one moment. `held` counts held files by reason, `held_clients` clients;
    `roots` are the watched folders.

    `incident` is what befell the ledger within the last week, `paused_by` who paused it.
    """

    counts: Counts
    held: Mapping[str, int]
    roots: Sequence[Root]
    note: Note | None
    running: bool
    paused_until: float | None
    now: float
    incident: Incident | None = None
    paused_by: str = ""
    held_clients: Mapping[str, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """Documents on their way."""
        return sum(self.counts.documents[stage] for stage in OPEN)

    @property
    def held_alone(self) -> Mapping[str, int]:
        """Held files by reason, but for those that wait with their client for one reason."""
        return {one: n for one, n in self.held.items() if one not in self.held_clients}

    @property
    def waiting(self) -> int:
        """Documents on their way, and files that may still be written or wait by themselves."""
        itself = sum(n for reason, n in self.held.items() if not words_for(reason).person)
        return self.open + self.counts.files[FileState.settling] + itself

    @property
    def needing(self) -> int:
        """Documents, files and clients about which a person has to do something."""
        files = sum(n for reason, n in self.held_alone.items() if words_for(reason).person)
        failed = self.counts.documents[Stage.failed]
        return files + failed + self.counts.clients[ClientState.held]

    @property
    def looking(self) -> bool:
        """Whether a running agent has not yet been through a folder since its start. Its later
        scans do not count: what they may find is news, not a start."""
        note = self.note
        if note is None or not self.running:
            return False
        begun = note.started if note.state is AgentState.looking else 0.0
        there = [root.scanned_at for root in self.roots if root.unavailable is None]
        return any(at is None or at < begun for at in there)

    @property
    def away(self) -> tuple[Root, ...]:
        """Watched folders that are unavailable."""
        return tuple(root for root in self.roots if root.unavailable is not None)


def gather(ledger: Ledger, now: float, *, running: bool, note: Note | None = None) -> Facts:
    """The facts, from the ledger; the note is the ledger's own where none is given."""
    note = note or Note.read(ledger.agent_note())
    roots = ledger.roots()
    if note is not None:
        roots = tuple(root for root in roots if root.id in note.roots)
    return Facts(
        ledger.counts(),
        ledger.held_by_reason(),
        roots,
        note,
        running,
        ledger.paused_until(),
        now,
        _of_this_week(ledger.incident(), now),
        _paused_by(ledger),
        ledger.held_clients(),
    )


def _paused_by(ledger: Ledger) -> str:
    """Who paused it, as the history names him; empty where it is not paused."""
    noted = ledger.paused_by() if ledger.paused_until() is not None else None
    return "" if noted is None else safe_text(noted.removeprefix(PAUSED_BY))


def _of_this_week(incident: Incident | None, now: float) -> Incident | None:
    if incident is None or now - incident.at >= INCIDENT_SECONDS:
        return None
    return incident


def verdict(facts: Facts) -> Verdict:
    """The first thing that a person should know."""
    note = facts.note if facts.running else None
    troubled = None if note is None else _troubled(facts, note)
    if troubled is not None:
        return troubled
    if facts.paused_until is not None:
        until = moment_text(facts.paused_until, facts.now)
        sentence = _joined(words.paused(until, facts.paused_by), facts)
        code = 3 if facts.needing else 0
        return Verdict(sentence, words.RESUME, Health.paused, code)
    if note is not None and note.config:
        sentence = _joined(words.NOT_CONFIGURED, facts)
        return Verdict(sentence, words.stays_in_force(note.config[0]), Health.needs_person, 3)
    if facts.away:
        first = path_text(facts.away[0].path)
        sentence = _joined(words.away(first, len(facts.away) - 1), facts)
        return Verdict(sentence, words.RECONNECT, Health.needs_person, 3)
    if facts.needing:
        return Verdict(_joined("", facts), words.LISTED, Health.needs_person, 3)
    return _well(facts)


def _troubled(facts: Facts, note: Note) -> Verdict | None:
    """What keeps Filed from being asked, where that is the first thing to know. A pause is a
    person's own word: being offline does not matter while it lasts, a dead key does."""
    trouble = note.trouble
    if trouble is None:
        return None
    since = moment_text(note.since, facts.now)
    grave = _grave(note, trouble)
    if grave is not None:
        start = words.grave(trouble.title, since)
        if note.state is AgentState.paused and facts.paused_until is not None:
            until = moment_text(facts.paused_until, facts.now)
            start = words.grave_and_paused(trouble.title, until, facts.paused_by)
        return Verdict(_joined(start, facts), trouble.advice, grave, trouble.exit_code)
    if facts.paused_until is not None or trouble.code == PATIENCE:
        return None
    sentence = _joined(words.offline(since), facts)
    return Verdict(sentence, f"{trouble.title}. {trouble.advice}", Health.offline, 5)


def _grave(note: Note, trouble: Trouble) -> Health | None:
    """What only a person can end; a paused agent notes its pause as its state."""
    if note.state is AgentState.paused and trouble.exit_code in SIGN_IN:
        return Health.signed_out
    return GRAVE.get(note.state)


def _well(facts: Facts) -> Verdict:
    filed = facts.counts.documents[Stage.filed]
    trouble = facts.note.trouble if facts.running and facts.note is not None else None
    if trouble is not None and trouble.code == PATIENCE:
        return Verdict(_joined(trouble.said, facts), trouble.advice, Health.working, 0)
    if facts.waiting:
        sentence = words.on_the_way(filed, facts.waiting)
        if facts.running:
            return Verdict(sentence, "", Health.working, 0)
        told = f"{sentence} {words.NONE_RUNS}"
        return Verdict(told, words.START, Health.needs_person, 3)
    if facts.looking:
        return Verdict(words.going_through(filed), "", Health.working, 0)
    if filed == 0:
        looked = all(root.scanned_at is not None for root in facts.roots) and facts.roots
        sentence = words.NO_DOCUMENTS if looked else words.NOT_LOOKED
        return Verdict(sentence, "" if facts.running else words.START, Health.fine, 0)
    return Verdict(words.all_filed(filed), "", Health.fine, 0)


def _joined(start: str, facts: Facts) -> str:
    clients = facts.counts.clients[ClientState.held]
    noun = "client" if clients == facts.needing else "document"
    filed = facts.counts.documents[Stage.filed]
    return words.joined(start, facts.waiting, facts.needing, filed, noun)


def incident_lines(facts: Facts, *, here: bool = False) -> Sequence[str]:
    """What befell the ledger lately, a sentence each; empty where nothing did.

    `here`: for people with buttons.
    """
    incident = facts.incident
    if incident is None:
        return ()
    copied = "" if incident.backup_of is None else moment_text(incident.backup_of, facts.now)
    aside = None if incident.aside is None else path_text(os.fsencode(incident.aside))
    told = replace(incident, aside=aside)
    return incident_sentences(told, moment_text(incident.at, facts.now), copied, here=here)


def folders_named(paths: Sequence[bytes]) -> str:
    """Watched folders for a sentence."""
    if len(paths) > 3:
        return f"{len(paths)} folders"
    return ", ".join(path_text(path) for path in paths)
