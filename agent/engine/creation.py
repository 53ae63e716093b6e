"""clients `absent` -> `known`: createClient, announced, sent, and its outcome written down.

It carries no uploads, so that creating and attaching fail independently (filed-api.md 4.4). Clients
lean at-most-once: after two doubts a person decides.
"""

from __future__ import annotations

from dataclasses import replace

from agent.engine.gate import Gate
from agent.engine.ledger_port import Ledger
from agent.engine.outcomes import REFUSED_AFTER_LOSS, note_lost, note_not_sent, note_refused
from agent.engine.ports import Binders, Clock
from agent.engine.register import Register
from agent.engine.rules import Rules
from agent.errors import AgentError, FiledRefused, OutcomeUnknown
from agent.model.client import Client, ClientRecord, ClientState
from agent.model.operation import Operation, OperationKind, OperationState
from agent.model.reasons import Reason

PARKED_PAUSE = 900.0


class Creation:
    """Makes a client at Filed; used by the attach worker and by the read-back, in one thread."""

    def __init__(
        self, ledger: Ledger, binders: Binders, gate: Gate, clock: Clock, rules: Rules
    ) -> None:
        self._ledger = ledger
        self._binders = binders
        self._gate = gate
        self._clock = clock
        self.register = Register(ledger, binders, clock, rules)

    def begin(self, client: Client) -> None:
        """Create an absent client, unless what made it absent is old: then Find looks again."""
        if self.register.fresh and self.register.may_create(client):
            self.create(client)
            return
        with self._ledger.write() as writing:
            writing.move_client(client, client.to(ClientState.new), "looked for again")

    def create(self, client: Client) -> None:
        """Announce and send createClient, without uploads."""
        with self._ledger.write() as writing:
            operation = writing.announce(
                OperationKind.create_client,
                client.id,
                (),
                self._binders.server_time(self._clock.now()),
            )
            client = writing.move_client(
                client, client.to(ClientState.creating), "createClient announced"
            )
        self.send(operation, client)

    def send(self, operation: Operation, client: Client) -> None:
        """Send an announced createClient and write down its outcome."""
        try:
            record = self._binders.create_client(client)
        except OutcomeUnknown as error:
            note_lost(self._ledger, operation, error.said)
        except FiledRefused as refusal:
            if operation.doubts:  # perhaps the earlier sending did it: look before judging
                note_lost(self._ledger, operation, f"{REFUSED_AFTER_LOSS}: {refusal.said}")
            else:
                self._not_created(operation, client, refusal)
        except AgentError as error:
            self._never_sent(operation, client, error)
            raise
        else:
            self._gate.fine()
            if record.external_id != client.external_id:
                self.park(operation, client, "Filed answered with another external ID.")
            else:
                self.created(operation, client, record.id, "createClient answered")

    def _not_created(self, operation: Operation, client: Client, refusal: FiledRefused) -> None:
        """A definite no: adopt the client if somebody else made it meanwhile, else hold it."""
        if self.adopt(operation, client, self.register.list_again()):
            self.park(operation, client, f"Filed refused: {refusal.said}", Reason.refused)

    def adopt(self, operation: Operation, client: Client, records: list[ClientRecord]) -> str:
        """Take over the client that Filed lists under this external ID; why not, or ""."""
        found = self.register.find(client, records, may_create=False)
        if found.state is not ClientState.known or found.filed_id is None:
            return found.said
        self.created(operation, client, found.filed_id, found.note or "found at Filed")
        return ""

    def created(self, operation: Operation, client: Client, filed_id: str, why: str) -> None:
        """A definite yes: the client has its ID at Filed."""
        with self._ledger.write() as writing:
            writing.move_operation(operation, replace(operation, state=OperationState.done), why)
            known = client.to(ClientState.known, filed_id=filed_id)
            writing.move_client(client, known, why)

    def park(
        self,
        operation: Operation,
        client: Client,
        why: str,
        reason: Reason = Reason.unconfirmed,
    ) -> None:
        """A person must look: the client is held, the operation is over."""
        said = f"{why} Look for external ID {client.external_id} at Filed, then retry."
        due = self._clock.steady() + PARKED_PAUSE
        held = client.to(ClientState.held, reason=reason, said=said, due_at=due)
        with self._ledger.write() as writing:
            note_refused(writing, operation, why)
            writing.move_client(client, held, said)

    def _never_sent(self, operation: Operation, client: Client, error: AgentError) -> None:
        with self._ledger.write() as writing:
            if note_not_sent(writing, operation, error.said):
                writing.move_client(client, client.to(ClientState.absent), error.said)
