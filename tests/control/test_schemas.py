"""The shapes of the door as they are published: docs/control-v1.json."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from agent.control.app import Application
from agent.control.door_shapes import NoticeAnswer
from agent.control.entrance import Entrance
from agent.control.links import Links
from agent.control.notice_board import NoNotices
from agent.control.pages import documents_page, waiting
from agent.control.questions import Questions
from agent.control.remote import Remote
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.control.attending import Opened
from tests.kit.door_routes import ROUTES
from tests.kit.json_schema import PROMISED, PUBLISHED, answer_schema, promises, published, text_of
from tests.kit.process import AgentProcess, wait_for
from tests.ledger.kit import add_client, add_document, add_file, memory_ledger

DOCUMENT = json.loads(PUBLISHED.read_text(encoding="utf-8"))
FORMATS = FormatChecker(())


@FORMATS.checks("date-time", raises=ValueError)
def _is_time(told: object) -> bool:
    return not isinstance(told, str) or datetime.fromisoformat(told).tzinfo is not None


def assert_valid(told: object, shape: str) -> None:
    """Raise ValidationError where it is otherwise than published, or has a key more."""
    schema = answer_schema(DOCUMENT, shape, strict=True)
    Draft202012Validator(schema, format_checker=FORMATS).validate(told)


def fill(ledger: Ledger) -> None:
    """A ledger in which every kind of row occurs."""
    ledger.root(b"/srv/clients")
    miller = add_client(ledger, state=ClientState.known)
    filed = add_document(ledger, miller, "w2", Stage.filed, 100)
    add_document(ledger, miller, "1099", Stage.failed, 20)
    for stage in (Stage.ready, Stage.uploading, Stage.uploaded, Stage.lost):
        add_document(ledger, miller, f"scan {stage}", stage, 3)
    known, held = add_file(ledger), add_file(ledger, b"dr\xffft.pdf", b"Miller/in")
    with ledger.write() as writing:
        at_rest = known.to(FileState.known, document_id=filed.id, client_id=miller.id)
        writing.move_file(known, at_rest, "at rest")
        writing.move_file(held, held.to(FileState.held, reason="in-use"), "open in a program")
    add_client(ledger, "Smith", ClientState.held)
    ledger.pause(1e11, "tester")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with memory_ledger() as ledger:
        fill(ledger)
        yield ledger


# -- the published file


def test_the_published_shapes_are_those_of_the_code() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == text_of(published()), (
        "a shape has changed: run `python -m tests.kit.json_schema` and look at the difference"
    )


def test_a_shape_only_ever_grows() -> None:
    promised = set(PROMISED.read_text(encoding="utf-8").splitlines())
    assert sorted(promised - promises(published())) == [], "scripts rely on these"
    assert sorted(promises(published()) - promised) == [], "new: run the generator"


def test_every_route_of_the_door_is_published_and_no_other() -> None:
    application = Application(Questions(), NoNotices(), Links(lambda: 0.0), Entrance())
    found = {
        (method, route.path.replace(":int", ""))
        for route in application.guarded._application.routes  # type: ignore[attr-defined]  # Starlette
        for method in set(route.methods or ()) - {"HEAD"}
        if route.path.startswith("/v1/")
    }
    assert found == {(route.method, route.path) for route in ROUTES}


def test_every_schema_is_one() -> None:
    Draft202012Validator.check_schema(DOCUMENT)


# -- that a schema refuses what it should: a check that cannot fail is none

DONE = {"sentence": "Paused."}
DAYS = {"days": [{"day": "2026-11-22", "documents": 1, "bytes": 2}]}


@pytest.mark.parametrize(
    ("told", "shape"),
    [
        ({}, "DoneAnswer"),
        ({"sentence": None}, "DoneAnswer"),
        ({**DONE, "more": 1}, "DoneAnswer"),
        ({"days": [{"day": "2026-11-22", "documents": 1}]}, "DaysAnswer"),
        ({"days": [{"day": "2026-11-22", "documents": True, "bytes": 2}]}, "DaysAnswer"),
        ({"documents": {}, "files": {}, "clients": {}, "bytes_filed": 0, "bytes_open": 0},
         "CountsAnswer"),
    ],
)  # fmt: skip
def test_what_is_otherwise_than_published_is_refused(told: object, shape: str) -> None:
    assert_valid(DONE, "DoneAnswer")
    assert_valid(DAYS, "DaysAnswer")
    with pytest.raises(ValidationError):
        assert_valid(told, shape)


def test_words_and_times_are_checked(ledger: Ledger) -> None:
    told = documents_page(ledger)
    assert_valid(told, "DocumentsPageAnswer")
    for key, wrong in (
        ("stage", "almost"),
        ("filed_at", "yesterday"),
        ("filed_at", "2026-11-22T08:00:00"),
    ):
        other: Any = copy.deepcopy(told)
        other["documents"][0][key] = wrong
        with pytest.raises(ValidationError):
            assert_valid(other, "DocumentsPageAnswer")


# -- what a door answers


QUERIES = {
    "/v1/documents": "?stage=filed&client=Miller&search=w2",
    "/v1/history": "?since=1970-01-01T00:00:00%2B00:00&search=w2",
    "/v1/explain": "?path=/srv/clients/Miller/w2.pdf",
}
LOOKS = [route for route in ROUTES if route.method == "GET" and route.answer]


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_every_answer_of_the_door_has_its_published_shape(door: Opened, filled: bool) -> None:
    if filled:
        fill(door.standing.ledger)
    for route in LOOKS:
        if "{id}" in route.path and not filled:
            continue
        queries = {"", QUERIES.get(route.path, "")} - (
            {""} if route.path == "/v1/explain" else set()
        )
        for query in queries:
            if "client=" in query and not filled:
                continue
            told = door.with_token("GET", route.path.replace("{id}", "1") + query)
            assert told.status == 200, (route.path, query, told.content)
            assert_valid(told.json, str(route.answer))


BODIES: dict[str, Any] = {
    "retry": {"all": True},
    "ignore": {"path": "/srv/clients/Miller/in/nothing.pdf"},
    "open": {"path": "/srv/clients/nothing"},
    "snooze": {"seconds": 60},
    "map": {"path": "/srv/clients/Miller", "client": "Smith"},
    "accept": {"path": "/srv/clients"},
}


def test_every_wish_is_answered_in_its_published_shape(door: Opened) -> None:
    fill(door.standing.ledger)
    for route in (route for route in ROUTES if route.method == "POST"):
        told = door.with_token("POST", route.path, BODIES.get(route.path.rpartition("/")[2], {}))
        assert told.status in (200, 400, 409), (route.path, told.content)
        assert_valid(told.json, str(route.answer) if told.status == 200 else "DoneAnswer")


def test_a_notice_has_its_published_shape(door: Opened) -> None:
    told: list[NoticeAnswer] = door.with_token("GET", "/v1/notices").json["notices"]
    assert len(told) == 1
    assert_valid(told[0], "NoticeAnswer")


def test_what_waits_is_counted_beyond_the_page(ledger: Ledger) -> None:
    told = waiting(ledger, (), limit=1)
    assert_valid(told, "WaitingAnswer")
    assert (told["total"], len(told["waiting"])) == (3, 1)
    assert told["waiting"][0]["needs_person"]


# -- a real agent


@pytest.mark.slow
def test_every_answer_of_a_running_agent_has_its_published_shape(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "filed", Switches()) as filed:
        agent = AgentProcess.against(filed, tmp_path)
        agent.write("Miller/w2.pdf", b"%PDF-1.4\n%%EOF\n")
        agent.write("Smith/dr\udcff~ft.pdf", b"")
        agent.start("run")
        try:
            remote: list[Remote] = []
            wait_for(lambda: bool(_found(agent, remote)), "the door opens")
            asker = remote[0]
            wait_for(lambda: asker.get("/v1/documents", stage="filed")["total"] == 1, "it files")
            for route in LOOKS:
                query = {"path": str(agent.root / "Miller/w2.pdf")} if "path" in route.query else {}
                told = asker.get(route.path.replace("{id}", "1"), **query)
                assert_valid(told, str(route.answer))
            events = asker.events()
            first = [next(events)]
            if first[0][0] == "notice":  # it comes before the snapshot that it is sent with
                first.append(next(events))
            events.close()
            assert_valid(dict(first)["snapshot"], "SnapshotAnswer")
        finally:
            agent.end()


def _found(agent: AgentProcess, remote: list[Remote]) -> list[Remote]:
    found = Remote.find(agent.env)
    if found is not None:
        remote.append(found)
    return remote
