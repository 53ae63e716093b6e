"""The daily copies: whole, checked, numbered, private, few."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from agent.errors import LedgerDamaged, LedgerTrouble
from agent.ledger.backups import KEPT, Backups
from agent.ledger.opening import backup
from agent.ledger.soundness import damage_of, reading
from tests.ledger.kept import PAGE, Home, overwrite
from tests.ledger.kit import ROOT, add_file

DAY = 86_400.0


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    with home.open() as ledger:
        ledger.root(ROOT)
        add_file(ledger, b"first")
    return home


def names(home: Home) -> list[str]:
    return sorted(path.name for path in home.beside.backups.iterdir())


def test_a_copy_is_whole_private_and_named_by_number_and_date(home: Home) -> None:
    with home.open() as ledger:
        assert ledger.copied_at() is None
        assert ledger.back_up()
        assert ledger.copied_at() == home.clock.at
    (name,) = names(home)
    assert name == "000001-2026-11-18T11-06-40.sqlite3"
    copy = home.beside.backups / name
    assert damage_of(copy) is None
    with reading(copy) as connection:
        assert connection.execute("SELECT count(*) FROM files").fetchone() == (1,)
    if os.name == "posix":
        assert copy.stat().st_mode & 0o777 == 0o600
        assert home.beside.backups.stat().st_mode & 0o777 == 0o700
    assert names(home) == [name], "reading a copy leaves nothing beside it"


def test_nothing_is_copied_while_nothing_happens(home: Home) -> None:
    with home.open() as ledger:
        assert ledger.back_up()
        with ledger.write() as writing:
            writing.note_agent("the note of a running agent is no change")
        assert not ledger.back_up()
        add_file(ledger, b"second")
        assert ledger.back_up()
    assert len(names(home)) == 2


def test_a_ledger_in_which_nothing_ever_happened_is_not_copied(tmp_path: Path) -> None:
    with Home(tmp_path).open() as ledger:
        assert not ledger.back_up()


def test_the_newest_few_are_kept_whatever_the_wall_clock_says(home: Home) -> None:
    with home.open() as ledger:
        for number in range(KEPT + 3):
            home.clock.at += DAY if number != 4 else -300 * DAY
            add_file(ledger, b"%d" % number)
            ledger.back_up()
    assert [name[:6] for name in names(home)] == ["000004", "000005", "000006", "000007", "000008"]
    newest = Backups(home.beside.backups).newest()
    assert newest is not None
    assert newest.number == 8


def test_files_of_others_in_the_folder_are_left_alone(home: Home) -> None:
    home.beside.backups.mkdir(exist_ok=True)
    (home.beside.backups / "my own copy.sqlite3").write_bytes(b"x")
    with home.open() as ledger:
        for number in range(KEPT + 2):
            add_file(ledger, b"%d" % number)
            ledger.back_up()
    assert "my own copy.sqlite3" in names(home)


def test_E02_damage_is_found_by_the_check_of_the_copy(home: Home) -> None:
    with home.open() as ledger:
        ledger.back_up()
    overwrite(home.path, 5 * PAGE, bytes(PAGE))
    before = names(home)
    live = sqlite3.connect(home.path)
    try:
        with pytest.raises(LedgerDamaged):
            Backups(home.beside.backups).make(live, home.clock.at)
    finally:
        live.close()
    assert names(home) == before, "a damaged copy takes the place of no sound one"


def test_a_copy_that_cannot_be_written_is_trouble(home: Home) -> None:
    home.beside.backups.write_text("a file where the folder should be")
    with home.open() as ledger, pytest.raises(LedgerTrouble, match="daily copy"):
        ledger.back_up()


def test_a_copy_that_was_killed_half_way_disturbs_no_later_one(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(connection: sqlite3.Connection, target: Path) -> None:
        backup(connection, target)
        raise KeyboardInterrupt

    with home.open() as ledger:
        monkeypatch.setattr("agent.ledger.backups.backup", killed)
        with pytest.raises(KeyboardInterrupt):
            ledger.back_up()
        assert ledger.copied_at() is None
        monkeypatch.undo()
        assert ledger.back_up()
    assert len(names(home)) == 1
