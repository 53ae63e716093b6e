"""Clients by the words that people use for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.refused import Refused
from agent.model.naming import safe_text, same_name

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger


def client_named(ledger: Ledger, named: str) -> int:
    """The ID of the client with this external ID, name or number. Raises Refused for none."""
    rows = ledger.clients_overview()
    found = [row for row in rows if row.external_id == named] or [
        row for row in rows if same_name(row.name, named)
    ]
    if not found and named.isdecimal():
        found = [row for row in rows if row.id == int(named)]
    if len(found) == 1:
        return found[0].id
    if not found:
        raise Refused(f"There is no client {safe_text(named)!r}; see `filed-agent clients`.")
    ids = ", ".join(safe_text(row.external_id) for row in found)
    raise Refused(f"Several clients have this name; give the external ID: {ids}.")
