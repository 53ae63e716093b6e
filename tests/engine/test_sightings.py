"""What looks at folders mean, over any rows and any listing: compare, scans, matches."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.engine.scan import Scan
from agent.errors import DiskError, RootUnavailable
from agent.model.client import Client, ClientRecord, ClientState
from agent.model.file import File, FileState, Kind, Listing, Sighting, Signature
from agent.model.ignoring import Ignoring
from agent.model.matching import match
from agent.model.reasons import Reason
from agent.model.root import FolderRow
from agent.model.sighting import Change, compare
from tests.kit.disk import ROOT, MemoryDisk

NAMES = st.sampled_from([b"w2.pdf", b"k1.pdf", b"~$w2.docx", b"scan.tmp", b"\xff.pdf"])
SIGNATURES = st.builds(
    Signature,
    size=st.integers(0, 3),
    mtime_ns=st.integers(-2, 2),
    ctime_ns=st.just(0),
    dev=st.just(1),
    ino=st.integers(1, 2),
)
SIGHTINGS = st.builds(Sighting, name=NAMES, kind=st.sampled_from(Kind), signature=SIGNATURES)
LISTINGS = st.lists(SIGHTINGS, max_size=5, unique_by=lambda one: one.name).map(
    lambda found: Listing(b"Ash", 1, b"d", tuple(found), ())
)
RULES = st.sampled_from([Ignoring(), Ignoring(("*.pdf",)), Ignoring(("!*.tmp",))])


@st.composite
def known_rows(draw: st.DrawFn) -> list[File]:
    """Rows of one folder in any state that the tables allow."""
    found = []
    names = draw(st.lists(NAMES, max_size=5, unique=True))
    for number, name in enumerate(names, 1):
        state = draw(st.sampled_from(FileState))
        reasons = {
            FileState.held: st.sampled_from([Reason.empty, Reason.in_use]),
            FileState.ignored: st.sampled_from([Reason.person, Reason.name_rule]),
        }
        reason = draw(reasons[state]) if state in reasons else None
        pointing = state is FileState.known
        found.append(
            File(
                number,
                1,
                b"Ash",
                name,
                state,
                draw(SIGNATURES),
                draw(st.sampled_from(Kind)),
                reason,
                document_id=9 if pointing else None,
                client_id=7 if pointing else None,
            )
        )
    return found


def applied(rows: list[File], changes: list[Change]) -> list[File]:
    """The rows after the changes, as the ledger would keep them."""
    by_name = {row.name: row for row in rows}
    for change in changes:
        assert change.before == by_name.get(change.after.name)
        by_name[change.after.name] = replace(change.after, id=len(by_name) + 100)
    return list(by_name.values())


@given(known_rows(), LISTINGS, RULES)
def test_rows_agree_with_the_listing_once_its_changes_are_applied(
    rows: list[File], listing: Listing, ignoring: Ignoring
) -> None:
    after = {row.name: row for row in applied(rows, compare(1, listing, rows, ignoring))}
    shown = {one.name: one for one in listing.sightings}
    assert set(after) == set(shown) | {row.name for row in rows}
    for name, row in after.items():
        if name not in shown:
            left_out = row.state is FileState.ignored and row.reason == Reason.person
            assert left_out or row.kind is Kind.folder or row.state is FileState.missing
        elif row.state is FileState.ignored:
            assert row.reason == Reason.person or ignoring.rule_for(name) is not None
        else:
            assert ignoring.rule_for(name) is None
            same = (row.signature, row.kind) == (shown[name].signature, shown[name].kind)
            assert same or row.state is FileState.settling


@given(known_rows(), LISTINGS, RULES)
def test_looking_again_at_the_same_changes_nothing_more(
    rows: list[File], listing: Listing, ignoring: Ignoring
) -> None:
    after = applied(rows, compare(1, listing, rows, ignoring))
    assert compare(1, listing, after, ignoring) == []


@given(known_rows(), LISTINGS, RULES)
def test_a_name_that_a_listing_shows_is_never_missing(
    rows: list[File], listing: Listing, ignoring: Ignoring
) -> None:
    shown = {one.name for one in listing.sightings}
    for change in compare(1, listing, rows, ignoring):
        assert (change.after.state is FileState.missing) == (change.after.name not in shown)


@given(known_rows(), LISTINGS, RULES)
def test_a_persons_ignore_is_not_undone_by_what_a_listing_shows(
    rows: list[File], listing: Listing, ignoring: Ignoring
) -> None:
    shown = {one.name for one in listing.sightings}
    left_out = {row.name for row in rows if row.reason == Reason.person}
    changed = {change.after.name for change in compare(1, listing, rows, ignoring)}
    assert not changed & left_out & shown


def test_a_persons_ignore_outlives_a_moment_without_the_file() -> None:
    seen = Sighting(b"w2.pdf", Kind.regular, Signature(3, 1, 1, 1, 1))
    row = File(
        1, 1, b"Ash", b"w2.pdf", FileState.ignored, seen.signature, reason=Reason.person.value
    )
    without = Listing(b"Ash", 1, b"d", (), ())
    rows = applied([row], compare(1, without, [row], Ignoring()))
    rows = applied(rows, compare(1, replace(without, sightings=(seen,)), rows, Ignoring()))
    assert (rows[0].state, rows[0].reason) == (FileState.ignored, Reason.person)


# -- scans with blind spots ------------------------------------------------------------------------

FOLDERS = [b"a", b"a/b", b"a/b/c", b"a/bb", b"d", b"d/e"]


@given(
    there=st.sets(st.sampled_from(FOLDERS)),
    blind=st.sets(st.sampled_from([b"", *FOLDERS])),
    tree=st.sampled_from([b"", b"a", b"a/b", b"d"]),
)
def test_a_scan_calls_gone_only_what_it_could_have_seen(
    there: set[bytes], blind: set[bytes], tree: bytes
) -> None:
    disk = MemoryDisk()
    for folder in there:
        disk.write(folder + b"/f.pdf", b"x")
    disk.troubles = {folder: DiskError() for folder in blind}
    known = {folder: FolderRow(folder, 0, b"old") for folder in [b"", *FOLDERS]}
    scan = Scan(disk, ROOT, known, Ignoring(), lambda listing: None, tree)
    while not scan.done:
        scan.step()
    exists = {b""} | {part for folder in there for part in parents(folder)}
    for folder in scan.gone():
        assert folder not in exists
        assert within(folder, tree)
        assert not any(within(folder, spot) for spot in blind & exists if within(spot, tree))
    if not blind:
        assert set(scan.gone()) == {f for f in set(FOLDERS) - exists if within(f, tree)}


def within(folder: bytes, tree: bytes) -> bool:
    return not tree or (folder + b"/").startswith(tree + b"/")


def parents(folder: bytes) -> list[bytes]:
    parts = folder.split(b"/")
    return [b"/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def test_a_root_that_goes_away_in_the_middle_ends_the_scan() -> None:
    disk = MemoryDisk()
    disk.write(b"a/f.pdf", b"x")
    scan = Scan(disk, ROOT, {}, Ignoring(), lambda listing: None)
    scan.step()
    disk.there = False
    with pytest.raises(RootUnavailable):
        scan.step()


def test_a_folder_that_went_away_between_two_listings_is_told_as_gone() -> None:
    disk = MemoryDisk()
    disk.write(b"a/f.pdf", b"x")
    disk.write(b"b/f.pdf", b"x")
    known = {folder: FolderRow(folder, 0, b"old") for folder in (b"", b"a", b"b")}
    scan = Scan(disk, ROOT, known, Ignoring(), lambda listing: None)
    scan.step()
    disk.delete(b"a/f.pdf")
    while not scan.done:
        scan.step()
    assert scan.gone() == [b"a"]


# -- matching --------------------------------------------------------------------------------------

ROE = Client(1, "roe", "Roe", "roe-2025", 2025, "F1040", ClientState.new)
RECORDS = st.lists(
    st.builds(
        ClientRecord,
        id=st.sampled_from(["c1", "c2", "c3"]),
        name=st.sampled_from(["Roe", "roe ", "Doe"]),
        external_id=st.sampled_from(["roe-2025", "ROE-2025", "x"]),
        status=st.sampled_from(["active", "archived"]),
        return_type=st.sampled_from(["F1040", "F1120"]),
        tax_year=st.sampled_from([2024, 2025]),
        created_at=st.sampled_from(["", "2026-01-01", "2026-02-01"]),
    ),
    max_size=4,
)


@given(RECORDS, st.booleans())
def test_a_match_is_never_a_guess(records: list[ClientRecord], may_create: bool) -> None:
    found = match(ROE, records, frozenset({"roe-2025"}), may_create)
    same_id = [one for one in records if one.external_id == ROE.external_id]
    if found.state is ClientState.known:
        chosen = [one for one in same_id if one.id == found.filed_id]
        assert any(
            (one.status, one.tax_year, one.return_type) == ("active", 2025, "F1040")
            for one in chosen
        )
    elif found.state is ClientState.absent:
        assert may_create
        assert not same_id
    else:
        assert found.state is ClientState.held
        assert found.reason is not None
        assert found.said
    assert match(ROE, list(reversed(records)), frozenset({"roe-2025"}), may_create).state == (
        found.state
    ) or len({one.id for one in same_id}) < len(same_id)
