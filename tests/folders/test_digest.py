"""The digest of a listing: equal for the same folder, other for every change in it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from agent.folders.disk import LocalDisk
from agent.folders.listing import listing_of
from agent.model.file import Kind, Sighting, Signature

SEEN = Sighting(b"a.pdf", Kind.regular, Signature(10, 20, 30, 40, 50))
OTHER = Sighting(b"b.pdf", Kind.regular, Signature(11, 21, 31, 40, 51))
DIGEST = listing_of(b"f", 1, [SEEN, OTHER], [b"s"]).digest


def changed(**facts: int) -> Sighting:
    return replace(SEEN, signature=replace(SEEN.signature, **facts))


@pytest.mark.parametrize(
    ("found", "subfolders"),
    [
        pytest.param([replace(SEEN, name=b"a.pdg"), OTHER], [b"s"], id="name"),
        pytest.param([replace(SEEN, kind=Kind.link), OTHER], [b"s"], id="kind"),
        pytest.param([replace(SEEN, kind=Kind.other), OTHER], [b"s"], id="other kind"),
        pytest.param([replace(SEEN, kind=Kind.online_only), OTHER], [b"s"], id="online-only"),
        pytest.param([changed(size=9), OTHER], [b"s"], id="size"),
        pytest.param([changed(mtime_ns=19), OTHER], [b"s"], id="mtime"),
        pytest.param([changed(ctime_ns=29), OTHER], [b"s"], id="ctime"),
        pytest.param([changed(ino=49), OTHER], [b"s"], id="inode"),
        pytest.param([SEEN], [b"s"], id="one file less"),
        pytest.param([SEEN, OTHER], [b"t"], id="subfolder renamed"),
        pytest.param([SEEN, OTHER], [], id="no subfolder"),
        pytest.param([SEEN, OTHER], [b"s", b"t"], id="one subfolder more"),
    ],
)
def test_every_change_changes_the_digest(found: list[Sighting], subfolders: list[bytes]) -> None:
    assert listing_of(b"f", 1, found, subfolders).digest != DIGEST


def test_the_order_in_which_names_come_does_not_matter() -> None:
    assert listing_of(b"f", 1, [OTHER, SEEN], [b"s"]).digest == DIGEST
    assert listing_of(b"f", 1, [SEEN], [b"b", b"a"]) == listing_of(b"f", 1, [SEEN], [b"a", b"b"])


def test_the_folders_own_mtime_is_no_part_of_it() -> None:
    assert listing_of(b"f", 2, [SEEN, OTHER], [b"s"]).digest == DIGEST


def test_two_looks_at_an_unchanged_folder_agree_and_a_rewrite_shows(tmp_path: Path) -> None:
    disk, root = LocalDisk(), os.fsencode(tmp_path)
    path = tmp_path / "x.pdf"
    path.write_bytes(b"first")
    before = disk.list_folder(root, b"").digest
    assert disk.list_folder(root, b"").digest == before
    facts = path.stat()
    path.write_bytes(b"other")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert disk.list_folder(root, b"").digest != before, "same size and mtime, other ctime"


def test_a_date_beyond_the_year_2262_fits_into_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(b"x")
    os.utime(path, ns=(0, 2**63 + 5_000_000_000))
    seen = LocalDisk().look(os.fsencode(tmp_path), b"x.pdf").signature
    assert -(2**63) <= seen.mtime_ns < 2**63
    assert seen == LocalDisk().list_folder(os.fsencode(tmp_path), b"").sightings[0].signature
