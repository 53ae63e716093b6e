"""Which record at Filed a client folder stands for: by external ID, never by a guess. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.model.client import Client, ClientRecord, ClientState
from agent.model.naming import safe_text, same_name
from agent.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Match:
    """What a client becomes, and why; `said` is a sentence with cause and remedy when held.

    `filed_id` is given for a known client only. `note` is something that a person should hear
    of although the work goes on.
    """

    state: ClientState
    filed_id: str | None = None
    reason: Reason | None = None
    said: str = ""
    note: str | None = None


def match(
    client: Client, records: Sequence[ClientRecord], ours: frozenset[str], may_create: bool
) -> Match:
    """Known, absent (to be created) or held, from all of Filed's client records.

    `ours` are the external IDs of this ledger's own clients: a namesake among them is another
    folder of ours, told by its own external ID, and no doubt.
    """
    same_id = [record for record in records if record.external_id == client.external_id]
    if same_id:
        return _known_or_held(client, same_id)
    namesake = next((record for record in records if _is_namesake(client, record, ours)), None)
    if namesake is not None:
        return _held(
            Reason.same_name,
            f"Filed has a client of this name for {client.tax_year} under the external ID "
            f"{_quoted(namesake.external_id)}, the folder says {_quoted(client.external_id)}. "
            "If they are one client, give both the same external ID; if they are two, give the "
            "folder a name that tells them apart.",
        )
    if may_create:
        return Match(ClientState.absent)
    return _held(
        Reason.not_allowed,
        f"Filed has no client with the external ID {_quoted(client.external_id)}, and "
        "create_clients is false. Create the client at Filed, or allow it for this folder.",
    )


def _known_or_held(client: Client, same_id: Sequence[ClientRecord]) -> Match:
    """The oldest record decides (reliability.md R22); a record that differs is never adopted."""
    record = min(same_id, key=_age)
    doubt = _doubt(client, record)
    if doubt is not None:
        return doubt
    note = None
    if len(same_id) > 1:
        note = (
            f"Filed lists {len(same_id)} clients with the external ID "
            f"{_quoted(client.external_id)}; the oldest is used. Please remove the others there."
        )
    return Match(ClientState.known, filed_id=record.id, note=note)


def _doubt(client: Client, record: ClientRecord) -> Match | None:
    named = f"The client with the external ID {_quoted(record.external_id)}"
    if record.status.strip().lower() == "archived":
        return _held(
            Reason.archived,
            f"{named} is archived at Filed. Restore it there, or use another external ID.",
        )
    if record.tax_year != client.tax_year:
        return _held(
            Reason.other_year,
            f"{named} is for {record.tax_year} at Filed, the folder says {client.tax_year}. "
            "Correct the year, or use an external ID for each year.",
        )
    if record.return_type != client.return_type:
        return _held(
            Reason.other_type,
            f"{named} has the return type {safe_text(record.return_type)} at Filed, the folder "
            f"says {client.return_type}. Correct one of them, or use another external ID.",
        )
    return None


def _is_namesake(client: Client, record: ClientRecord, ours: frozenset[str]) -> bool:
    return (
        record.external_id not in ours
        and record.tax_year == client.tax_year
        and same_name(record.name, client.name)
    )


def _held(reason: Reason, said: str) -> Match:
    return Match(ClientState.held, reason=reason, said=said)


def _quoted(text: str) -> str:
    return f'"{safe_text(text)}"'


def _age(record: ClientRecord) -> tuple[object, ...]:
    """Oldest first; the rest only so that Filed's order of listing never decides."""
    dated = (not record.created_at, record.created_at, record.id)
    return (*dated, record.tax_year, record.return_type, record.status, record.name)
