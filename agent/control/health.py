"""How it goes, as one sentence and an exit code. Pure, from facts gathered in one place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from agent.control.note import Note
from agent.model.client import ClientState
from agent.model.document import OPEN, Stage
from agent.model.file import FileState
from agent.model.incident import Incident
from agent.model.overview import Counts
from agent.model.root import Root
from agent.words.catalogue import AgentState, incident_sentences, words_for
from agent.words.show import counted, moment_text, path_text

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger

INCIDENT_SECONDS = 7 * 86_400.0  # so long is told what befell the ledger
NEVER_RAN = "No agent has run here yet."
START = "Start one with `filed-agent run`, or file once with `filed-agent sync`."


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


class Verdict(NamedTuple):
    """The sentence on top, what to do next (empty: nothing), the word and the exit code."""

    sentence: str
    advice: str
    health: Health
    exit_code: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one moment. `held` counts held files by reason; `roots` are the watched.

    `incident` is what befell the ledger within the last week.
    """

    counts: Counts
    held: Mapping[str, int]
    roots: Sequence[Root]
    note: Note | None
    running: bool
    paused_until: float | None
    now: float
    incident: Incident | None = None

    @property
    def open(self) -> int:
        """Documents on their way."""
        return sum(self.counts.documents[stage] for stage in OPEN)

    @property
    def waiting(self) -> int:
        """Documents on their way, and files that may still be written or wait by themselves."""
        itself = sum(n for reason, n in self.held.items() if not words_for(reason).person)
        return self.open + self.counts.files[FileState.settling] + itself

    @property
    def needing(self) -> int:
        """Documents, files and clients about which a person has to do something."""
        files = sum(n for reason, n in self.held.items() if words_for(reason).person)
        failed = self.counts.documents[Stage.failed]
        return files + failed + self.counts.clients[ClientState.held]

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
    )


def _of_this_week(incident: Incident | None, now: float) -> Incident | None:
    if incident is None or now - incident.at >= INCIDENT_SECONDS:
        return None
    return incident


def verdict(facts: Facts) -> Verdict:
    """The first thing that a person should know."""
    note = facts.note if facts.running else None
    troubled = note is not None and note.trouble is not None
    grave = troubled and note is not None and note.state in GRAVE
    # a pause is a person's own word: offline does not matter while it lasts, a dead key does
    if note is not None and troubled and (grave or facts.paused_until is None):
        return _troubled(facts, note)
    if facts.paused_until is not None:
        until = moment_text(facts.paused_until, facts.now)
        sentence = _joined(f"Paused until {until}", facts)
        code = 3 if facts.needing else 0
        return Verdict(sentence, "Go on with `filed-agent resume`.", Health.paused, code)
    if note is not None and note.config:
        return _not_configured(facts, note)
    if facts.away:
        return _away(facts)
    if facts.needing:
        sentence = _upper(_joined("", facts))
        return Verdict(sentence, "Each is listed with its next step.", Health.needs_person, 3)
    return _well(facts)


def _troubled(facts: Facts, note: Note) -> Verdict:
    assert note.trouble is not None
    since = moment_text(note.since, facts.now)
    advice = note.trouble.advice
    if note.state in GRAVE:
        start = f"{note.trouble.title} (since {since})"
        code = note.trouble.exit_code
        return Verdict(_joined(start, facts), advice, GRAVE[note.state], code)
    sentence = _joined(f"Offline since {since}", facts)
    return Verdict(sentence, f"{note.trouble.title}. {advice}", Health.offline, 5)


def _not_configured(facts: Facts, note: Note) -> Verdict:
    """A changed configuration that the agent cannot go by."""
    sentence = _joined("The changed configuration cannot be used", facts)
    advice = f"The one before stays in force. Mend it: {note.config[0]}"
    return Verdict(sentence, advice, Health.needs_person, 3)


def _away(facts: Facts) -> Verdict:
    first = path_text(facts.away[0].path)
    others = len(facts.away) - 1
    more = f" and {counted(others, 'other folder')}" if others else ""
    verb = "are" if others else "is"
    advice = "Reconnect it, or correct its path; nothing is concluded from its absence."
    return Verdict(
        _joined(f"{first}{more} {verb} unavailable", facts), advice, Health.needs_person, 3
    )


def _well(facts: Facts) -> Verdict:
    filed = facts.counts.documents[Stage.filed]
    if facts.waiting:
        wait = f"{counted(facts.waiting, 'document')} {_are(facts.waiting)} on the way"
        done = f"{counted(filed, 'document')} {_are(filed)} filed, " if filed else ""
        sentence = _upper(f"{done}{wait}.")
        if facts.running:
            return Verdict(sentence, "", Health.working, 0)
        return Verdict(f"{sentence} No agent is running.", START, Health.needs_person, 3)
    if filed == 0:
        looked = all(root.scanned_at is not None for root in facts.roots) and facts.roots
        sentence = (
            "There are no documents yet." if looked else "The folders were not looked at yet."
        )
        return Verdict(sentence, "" if facts.running else START, Health.fine, 0)
    sentence = "The one document is filed." if filed == 1 else f"All {filed:,} documents are filed."
    return Verdict(sentence, "", Health.fine, 0)


def _joined(start: str, facts: Facts) -> str:
    """The start, how many wait and how many need a person, as one sentence."""
    parts = [start] if start else []
    if facts.waiting:
        noun = "document waits" if facts.waiting == 1 else "documents wait"
        parts.append(f"{facts.waiting:,} {noun}")
    if facts.needing:
        verb = "needs" if facts.needing == 1 else "need"
        what = f"{facts.needing:,}" if facts.waiting else counted(facts.needing, _noun(facts))
        parts.append(f"{what} {verb} you")
    filed = facts.counts.documents[Stage.filed]
    if len(parts) == 1 and filed:
        parts.append(f"{counted(filed, 'document')} {_are(filed)} filed")
    return ", ".join(parts) + "."


def _noun(facts: Facts) -> str:
    clients = facts.counts.clients[ClientState.held]
    return "client" if clients == facts.needing else "document"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def incident_lines(facts: Facts) -> Sequence[str]:
    """What befell the ledger lately, a sentence each; empty where nothing did."""
    incident = facts.incident
    if incident is None:
        return ()
    copied = "" if incident.backup_of is None else moment_text(incident.backup_of, facts.now)
    aside = None if incident.aside is None else path_text(os.fsencode(incident.aside))
    told = replace(incident, aside=aside)
    return incident_sentences(told, moment_text(incident.at, facts.now), copied)


def folders_named(paths: Sequence[bytes]) -> str:
    """Watched folders for a sentence."""
    if len(paths) > 3:
        return f"{len(paths)} folders"
    return ", ".join(path_text(path) for path in paths)
