"""What a complete listing of one folder means for the files that the ledger knows there. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.model.file import File, FileState, Kind, Listing, Sighting
from agent.model.ignoring import Ignoring
from agent.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Change:
    """One row to write: `before` is None for a path seen for the first time."""

    before: File | None
    after: File
    why: str


def compare(
    root_id: int, listing: Listing, rows: Iterable[File], ignoring: Ignoring
) -> list[Change]:
    """The changes that make the ledger's rows of this folder agree with the listing."""
    known = {row.name: row for row in rows}
    changes = []
    for sighting in listing.sightings:
        row = known.pop(sighting.name, None)
        change = (
            first_seen(root_id, listing.folder, sighting, ignoring)
            if row is None
            else seen_again(row, sighting, ignoring)
        )
        if change is not None:
            changes.append(change)
    changes += [gone(row) for row in known.values() if not _stays(row)]
    return changes


def _stays(row: File) -> bool:
    """Nothing new in its absence; a person's no outlives a moment without the file; and of a folder
    that cannot be listed its own scan tells."""
    left_out = row.state is FileState.ignored and row.reason == Reason.person
    return left_out or row.state is FileState.missing or row.kind is Kind.folder


def first_seen(root_id: int, folder: bytes, sighting: Sighting, ignoring: Ignoring) -> Change:
    """A path that the ledger does not know."""
    rule = ignoring.rule_for(sighting.name)
    file = File(
        id=0,
        root_id=root_id,
        folder=folder,
        name=sighting.name,
        state=FileState.settling if rule is None else FileState.ignored,
        signature=sighting.signature,
        kind=sighting.kind,
        reason=None if rule is None else Reason.name_rule,
    )
    return Change(None, file, "first seen" if rule is None else f"name rule {rule}")


def seen_again(row: File, sighting: Sighting, ignoring: Ignoring) -> Change | None:
    """A path that the ledger knows, seen once more; None when nothing is to be written."""
    if row.state is FileState.ignored and row.reason == Reason.person:
        return None
    rule = ignoring.rule_for(row.name)
    if rule is not None:
        if row.state is FileState.ignored:
            return None
        after = row.to(FileState.ignored, reason=Reason.name_rule)
        return Change(row, after, f"name rule {rule}")
    if row.state is FileState.ignored:
        return _settle(row, sighting, "no name rule concerns it any more")
    if row.state is FileState.missing:
        return _settle(row, sighting, "came back")
    same = row.signature == sighting.signature and row.kind == sighting.kind
    if same or row.state is FileState.settling:  # the settle worker looks for itself
        return None
    return _settle(row, sighting, "changed")


def gone(row: File) -> Change:
    """A path that the ledger knows and a complete listing does not show."""
    return Change(row, row.to(FileState.missing, due_at=0.0), "not there any more")


def _settle(row: File, sighting: Sighting, why: str) -> Change:
    after = row.to(
        FileState.settling,
        signature=sighting.signature,
        kind=sighting.kind,
        due_at=0.0,
        attempts=0,
    )
    return Change(row, after, why)
