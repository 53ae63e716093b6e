"""Row E2: what is no damage is refused with a remedy, and nothing moves."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.errors import LedgerDamaged, LedgerTrouble
from agent.ledger.evidence import Evidence
from agent.model.incident import Found
from tests.ledger.kept import PAGE, Home, overwrite, read_end, survives

posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")


def test_E02_a_ledger_of_a_newer_version_is_refused_and_nothing_moves(
    copies: Callable[[], Home],
) -> None:
    home = copies()
    with sqlite3.connect(home.path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('ledger', '9999_from_the_future', '2099-01-01')"
        )
    connection.close()
    refused(home, "newer version")


def test_E02_a_foreign_file_is_refused_and_nothing_moves(copies: Callable[[], Home]) -> None:
    home = copies()
    home.path.unlink()
    with sqlite3.connect(home.path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    refused(home, "another program")


def test_E02_an_evidence_of_a_newer_version_is_refused_where_it_is_needed(
    copies: Callable[[], Home],
) -> None:
    home = copies()
    end = read_end(home)
    assert end is not None
    Evidence(home.beside.evidence, ours=True).append(end, {"format": 2})
    refused(home, "newer version")


@pytest.mark.slow
def test_E02_a_ledger_locked_by_an_antivirus_is_trouble_and_then_works(
    copies: Callable[[], Home], before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ledger.connection.BUSY_SECONDS", 0.1)
    home = copies()
    with sqlite3.connect(home.path, isolation_level=None) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        refused(home, "locked")
        other.execute("ROLLBACK")
    other.close()
    survives(home, before, None)


def test_E02_a_network_drive_is_refused_before_anything_is_looked_at(
    copies: Callable[[], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copies()
    monkeypatch.setattr("agent.ledger.disks.network_type", lambda _folder: "cifs")
    refused(home, "network drive")


def refused(home: Home, words: str) -> None:
    """The start is refused with a remedy, and not a byte is changed by it."""
    contents = {path: path.read_bytes() for path in home.path.parent.rglob("*") if path.is_file()}
    with pytest.raises(LedgerTrouble, match=words) as caught:
        home.open()
    assert not isinstance(caught.value, LedgerDamaged)
    after = {path: path.read_bytes() for path in home.path.parent.rglob("*") if path.is_file()}
    ends = ("-wal", "-shm")
    assert {p: c for p, c in after.items() if not p.name.endswith(ends)} == {
        p: c for p, c in contents.items() if not p.name.endswith(ends)
    }


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """A file or folder that may not be written, also by root."""
    mode = path.stat().st_mode
    path.chmod(mode & 0o555)
    chattr = shutil.which("chattr") if os.geteuid() == 0 else None
    try:
        if os.geteuid() == 0 and (
            chattr is None
            or subprocess.run([chattr, "+i", path], check=False, capture_output=True).returncode
        ):
            pytest.skip("root may write everything here")
        yield
    finally:
        if chattr is not None:
            subprocess.run([chattr, "-i", path], check=False, capture_output=True)
        path.chmod(mode)


@posix
@pytest.mark.parametrize("what", ["file", "folder", "evidence"])
def test_E02_what_may_not_be_written_is_trouble_and_then_works(
    copies: Callable[[], Home], before: Any, what: str
) -> None:
    home = copies()
    places = {"file": home.path, "folder": home.path.parent, "evidence": home.beside.evidence}
    with read_only(places[what]):
        if what == "folder":
            refused(home, r"read-only|cannot be")
        else:
            with (
                home.open() as ledger,
                pytest.raises(LedgerTrouble, match=r"read-only|evidence cannot be"),
            ):
                ledger.pause(5e9, "a person")
            with home.open() as ledger:
                assert ledger.paused_until() is None
    survives(home, before, None)


@posix
def test_E02_a_damaged_ledger_in_a_read_only_folder_is_not_moved(
    copies: Callable[[], Home], before: Any
) -> None:
    home = copies()
    overwrite(home.path, PAGE, bytes(PAGE))
    with read_only(home.path.parent):
        refused(home, r"restored|cannot be")
    survives(home, before, Found.damaged)


def test_E02_a_full_disk_moves_nothing_and_the_restoration_goes_on_when_there_is_room(
    copies: Callable[[], Home], before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copies()
    overwrite(home.path, PAGE, bytes(PAGE))

    def full(_source: Path, target: Path) -> None:
        target.write_bytes(b"half a co")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(LedgerTrouble, match="No space left"):
        home.open()
    assert not home.beside.aside.exists()
    monkeypatch.undo()
    survives(home, before, Found.damaged)
