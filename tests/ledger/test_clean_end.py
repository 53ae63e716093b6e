"""A start after a clean end checks nothing again; after anything else it checks everything."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.ledger import clean_end, keeping, soundness
from agent.ledger.clean_end import TRUSTED
from agent.model.incident import Found
from tests.ledger.kept import Home, filled, overwrite


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return filled(tmp_path_factory.mktemp("full"))


@pytest.fixture
def home(full: Home, tmp_path: Path) -> Home:
    """A home that was just left in order."""
    copied = full.copy(tmp_path)
    copied.start()
    return copied


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which files were looked through from then on."""
    seen: list[Path] = []

    def look_at(path: Path, *, thorough: bool = False) -> object:
        seen.append(path)
        return soundness.look_at(path, thorough=thorough)

    monkeypatch.setattr(keeping, "look_at", look_at)
    return seen


def test_after_a_clean_end_nothing_is_checked_again(home: Home, checks: list[Path]) -> None:
    for _ in range(3):
        with home.open() as ledger:
            assert ledger.incident() is None
    assert checks == []


def test_copied_home_is_checked(full: Home, tmp_path: Path, checks: list[Path]) -> None:
    full.copy(tmp_path).start()
    assert checks


def other_bytes(home: Home) -> None:
    content = home.path.read_bytes()
    overwrite(home.path, len(content) - 1, content[-1:])


def older(home: Home) -> None:
    home.clock.at += TRUSTED + 1


def earlier(home: Home) -> None:
    home.clock.at -= 10.0


def suspected(home: Home) -> None:
    home.beside.suspect.touch()


def more_evidence(home: Home) -> None:
    with home.beside.evidence.open("ab") as file:
        file.write(b"x")


def no_evidence(home: Home) -> None:
    home.beside.evidence.unlink()


def a_log(home: Home) -> None:
    home.path.with_name("ledger.sqlite3-wal").touch()


def no_note(home: Home) -> None:
    home.beside.end.unlink()


def garbage(home: Home) -> None:
    home.beside.end.write_text("{")


def another_note(home: Home) -> None:
    home.beside.end.write_text('["mark", 1]')


def put_back(home: Home) -> None:
    """The same bytes in another file, dated alike."""
    facts = home.path.stat()
    other = home.path.with_name("other")
    other.write_bytes(home.path.read_bytes())
    os.utime(other, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    other.replace(home.path)


def test_disk_that_spoilt_it_unseen_is_met_all_the_same(
    home: Home, checks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times tell nothing of a disk that forgets; what cannot be opened is checked and restored."""
    overwrite(home.path, 0, b"not a ledger any more")
    monkeypatch.setattr(clean_end, "_facts", lambda beside: None)
    told = json.loads(home.beside.end.read_text())
    home.beside.end.write_text(json.dumps(told | {"facts": None}))
    with home.open() as ledger:
        incident = ledger.incident()
    assert checks
    assert incident is not None
    assert incident.found is Found.damaged


@pytest.mark.parametrize(
    "befalls",
    [
        other_bytes,
        older,
        earlier,
        suspected,
        more_evidence,
        no_evidence,
        a_log,
        no_note,
        garbage,
        another_note,
        put_back,
    ],
)
def test_whatever_befell_it_meanwhile_is_looked_for(
    home: Home, checks: list[Path], befalls: Callable[[Home], None]
) -> None:
    befalls(home)
    home.open().close()
    assert checks


def test_killed_agent_leaves_no_note(home: Home, checks: list[Path]) -> None:
    ledger = home.open()
    assert not home.beside.end.exists(), "it would tell of an end that is over"
    ledger._connections.close()  # as a kill leaves it: nothing is noted
    assert checks == []
    home.open().close()
    assert checks


def test_end_under_the_eyes_of_a_reader_is_checked(home: Home, checks: list[Path]) -> None:
    ledger = home.open()
    with closing(sqlite3.connect(home.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM documents").fetchone()
        ledger.close()
        assert not home.beside.end.exists()
    home.open().close()
    assert checks


def test_whole_check_is_due_a_week_after_the_last_one(home: Home, checks: list[Path]) -> None:
    for _ in range(9):
        home.clock.at += TRUSTED / 8.5
        home.start()
    assert len(checks) == 1, "each clean end does not put it off again"
