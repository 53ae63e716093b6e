"""What a rehearsal found: per client what would be sent, and what would wait or be left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.control.waits import Waits, what_waits
from agent.errors import AgentError
from agent.model.client import ClientState
from agent.model.document import OPEN, Stage
from agent.model.file import File, FileState
from agent.model.overview import ClientRow, DocumentRow, Subject
from agent.model.reasons import Reason
from agent.model.root import Root
from agent.words.catalogue import words_for

if TYPE_CHECKING:
    from agent.daemon import Rehearsal

BARREN_ROUNDS = 40  # rounds without anything new after which only files that keep changing remain
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class PlannedClient:
    """One client: what would be sent for it (documents, bytes), what is filed, what is under way.

    `asked` tells whether Filed was asked about it.
    """

    row: ClientRow
    to_send: tuple[DocumentRow, ...]
    bytes_to_send: int
    filed: int
    under_way: int

    @property
    def goes(self) -> bool:
        """Whether its documents would go on their way."""
        return self.row.state is not ClientState.held


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it. `ignored` are path, rule; `not_asked` says why Filed was not asked."""

    clients: tuple[PlannedClient, ...]
    waits: tuple[Waits, ...]
    ignored: tuple[tuple[bytes, str], ...]
    away: tuple[Root, ...]
    restless: int
    asked: bool
    not_asked: AgentError | None

    @property
    def going(self) -> tuple[PlannedClient, ...]:
        """Clients for which something would be sent now."""
        return tuple(one for one in self.clients if one.goes and one.to_send)

    @property
    def documents(self) -> int:
        """How many documents would be sent."""
        return sum(len(one.to_send) for one in self.going)

    @property
    def size(self) -> int:
        """How many bytes would be sent."""
        return sum(one.bytes_to_send for one in self.going)


def rehearse(rehearsal: Rehearsal, *, ask: bool) -> Plan:
    """Turn the workers by hand until nothing new comes, then ask Filed about the clients."""
    barren, before = 0, None
    while rehearsal.look() and barren < BARREN_ROUNDS:
        counts = rehearsal.ledger.counts()
        now = (dict(counts.files), dict(counts.documents))
        barren = 0 if now != before else barren + 1
        before = now
    not_asked = rehearsal.find() if ask else None
    return _plan(rehearsal, asked=ask and not_asked is None, not_asked=not_asked)


def _plan(rehearsal: Rehearsal, *, asked: bool, not_asked: AgentError | None) -> Plan:
    ledger = rehearsal.ledger
    watched = {root.path for root in rehearsal.rules.roots}
    roots = [root for root in ledger.roots() if root.path in watched]
    away = tuple(root for root in roots if root.unavailable is not None)
    documents: dict[int, list[DocumentRow]] = defaultdict(list)
    for stage in (Stage.ready, Stage.uploading):
        for row in ledger.documents(stage, limit=MOST):
            documents[row.client_id].append(row)
    planned = [_client(row, documents[row.id]) for row in ledger.clients_overview()]
    waits = what_waits(ledger, away, MOST)
    return Plan(
        clients=tuple(sorted(planned, key=lambda one: (not one.to_send, one.row.name.casefold()))),
        waits=tuple(one for one in waits if one.kind != Subject.document or one.words.person),
        ignored=_ignored(rehearsal),
        away=away,
        restless=ledger.counts().files[FileState.settling],
        asked=asked,
        not_asked=not_asked,
    )


def _client(row: ClientRow, to_send: Sequence[DocumentRow]) -> PlannedClient:
    return PlannedClient(
        row,
        tuple(reversed(to_send)),
        sum(max(0, one.size - one.offset) for one in to_send),
        row.documents.get(Stage.filed, 0),
        sum(row.documents.get(stage, 0) for stage in OPEN) - len(to_send),
    )


def _ignored(rehearsal: Rehearsal) -> tuple[tuple[bytes, str], ...]:
    """Every file left out, with the rule or the person."""
    ledger = rehearsal.ledger
    rules = {ledger.root(root.path).id: root.ignoring for root in rehearsal.rules.roots}

    def why(file: File) -> str:
        if file.reason == Reason.person:
            return words_for(file.reason).label
        ignoring = rules.get(file.root_id)
        return (ignoring.rule_for(file.name) if ignoring else None) or "a rule of before"

    return tuple((path, why(file)) for path, file in ledger.files_in_state(FileState.ignored, MOST))
