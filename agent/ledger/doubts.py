"""Doubts about which client a folder stands for: the one question behind placing and `twins`.

Two folders that are still there contradict each other when they
  * say the same external ID, and lie in the same root or differ in name, key, year or type;
  * say the same key, year and type under different external IDs.
A client that Filed knows (or is being told of) contradicts a folder that says its key, year and
type under another external ID, even when no folder stands for that client any more: the external
ID may just have changed, and a second client at Filed is worse than a question (S4).

A folder counts as there until a complete scan missed it (`gone`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.ledger.rows import Row
from agent.model.client import Place

Standing = Literal["owner", "doubt", "confirmed"]
Ask = Callable[[str, Sequence[object]], list[Row]]

CLAIM = (
    "o.root_id, o.client_id, o.standing, o.folder, o.key, o.name, o.external_id, o.tax_year, "
    "o.return_type"
)
_THERE = """
NOT EXISTS (SELECT 1 FROM folders AS d
            WHERE d.root_id = o.root_id AND d.path = o.folder AND d.gone = 1)
"""
_RIVAL_FOLDERS = f"""
SELECT {CLAIM} FROM client_folders AS o
WHERE ((o.external_id = ?
        AND (o.root_id = ? OR (o.key, o.name, o.tax_year, o.return_type) IS NOT (?, ?, ?, ?)))
    OR (o.key = ? AND o.tax_year = ? AND o.return_type = ? AND o.external_id <> ?))
  AND NOT (o.root_id = ? AND o.folder = ?) AND {_THERE}
ORDER BY o.root_id, o.folder
"""  # noqa: S608
_RIVALS_AT_FILED = """
SELECT id, name, external_id FROM clients
WHERE key = ? AND tax_year = ? AND return_type = ? AND external_id <> ?
  AND (filed_id IS NOT NULL OR state = 'creating')
ORDER BY id
"""
CLAIM_OF_FOLDER = f"SELECT {CLAIM} FROM client_folders AS o WHERE o.root_id = ? AND o.folder = ?"  # noqa: S608
CLAIM_OF_PATH = f"""
SELECT {CLAIM} FROM client_folders AS o JOIN roots AS r ON r.id = o.root_id
WHERE r.path = ? AND o.folder = ?
"""  # noqa: S608
_CLAIMS_OF_CLIENT = f"""
SELECT {CLAIM} FROM client_folders AS o WHERE o.client_id = ? AND {_THERE} ORDER BY o.folder
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Claim:
    """A row of `client_folders`: what a client folder says, and how it stands to its client."""

    root_id: int
    client_id: int
    standing: Standing
    place: Place


@dataclass(frozen=True, slots=True)
class Rival:
    """What contradicts a folder: another client folder, or (folder None) a client at Filed."""

    client_id: int
    folder: bytes | None
    name: str
    external_id: str


def claim_of(row: Row) -> Claim:
    """A Claim from the columns CLAIM."""
    return Claim(row[0], row[1], row[2], Place(*row[3:]))


def rivals(ask: Ask, root_id: int, place: Place, forgiven: int | None) -> list[Rival]:
    """What contradicts this folder.

    `forgiven` is the client whose confirmed folders do not count: the folder has owned it before.
    """
    kind = (place.key, place.tax_year, place.return_type)
    says = (place.key, place.name, place.tax_year, place.return_type)
    rows = ask(
        _RIVAL_FOLDERS,
        (place.external_id, root_id, *says, *kind, place.external_id, root_id, place.folder),
    )
    found = [
        Rival(claim.client_id, claim.place.folder, claim.place.name, claim.place.external_id)
        for claim in map(claim_of, rows)
        if not (claim.standing == "confirmed" and claim.client_id == forgiven)
    ]
    seen = {rival.client_id for rival in found}
    at_filed = ask(_RIVALS_AT_FILED, (*kind, place.external_id))
    return found + [Rival(row[0], None, row[1], row[2]) for row in at_filed if row[0] not in seen]


def doubtful_folders(ask: Ask, client_id: int) -> tuple[bytes, ...]:
    """The client's folders still there that something contradicts, with what contradicts them."""
    doubtful: set[bytes] = set()
    for claim in map(claim_of, ask(_CLAIMS_OF_CLIENT, (client_id,))):
        if claim.standing == "confirmed":
            continue
        forgiven = client_id if claim.standing == "owner" else None
        against = rivals(ask, claim.root_id, claim.place, forgiven)
        if against:
            doubtful.add(claim.place.folder)
            doubtful.update(rival.folder for rival in against if rival.folder is not None)
    return tuple(sorted(doubtful))
