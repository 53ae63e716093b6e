"""Clients by the words that people use for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.refused import Refused
from agent.model.naming import safe_text

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger

LONGEST_NUMBER = 18  # digits: a row's number always fits


def client_named(ledger: Ledger, named: str) -> int:
    """The ID of the client with this external ID, name or number. Raises Refused for none."""
    found = ledger.clients_named(named)
    if not found and named.isdecimal() and len(named) <= LONGEST_NUMBER:
        try:
            return ledger.client(int(named)).id
        except KeyError:
            pass
    if len(found) == 1:
        return found[0][0]
    if not found:
        raise Refused(f"There is no client {safe_text(named)!r}; see `filed-agent clients`.")
    ids = ", ".join(safe_text(external_id) for _, external_id in found)
    raise Refused(f"Several clients have this name; give the external ID: {ids}.")
