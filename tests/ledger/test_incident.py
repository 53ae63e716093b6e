"""What befell the ledger is told in plain words, for a week; and where everything lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.control.health import INCIDENT_SECONDS, gather, incident_lines
from agent.ledger.beside import Beside
from agent.model.incident import Found, Incident
from agent.system.places import Home as Places
from tests.ledger.kept import Home, newest_copy

AT = 1_795_000_000.0


def test_an_incident_comes_back_as_it_was_noted() -> None:
    incident = Incident(AT, Found.damaged, "SQLITE_CORRUPT", AT - 5, "/x/y", 7, 1, 2, proven=False)
    assert Incident.read(incident.text()) == incident


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"at": 1, "found": "eaten by a dog"}'])
def test_what_no_version_wrote_is_no_incident(text: str | None) -> None:
    assert Incident.read(text) is None


def test_a_newer_version_may_tell_more() -> None:
    told = '{"at": 1.0, "found": "lost", "weather": "rain"}'
    assert Incident.read(told) == Incident(1.0, Found.lost)


@pytest.mark.parametrize("found", Found)
@pytest.mark.parametrize("proven", [True, False])
def test_every_incident_says_what_happened_and_what_to_do(
    copies: Callable[[], Home], found: Found, proven: bool
) -> None:
    home = copies()
    with home.open() as ledger:
        incident = Incident(home.clock.at, found, aside="/home/set-aside/x\x1b", proven=proven)
        with ledger.write() as writing:
            writing.note_incident(incident, "for the test")
        lines = incident_lines(gather(ledger, home.clock.at + INCIDENT_SECONDS - 1, running=False))
        assert not incident_lines(gather(ledger, home.clock.at + INCIDENT_SECONDS, running=False))
    assert "was found" in lines[0]
    assert any("/home/set-aside/x" in line for line in lines)
    assert all(line.isprintable() and line.endswith(".") for line in lines)
    assert ("nothing to do" in lines[-1], "filed-agent resume" in lines[-1]) == (proven, not proven)


def test_the_copy_that_was_used_is_named_with_its_date(copies: Callable[[], Home]) -> None:
    home = copies()
    home.path.unlink()
    newest = newest_copy(home)
    damaged = newest.with_name("000009-2026-11-22T00-00-00.sqlite3")
    damaged.write_bytes(b"no copy at all")
    with home.open() as ledger:
        lines = incident_lines(gather(ledger, home.clock.at + 86_400.0, running=False))
        said = [line.why for line in ledger.history(limit=200) if line.subject == "agent"]
    assert any("from the copy of 2026-11-18" in line for line in lines)
    assert any("have the disk checked" in line for line in lines)
    assert "the ledger was lost: restored from its copies and its evidence" in said


def test_the_home_and_the_ledger_agree_on_where_things_lie(tmp_path: Path) -> None:
    places = Places.find({"FILED_AGENT_HOME": str(tmp_path)})
    beside = Beside(places.ledger)
    assert places.evidence == beside.evidence.parent
    assert places.backups == beside.backups
    assert places.set_aside == beside.aside
