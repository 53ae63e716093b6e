"""A client: the firm's customer, as a folder here and as a record at Filed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from agent.model.moves import check_move


class ClientState(StrEnum):
    """Whether documents of this client may go on their way."""

    new = "new"  # a folder stands for it; Filed was not asked yet
    absent = "absent"  # Filed has no such client, and we may create it
    creating = "creating"  # createClient is announced, its answer unknown
    known = "known"  # Filed's ID is known
    held = "held"  # a doubt: a person decides


MOVES: dict[ClientState, frozenset[ClientState]] = {
    ClientState.new: frozenset({ClientState.absent, ClientState.known, ClientState.held}),
    ClientState.absent: frozenset(
        {ClientState.creating, ClientState.known, ClientState.held, ClientState.new}
    ),
    ClientState.creating: frozenset({ClientState.known, ClientState.absent, ClientState.held}),
    ClientState.known: frozenset({ClientState.held}),
    ClientState.held: frozenset({ClientState.held, ClientState.new, ClientState.known}),
}

NEEDS: dict[ClientState, tuple[str, ...]] = {
    ClientState.new: (),
    ClientState.absent: (),
    ClientState.creating: (),
    ClientState.known: ("filed_id",),
    ClientState.held: ("reason",),
}


@dataclass(frozen=True, slots=True)
class Place:
    """What a folder's path says of its client (the result of a layout).

    `folder` is the client folder relative to the root (bytes); `key` compares names the way a
    case-insensitive, normalising file system does, so that two spellings are seen as a doubt.
    """

    folder: bytes
    key: str
    name: str
    external_id: str
    tax_year: int
    return_type: str


@dataclass(frozen=True, slots=True)
class Client:
    """A row of the ledger's `clients`; unique in external_id."""

    id: int
    key: str
    name: str
    external_id: str
    tax_year: int
    return_type: str
    state: ClientState
    filed_id: str | None = None
    reason: str | None = None  # a stable code of agent.model.reasons
    said: str | None = None  # the sentence that goes with the reason
    due_at: float = 0.0
    attempts: int = 0
    version: int = 0

    def to(self, state: ClientState, **facts: Any) -> Client:
        """The same client in another state; raises ValueError as Document.to does."""
        if state is not ClientState.held:
            facts.setdefault("reason", None)
            facts.setdefault("said", None)
        moved = replace(self, state=state, **facts)
        check_move(self.state, state, MOVES, NEEDS, moved)
        return moved


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """A client as Filed lists it (filed-api.md 4.3); `status` is active or archived."""

    id: str
    name: str
    external_id: str
    status: str
    return_type: str
    tax_year: int
    created_at: str = ""
