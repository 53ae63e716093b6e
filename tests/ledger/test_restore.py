"""Row E2: whatever befalls the ledger's file, what weighs of it is there after the next start."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.errors import LedgerDamaged
from agent.ledger.keeping import note_damage, open_kept
from agent.ledger.ledger import Ledger
from agent.model.document import Stage
from agent.model.incident import Found
from tests.kit.depth import depth
from tests.ledger.kept import (
    PAGE,
    Home,
    kept_aside,
    newest_copy,
    overwrite,
    pages,
    survives,
    weighing,
    whole,
)
from tests.ledger.kit import StillClock, carry_on, rows

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
EVERY = depth("PAGES", 3, 1)  # each so many-th page of the larger damages on a push


def test_E02_a_sound_ledger_is_left_as_it_is(copies: Callable[[], Home], before: Any) -> None:
    home = copies()
    survives(home, before, None)
    assert not home.beside.aside.exists()


def test_E02_each_page_zeroed_in_turn(copies: Callable[[], Home], before: Any) -> None:
    """Also those whose loss SQLite cannot see (free ones) must cost nothing."""
    seen = 0
    for page in range(pages(copies().path)):
        home = copies()
        overwrite(home.path, page * PAGE, bytes(PAGE))
        damaged = home.path.read_bytes()
        with home.open() as ledger:
            incident = ledger.incident()
            assert weighing(ledger) == before, f"page {page}"
            assert whole(ledger), f"page {page}"
        if incident is not None:
            seen += 1
            assert incident.found is Found.damaged
            assert kept_aside(home) == [damaged], "kept as it was"
    assert seen > 20


@pytest.mark.deep
def test_E02_random_bytes_over_a_page(copies: Callable[[], Home], before: Any) -> None:
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    for page in range(SEED % EVERY, pages(copies().path), EVERY):
        home = copies()
        overwrite(home.path, page * PAGE, rng.randbytes(PAGE))
        with home.open() as ledger:
            assert weighing(ledger) == before, f"page {page}, SEED={SEED}"
            assert whole(ledger), f"page {page}, SEED={SEED}"


@pytest.mark.deep
def test_E02_truncated_at_every_page_and_a_byte_beside(
    copies: Callable[[], Home], before: Any
) -> None:
    size = copies().path.stat().st_size
    lengths = [at + by for at in range(PAGE, size, PAGE * EVERY) for by in (-1, 0, 1)]
    for length in (0, 1, 99, 100, 511, 512, *lengths, size - 1):
        home = copies()
        os.truncate(home.path, length)
        with home.open() as ledger:
            assert weighing(ledger) == before, f"{length} of {size} bytes"
            assert whole(ledger)


DAMAGES: dict[str, tuple[Callable[[Home], object], Found]] = {
    "corrupt header": (lambda home: overwrite(home.path, 0, b"no database!"), Found.damaged),
    "noise": (
        lambda home: home.path.write_bytes(random.Random(SEED).randbytes(90_000)),
        Found.damaged,
    ),
    "a text file": (lambda home: home.path.write_text("see the other folder"), Found.damaged),
    "deleted": (lambda home: home.path.unlink(), Found.lost),
    "0 bytes": (lambda home: os.truncate(home.path, 0), Found.lost),
    "an old copy": (lambda home: newest_copy(home).replace(home.path), Found.old),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("with_copy", [True, False], ids=["copy", "no copy"])
def test_E02_the_whole_file(
    copies: Callable[[], Home], before: Any, damage: str, with_copy: bool
) -> None:
    home = copies()
    change, found = DAMAGES[damage]
    change(home)
    if not with_copy:
        for copy in home.beside.backups.glob("*"):
            copy.unlink()
    survives(home, before, found)


@pytest.mark.parametrize("end", ["-wal", "-shm"])
@pytest.mark.parametrize("damage", ["deleted", "0 bytes", "noise", "torn"])
def test_E02_what_lies_beside_the_file(
    original: Home, tmp_path: Path, before: Any, end: str, damage: str
) -> None:
    """The agent was killed: the newest commits are in the -wal only."""
    home = original.copy(tmp_path / "running")
    with home.open() as ledger:
        rows(ledger, "PRAGMA wal_autocheckpoint = 0")
        (ash,) = (row for row in ledger.clients_overview() if row.name == "Ash")
        document = ledger.document(ledger.documents(Stage.failed, ash.id)[0].id)
        with ledger.write() as writing:
            document = writing.move_document(document, document.to(Stage.ready), "retried")
        for stage in (Stage.uploading, Stage.uploaded):
            with ledger.write() as writing:
                document = carry_on(writing, document, stage, "newest")
        newest = weighing(ledger)
        killed = home.copy(tmp_path / "killed")
    part = Path(f"{killed.path}{end}")
    assert part.stat().st_size > 0
    if damage == "deleted":
        part.unlink()
    elif damage == "torn":
        os.truncate(part, part.stat().st_size // 2 + 7)
    else:
        part.write_bytes(b"" if damage == "0 bytes" else random.Random(1).randbytes(9000))
    with killed.open() as ledger:
        assert weighing(ledger) == newest
        assert whole(ledger)


def test_E02_damaged_copies_are_passed_over(copies: Callable[[], Home], before: Any) -> None:
    home = copies()
    sound = newest_copy(home)
    for number in (2, 3):
        damaged = sound.with_name(f"{number:06}-2026-11-22T00-00-00.sqlite3")
        damaged.write_bytes(sound.read_bytes())
        overwrite(damaged, PAGE * 3, bytes(PAGE * 3))
    home.path.unlink()
    survives(home, before, Found.lost)
    with home.open() as ledger:
        incident = ledger.incident()
        assert incident is not None
        assert incident.unsound == 2
        assert incident.backup_of == 1_795_003_600.0


def test_E02_nothing_that_was_set_aside_is_overwritten(
    copies: Callable[[], Home], before: Any
) -> None:
    home = copies()
    contents = []
    for number in range(3):  # three times within the same second
        contents.append(b"damage %d" % number * 1000)
        home.path.write_bytes(contents[-1])
        survives(home, before, Found.damaged)
    assert kept_aside(home) == contents


def test_E02_the_file_is_set_aside_with_its_wal(copies: Callable[[], Home], before: Any) -> None:
    home = copies()
    parts = [Path(f"{home.path}{end}") for end in ("", "-wal", "-shm")]
    for part in parts:
        part.write_bytes(part.name.encode() * 999)
    survives(home, before, Found.damaged)
    (folder,) = home.beside.aside.iterdir()
    assert sorted(path.name for path in folder.iterdir()) == sorted(p.name for p in parts)
    for part in parts[:2]:  # SQLite makes the -shm anew whenever it looks
        assert (folder / part.name).read_bytes() == part.name.encode() * 999


def test_E02_damage_met_while_running_is_looked_for_at_the_next_start(
    copies: Callable[[], Home], before: Any
) -> None:
    """An index that lacks a row passes quick_check; whoever deletes by it meets the damage."""
    home = copies()
    with sqlite3.connect(home.path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE documents SET task_id = 'T' WHERE FALSE")
        connection.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, 'WHERE stage = ''uploaded''', "
            "'WHERE stage = ''filed''') WHERE name = 'documents_uploaded'"
        )
    connection.close()
    with home.open() as ledger:
        assert ledger.incident() is None, "quick_check does not look so closely"
    note_damage(home.path)
    survives(home, before, Found.damaged)
    assert not home.beside.suspect.exists()


def test_a_suspicion_that_is_wrong_is_forgotten(copies: Callable[[], Home], before: Any) -> None:
    home = copies()
    note_damage(home.path)
    survives(home, before, None)
    assert not home.beside.suspect.exists()


@pytest.mark.parametrize("size", [0, None], ids=["empty", "gone"])
def test_E02_a_command_restores_nothing_and_says_who_does(
    copies: Callable[[], Home], size: int | None
) -> None:
    home = copies()
    home.path.unlink() if size is None else os.truncate(home.path, 0)
    with pytest.raises(LedgerDamaged, match="gone or empty") as caught:
        Ledger.open(home.path, home.clock, sound=False)
    assert "Start the agent again" in caught.value.advice
    assert not home.path.exists() or home.path.stat().st_size == 0
    assert not home.beside.aside.exists()


def test_E02_a_first_start_that_the_disk_broke_off_is_a_first_start_again(tmp_path: Path) -> None:
    """Found by `make torture`: fdatasync failed for good while the ledger was being created."""
    path = tmp_path / "home" / "ledger.sqlite3"
    path.parent.mkdir()
    path.touch()
    path.with_name("ledger.sqlite3-journal").write_bytes(bytes(512))
    with open_kept(path, StillClock()) as ledger:
        assert ledger.incident() is None
        assert ledger.paused_until() is None


def test_the_dates_on_which_documents_were_filed_survive(copies: Callable[[], Home]) -> None:
    home = copies()
    with home.open() as ledger:
        dates = {row.sha256: row.filed_at for row in ledger.documents(Stage.filed)}
    home.path.unlink()
    newest_copy(home).unlink()
    with home.open() as ledger:
        restored = {row.sha256: row.filed_at for row in ledger.documents(Stage.filed)}
    assert len(dates) > 8
    assert restored == {sha256: pytest.approx(at, abs=0.01) for sha256, at in dates.items()}
