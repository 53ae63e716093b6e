"""What notices are made of: everything that is known at one moment, gathered in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.control.health import Facts
from agent.model.document import Stage
from agent.model.naming import safe_text
from agent.words.catalogue import FAILED, Words, words_for

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger

FAILED_CODE = "failed"
MOST_NAMED = 50  # things that wait, looked through for the names of clients


@dataclass(frozen=True, slots=True)
class Need:
    """So many files, documents or clients that a person must do something about, for one reason.

    `kind` is the reason's code, `names` the clients' names where they may be told.
    """

    kind: str
    subject: str
    number: int
    words: Words
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """Times are wall clock seconds; None: never, or not known."""

    facts: Facts
    needs: Sequence[Need] = ()
    contacted_at: float | None = None
    arrived_at: float | None = None
    snoozed_until: float | None = None


def moment_of(
    ledger: Ledger, facts: Facts, contacted_at: float | None, *, names: bool = False
) -> Moment:
    """The moment of these facts; clients are named only where `names`. Raises LedgerTrouble."""
    named = _names(ledger) if names else {}
    return Moment(
        facts,
        tuple(_needs(facts, named)),
        contacted_at,
        ledger.last_arrival(),
        ledger.snoozed_until(),
    )


def _needs(facts: Facts, named: Mapping[str, Sequence[str]]) -> Sequence[Need]:
    """One for each kind: two notices of a kind would take each other's place."""
    failed = facts.counts.documents[Stage.failed]
    found = [("file", reason, number) for reason, number in facts.held_alone.items()]
    found += [("client", reason, number) for reason, number in facts.held_clients.items()]
    needs = [
        Need(reason, subject, number, words, tuple(named.get(reason, ())))
        for subject, reason, number in found
        if (words := words_for(reason)).person and number
    ]
    if failed:
        names = tuple(named.get(FAILED_CODE, ()))
        needs.append(Need(FAILED_CODE, "document", failed, FAILED, names))
    return needs


def _names(ledger: Ledger) -> Mapping[str, Sequence[str]]:
    """The clients concerned, by kind of need; of many the first ones."""
    found: dict[str, list[str]] = {}
    for one in ledger.waiting(MOST_NAMED):
        kind = one.reason or (FAILED_CODE if one.state == Stage.failed else None)
        if kind is None or one.client is None:
            continue
        names = found.setdefault(kind, [])
        name = safe_text(one.client)
        if name not in names:
            names.append(name)
    return found
