"""How it goes, in one sentence and an exit code."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from agent.control.health import Facts, Health, gather, incident_lines, verdict
from agent.control.note import Line, Note, Trouble
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.incident import Found, Incident
from agent.model.overview import Counts
from agent.model.root import Root
from agent.words.catalogue import AgentState
from tests.kit.clock import JumpingClock

ROOT = Root(1, b"/srv/clients", scanned_at=1.0)
AWAY = Root(1, b"/srv/clients", unavailable="It is not there.", scanned_at=1.0)


def note(state: AgentState = AgentState.idle, trouble: Trouble | None = None) -> Note:
    return Note(7, "run", 0.0, state, 0.0, trouble, roots=(1,))


def facts(
    documents: Mapping[Stage, int] = {},
    held: Mapping[str, int] = {},
    clients_held: int = 0,
    settling: int = 0,
    **other: Any,
) -> Facts:
    counts = Counts(
        {stage: documents.get(stage, 0) for stage in Stage},
        dict.fromkeys(FileState, 0) | {FileState.settling: settling},
        dict.fromkeys(ClientState, 0) | {ClientState.held: clients_held},
        0,
        0,
    )
    given: dict[str, Any] = {
        "roots": (ROOT,),
        "note": note(),
        "running": True,
        "paused_until": None,
        "now": 60.0,
    }
    return Facts(counts, held, **(given | other))


FILED = {Stage.filed: 1284}
NEVER = Root(1, b"/srv/clients")
LATER = note(AgentState.looking)  # a scan after the first one, which ended at 1.0
FIRST = replace(LATER, started=2.0)
OPEN = {Stage.filed: 5, Stage.ready: 2, Stage.ingesting: 10}
OFFLINE = Trouble("Filed cannot be reached", "No route.", "Check the network.", 5)
REFUSED = Trouble("Filed does not accept the API key", "", "Make a new key.", 4)
SLOW = Trouble(
    "Filed asks us to slow down", "Filed asks for patience until 10:42", "Wait.", 5, "rate-limited"
)


@pytest.mark.parametrize(
    ("found", "start", "health", "code"),
    [
        (facts(FILED), "All 1,284 documents are filed.", Health.fine, 0),
        (facts({Stage.filed: 1}), "The one document is filed.", Health.fine, 0),
        (facts(), "There are no documents yet.", Health.fine, 0),
        (facts(roots=(Root(1, b"/a"),)), "Going through the folders.", Health.working, 0),
        (facts(roots=(NEVER,), running=False), "The folders were not looked", Health.fine, 0),
        (facts(roots=()), "The folders were not looked at yet.", Health.fine, 0),
        (facts(FILED, roots=(NEVER,)), "Going through the folders; 1,284 do", Health.working, 0),
        (facts(FILED, note=FIRST), "Going through the folders; 1,284 documents", Health.working, 0),
        (facts(FILED, note=LATER), "All 1,284 documents are filed.", Health.fine, 0),
        (facts(FILED, note=FIRST, running=False), "All 1,284 documents are", Health.fine, 0),
        (facts(OPEN, note=FIRST), "5 documents are filed, 12 docu", Health.working, 0),
        (facts(FILED, {"empty": 1}, note=FIRST), "1 document needs you", Health.needs_person, 3),
        (facts(OPEN), "5 documents are filed, 12 documents are on the way.", Health.working, 0),
        (facts(OPEN, {"empty": 3}), "12 documents wait, 3 need you.", Health.needs_person, 3),
        (facts(FILED, {"empty": 1}), "1 document needs you, 1,284 doc", Health.needs_person, 3),
        (facts(FILED, clients_held=1), "1 client needs you, 1,284 doc", Health.needs_person, 3),
        (
            facts(FILED, {"in-use": 1}),
            "1,284 documents are filed, 1 document is",
            Health.working,
            0,
        ),
        (
            facts(held={"two-folders": 3}, clients_held=1, held_clients={"two-folders": 1}),
            "1 client needs you.",
            Health.needs_person,
            3,
        ),
        (
            facts(held={"two-folders": 3, "empty": 1}, clients_held=1),
            "5 documents need you.",
            Health.needs_person,
            3,
        ),
        (facts({Stage.failed: 2}), "2 documents need you.", Health.needs_person, 3),
        (facts(FILED, roots=(AWAY,)), "/srv/clients is unavailable, 1,284", Health.needs_person, 3),
        (facts(OPEN, running=False), "5 documents are filed, 12 docu", Health.needs_person, 3),
        (facts(FILED, running=False), "All 1,284 documents are filed.", Health.fine, 0),
        (facts(OPEN, paused_until=1e12), "Paused until ", Health.paused, 0),
        (facts(FILED, paused_until=1e12, paused_by="jane"), "Paused until", Health.paused, 0),
        (facts(OPEN, {"empty": 1}, paused_until=1e12), "Paused until ", Health.paused, 3),
        (facts(OPEN, note=note(AgentState.offline, OFFLINE)), "Offline since ", Health.offline, 5),
        (
            facts(OPEN, note=note(AgentState.offline, OFFLINE), paused_until=1e12),
            "Paused until ",
            Health.paused,
            0,
        ),
        (
            facts(OPEN, note=note(AgentState.signed_out, REFUSED), paused_until=1e12),
            "Filed does not accept the API key (since ",
            Health.signed_out,
            4,
        ),
        (
            facts(OPEN, note=note(AgentState.signed_out, REFUSED)),
            "Filed does not accept the API key (since ",
            Health.signed_out,
            4,
        ),
        (
            facts(OPEN, note=note(AgentState.paused, REFUSED), paused_until=1e12, paused_by="ann"),
            "Filed does not accept the API key, paused until ",
            Health.signed_out,
            4,
        ),
        (
            facts(OPEN, note=note(AgentState.paused, OFFLINE), paused_until=1e12),
            "Paused until ",
            Health.paused,
            0,
        ),
        (
            facts(OPEN, note=note(AgentState.working, SLOW)),
            "Filed asks for patience until 10:42, 12 documents wait.",
            Health.working,
            0,
        ),
        (
            facts(OPEN, {"empty": 1}, note=note(AgentState.working, SLOW)),
            "12 documents wait, 1 needs you.",
            Health.needs_person,
            3,
        ),
        (
            facts(OPEN, note=note(AgentState.working, SLOW), running=False),
            "5 documents are filed",
            Health.needs_person,
            3,
        ),
    ],
)
def test_the_first_sentence(found: Facts, start: str, health: Health, code: int) -> None:
    told = verdict(found)
    assert told.sentence.startswith(start)
    assert told.sentence.endswith(".")
    assert (told.health, told.exit_code) == (health, code)


def test_the_trouble_of_an_agent_that_is_gone_is_no_longer_true() -> None:
    gone = facts(FILED, note=note(AgentState.offline, OFFLINE), running=False)
    assert verdict(gone).health is Health.fine


def test_a_note_survives_the_way_through_the_ledger() -> None:
    told = Note(
        7, "run", 1.5, AgentState.offline, 2.5, OFFLINE, 10.0, (Line(3, 5, 10),), (1, 2), ("Slow.",)
    )
    assert Note.read(told.text()) == told
    assert Note.read(replace(told, contacted_at=7.5).text()) == replace(told, contacted_at=7.5)


def test_a_note_of_a_version_that_did_not_note_the_contact_is_understood() -> None:
    told = Note(7, "run", 1.5, AgentState.offline, 2.5, OFFLINE)
    older = json.loads(told.text())
    del older["contacted_at"]
    del older["trouble"]["code"]
    assert Note.read(json.dumps(older)) == told


@pytest.mark.parametrize("text", [None, "", "{", "[]", "null", '{"pid": 1}', '{"state": "odd"}'])
def test_a_note_of_another_version_is_no_error(text: str | None) -> None:
    assert Note.read(text) is None


def test_a_trouble_says_nothing_twice() -> None:
    assert Trouble("Title", "Title", "Do it.", 4).text() == "Title. Do it."
    assert Trouble("Title", "It is so. Do it.", "Do it.", 4).text() == "Title: It is so. Do it."


def test_a_pause_names_whoever_paused_and_only_while_it_lasts() -> None:
    clock = JumpingClock()
    with Ledger.in_memory(clock) as ledger:
        ledger.pause(math.inf, "jane")
        told = verdict(gather(ledger, clock.now(), running=True)).sentence
        assert told == "Paused until further notice by jane."
        ledger.resume("joe")
        assert gather(ledger, clock.now(), running=True).paused_by == ""


def test_the_incident_is_told_without_a_command_to_people_with_buttons() -> None:
    unproven = facts(incident=Incident(0.0, Found.lost, proven=False))
    assert "`filed-agent resume`" in incident_lines(unproven)[-1]
    told = " ".join(incident_lines(unproven, here=True))
    assert "filed-agent" not in told
    assert told.endswith("then resume.")
