"""The digest of a listing: equal for the same folder, other for every change in it."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from agent.folders.disk import LocalDisk
from agent.folders.listing import Found, listing_of
from agent.model.file import Kind, Sighting, Signature

_MODES = {"regular": stat.S_IFREG, "link": stat.S_IFLNK, "pipe": stat.S_IFIFO}


def seen(name: str, *, kind: str = "regular", **changed: int) -> Found:
    """What the system tells of one file, with some of it changed."""
    facts = {"ino": 50, "dev": 40, "size": 10, "mtime_ns": 20, "ctime_ns": 30, **changed}
    mtime_ns, ctime_ns = facts["mtime_ns"], facts["ctime_ns"]
    whole = [_MODES[kind] | 0o644, facts["ino"], facts["dev"], 1, 0, 0, facts["size"], 0, 0, 0]
    exact = [0.0, 0.0, 0.0, 0, mtime_ns, ctime_ns]
    return name, os.stat_result([*whole, *exact])


SEEN, OTHER = seen("a.pdf"), seen("b.pdf", ino=51)
DIGEST = listing_of(b"f", 1, [SEEN, OTHER], ["s"]).digest


@pytest.mark.parametrize(
    ("found", "subfolders"),
    [
        pytest.param([seen("a.pdg"), OTHER], ["s"], id="name"),
        pytest.param([seen("a.pdf", kind="link"), OTHER], ["s"], id="kind"),
        pytest.param([seen("a.pdf", kind="pipe"), OTHER], ["s"], id="other kind"),
        pytest.param([("a.pdf", None), OTHER], ["s"], id="cannot be looked at"),
        pytest.param([seen("a.pdf", size=9), OTHER], ["s"], id="size"),
        pytest.param([seen("a.pdf", mtime_ns=19), OTHER], ["s"], id="mtime"),
        pytest.param([seen("a.pdf", ctime_ns=29), OTHER], ["s"], id="ctime"),
        pytest.param([seen("a.pdf", ino=49), OTHER], ["s"], id="inode"),
        pytest.param([SEEN], ["s"], id="one file less"),
        pytest.param([SEEN, OTHER], ["t"], id="subfolder renamed"),
        pytest.param([SEEN, OTHER], [], id="no subfolder"),
        pytest.param([SEEN, OTHER], ["s", "t"], id="one subfolder more"),
    ],
)
def test_every_change_changes_the_digest(found: list[Found], subfolders: list[str]) -> None:
    assert listing_of(b"f", 1, found, subfolders).digest != DIGEST


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no inode in a listing")
def test_the_sightings_made_at_a_look_are_what_the_digest_was_made_of() -> None:
    listing = listing_of(b"f", 1, [OTHER, ("c.pdf", None), SEEN], ["s"])
    assert len(listing.sightings) == 3
    assert listing.sightings == (
        Sighting(b"a.pdf", Kind.regular, Signature(10, 20, 30, 40, 50)),
        Sighting(b"b.pdf", Kind.regular, Signature(10, 20, 30, 40, 51)),
        Sighting(b"c.pdf", Kind.regular, Signature(0, 0, 0, 0, 0)),
    )
    assert listing.sightings[1:] == listing.sightings[1:]
    assert listing.sightings[0].name == b"a.pdf"


def test_the_order_in_which_names_come_does_not_matter() -> None:
    assert listing_of(b"f", 1, [OTHER, SEEN], ["s"]).digest == DIGEST
    assert listing_of(b"f", 1, [SEEN], ["b", "a"]) == listing_of(b"f", 1, [SEEN], ["a", "b"])


def test_the_folders_own_mtime_is_no_part_of_it() -> None:
    assert listing_of(b"f", 2, [SEEN, OTHER], ["s"]).digest == DIGEST


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
