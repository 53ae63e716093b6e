"""Filed's listing of clients, as it is remembered in the ledger, and who may be added to it."""

from __future__ import annotations

from agent.engine.ledger_port import Ledger
from agent.engine.ports import Binders, Clock
from agent.engine.rules import Rules
from agent.model.client import Client, ClientRecord
from agent.model.matching import Match, match


class Register:
    """What Find, the creation and the read-back ask about clients at Filed."""

    def __init__(self, ledger: Ledger, binders: Binders, clock: Clock, rules: Rules) -> None:
        self._ledger = ledger
        self._binders = binders
        self._clock = clock
        self._age = rules.records_age
        self._creating = frozenset(
            ledger.root(root.path).id for root in rules.roots if root.create_clients
        )

    @property
    def fresh(self) -> bool:
        """Whether the remembered listing is young enough to believe what it does not name."""
        at = self._ledger.remembered_at()
        return at is not None and 0 <= self._clock.now() - at < self._age

    def list_again(self) -> list[ClientRecord]:
        """Ask Filed for every client and remember the answer. Raises what Binders.clients does."""
        records = list(self._binders.clients())
        with self._ledger.write() as writing:
            writing.save_records(records, self._clock.now())
        return records

    def may_create(self, client: Client) -> bool:
        """Whether the configuration allows it for every root in which the client has a folder."""
        return self._ledger.roots_of(client.id) <= self._creating

    def find(self, client: Client, records: list[ClientRecord], *, may_create: bool) -> Match:
        """What these records say of the client (agent.model.matching)."""
        return match(client, records, self._ledger.our_external_ids(), may_create)
