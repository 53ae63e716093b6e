"""What should be told at one moment, each with its kind: problems, and the silence of others. Pure.

A kind is a reason's code, an error's code, a watched folder that is away, or one of the alarms
"nothing arrived" and "no contact". What lasts stays in the list; who was told of it is known
elsewhere (agent.control.notices).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from agent.control.health import Facts
from agent.control.moment import Moment
from agent.control.note import Trouble
from agent.model.workdays import is_working_day, local, working_days
from agent.words import notices as words
from agent.words.errors import LASTING, PATIENCE
from agent.words.show import path_text

FOLDER_AWAY = "folder-away"
CONFIGURATION = "configuration"
RESTORED = "ledger-restored"
NOTHING_ARRIVED = "nothing-arrived"
NO_CONTACT = "no-contact"
WAITS_ITSELF = 5  # the exit code of a Filed that is not reached
MORNING = 9  # o'clock: an alarm about days is told to people at work
HOUR = 3_600.0
WAKING = 600.0  # seconds that a machine has, after its sleep, to find the network again


class Limits(Protocol):
    """Of [notify]: after how long silence is worth a word; 0 for never."""

    @property
    def quiet_days(self) -> int:
        """Working days without a document."""

    @property
    def silent_hours(self) -> float:
        """Hours without an answer of Filed's."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`key` tells it from others of its kind; `held_back`: it lasts, but this is no hour for it.

    `once`: it is not told again while it lasts. `path` is the folder's, where it is one that is
    away.
    """

    kind: str
    key: str
    told: words.Told
    urgent: bool = True
    held_back: bool = False
    once: bool = False
    path: str = ""


def problems(
    moment: Moment, limits: Limits, awake_since: float, begun: float | None = None
) -> Iterator[Problem]:
    """All of them, what stops everything first.

    `awake_since` is the wall clock time since when the looking has not been interrupted: a machine
    that slept is no machine without contact. `begun` is when notices were first looked for.
    """
    facts = moment.facts
    note = facts.note
    trouble = None if note is None else note.trouble
    if trouble is not None and _lasts(trouble, facts):
        kind = trouble.code or "sign-in"
        yield Problem(kind, kind, words.trouble(trouble.title, trouble.advice))
    if facts.incident is not None:
        key = f"{RESTORED}:{facts.incident.at:.0f}"
        proven = facts.incident.proven
        told = words.restored(proven=proven)
        yield Problem(RESTORED, key, told, urgent=not proven, once=proven)
    if note is not None and note.config:
        yield Problem(CONFIGURATION, CONFIGURATION, words.configuration())
    for root in facts.away:
        path = path_text(root.path)
        yield Problem(
            FOLDER_AWAY, f"{FOLDER_AWAY}:{root.id}", words.folders_away([path]), path=path
        )
    for need in moment.needs:
        told = words.held(need.subject, need.number, need.words, need.names)
        yield Problem(need.kind, need.kind, told)
    yield from _no_contact(moment, limits, awake_since, trouble)
    yield from _nothing_arrived(moment, limits, awake_since if begun is None else begun)


def _lasts(trouble: Trouble, facts: Facts) -> bool:
    """Whether it does not end before somebody acts: a refused key, a certificate, a full disk."""
    if trouble.exit_code != WAITS_ITSELF:
        return True
    return trouble.code in LASTING and facts.paused_until is None


def _no_contact(
    moment: Moment, limits: Limits, awake_since: float, trouble: Trouble | None
) -> Iterator[Problem]:
    """A pause is a person's own word, what lasts is told as what it is, and who asks for patience
    is there."""
    facts = moment.facts
    silent = limits.silent_hours * HOUR
    if not silent or facts.paused_until is not None:
        return
    if trouble is not None and (trouble.code == PATIENCE or _lasts(trouble, facts)):
        return
    last = awake_since if moment.contacted_at is None else moment.contacted_at
    if facts.now - last < silent or facts.now - awake_since < min(WAKING, silent):
        return
    cause, advice = ("", "") if trouble is None else (trouble.title, trouble.advice)
    yield Problem(NO_CONTACT, NO_CONTACT, words.no_contact(facts.now - last, cause, advice))


def _nothing_arrived(moment: Moment, limits: Limits, begun: float) -> Iterator[Problem]:
    facts = moment.facts
    if not limits.quiet_days or not facts.roots:
        return
    last = begun if moment.arrived_at is None else moment.arrived_at
    days = working_days(last, facts.now)
    if days < limits.quiet_days:
        return
    here = local(facts.now)
    told = words.nothing_arrived(days, moment.arrived_at)
    at_work = is_working_day(here) and here.hour >= MORNING
    yield Problem(NOTHING_ARRIVED, NOTHING_ARRIVED, told, urgent=False, held_back=not at_work)
