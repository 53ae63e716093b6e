"""clients `new` -> `known`, `absent` or `held`: found at Filed by external ID, never by a guess."""

from __future__ import annotations

from dataclasses import replace

from agent.engine.gate import Gate
from agent.engine.ledger_port import Ledger
from agent.engine.ports import Binders, Clock
from agent.engine.register import Register
from agent.engine.rules import Rules
from agent.errors import AgentError
from agent.model.client import Client, ClientRecord, ClientState
from agent.model.matching import Match
from agent.model.reasons import Reason

HELD_PAUSE = 900.0  # seconds after which a held client is looked for again
PARKED = (Reason.unconfirmed, Reason.refused)
FOLDERS_PAUSE = 60.0  # two folders for one client: only the disk can end that, and that is cheap
IDLE = 30.0


class Find:
    """Looks new clients up in Filed's listing, which is asked for once, not per client."""

    name = "find"

    def __init__(
        self, ledger: Ledger, binders: Binders, gate: Gate, clock: Clock, rules: Rules
    ) -> None:
        self._ledger = ledger
        self._gate = gate
        self._clock = clock
        self._register = Register(ledger, binders, clock, rules)

    def turn(self) -> float:
        """Look up the clients that are due."""
        due = self._ledger.clients_in((ClientState.new, ClientState.held), self._clock.steady())
        waiting = [client for client in due if not self._still_two_folders(client)]
        if not waiting:
            return IDLE
        if wait := self._gate.closed_for():
            return wait
        try:
            self._gate.ensure_workspace()
            records = self._records_for(waiting)
        except AgentError as error:
            if not self._gate.failed(error, changed=False):
                raise
            return self._gate.closed_for()
        self._gate.fine(changed=False)
        for client in waiting:
            self._decide(client, records)
        return 0.0

    def _still_two_folders(self, client: Client) -> bool:
        if client.state is not ClientState.held or client.reason != Reason.two_folders:
            return False
        if not self._ledger.twins(client):
            return False
        later = client.to(
            ClientState.held,
            reason=client.reason,
            due_at=self._clock.steady() + FOLDERS_PAUSE,
        )
        with self._ledger.write() as writing:
            writing.move_client(client, later, "")
        return True

    def _records_for(self, waiting: list[Client]) -> list[ClientRecord]:
        """Filed's clients: the remembered listing, or a new one where that is not enough."""
        remembered = list(self._ledger.remembered())
        named = {record.external_id for record in remembered}
        all_named = all(client.external_id in named for client in waiting)
        any_held = any(client.state is ClientState.held for client in waiting)
        if (self._register.fresh or all_named) and not any_held:
            return remembered
        return self._register.list_again()

    def _decide(self, client: Client, records: list[ClientRecord]) -> None:
        may_create = self._register.may_create(client)
        found = self._register.find(client, records, may_create=may_create)
        if found.state is ClientState.absent:
            found = self._unless_renamed(client) or found
        due = self._clock.steady() + HELD_PAUSE
        if client.reason in PARKED and found.state is not ClientState.known:
            # creating it had no clear outcome: only Filed's listing or a person may end that
            after = replace(client, due_at=due)
        elif found.state is ClientState.held:
            after = client.to(ClientState.held, reason=found.reason, said=found.said, due_at=due)
        else:
            if client.state is ClientState.held and found.state is ClientState.absent:
                client = self._again_new(client)
            after = client.to(found.state, filed_id=found.filed_id, due_at=0.0)
        try:
            with self._ledger.write() as writing:
                writing.move_client(client, after, found.note or found.said)
        except ValueError:  # UNIQUE: the record's external ID was changed at Filed
            self._hold_taken(client, due)

    def _unless_renamed(self, client: Client) -> Match | None:
        """Its papers are another client's whose folder is gone: a person must say (N15)."""
        other = self._ledger.renamed_from(client.id) if not client.attempts else None
        if other is None:
            return None
        said = f'This folder looks like the one of "{other}", renamed.'
        return Match(ClientState.held, reason=Reason.renamed, said=said)

    def _hold_taken(self, client: Client, due: float) -> None:
        said = "Filed's record with this external ID is already another client of this ledger."
        held = client.to(ClientState.held, reason=Reason.record_taken, said=said, due_at=due)
        with self._ledger.write() as writing:
            writing.move_client(client, held, said)

    def _again_new(self, client: Client) -> Client:
        with self._ledger.write() as writing:
            return writing.move_client(
                client, client.to(ClientState.new, due_at=0.0), "the doubt is gone"
            )
