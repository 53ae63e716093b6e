"""What the door answers, what it does, and what it says to a question that makes no sense."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from agent.control.inquiry import MOST_BODY
from tests.control.attending import NOTICE, Opened, opened

TEXT_OF_MANY_KINDS = ["5", 5, "a/b"]


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/v1/snapshot", {"api", "standing", "sentence", "progress", "recent", "snoozed_until"}),
        ("/v1/status", {"sentence", "waiting", "home", "config"}),
        ("/v1/documents?limit=7&offset=3", {"total", "offset", "limit", "documents"}),
        ("/v1/documents?stage=filed&search=w2", {"documents"}),
        ("/v1/clients?search=a", {"total", "clients"}),
        ("/v1/history?since=2026-04-15T08:00:00%2B00:00", {"total", "history"}),
        ("/v1/waiting?limit=1", {"total", "waiting"}),
        ("/v1/days?days=3", {"days"}),
        ("/v1/explain?path=/nowhere", {"sentence", "on_disk"}),
        ("/v1/notices", {"notices"}),
    ],
)
def test_a_question_gets_its_shape(door: Opened, path: str, keys: set[str]) -> None:
    told = door.with_token("GET", path)
    assert told.status == 200
    assert told.headers["content-type"] == "application/json"
    assert keys <= told.json.keys()


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/v1/documents?limit=0", 400, "limit"),
        ("/v1/documents?limit=501", 400, "limit"),
        ("/v1/documents?offset=-1", 400, "offset"),
        ("/v1/documents?offset=a", 400, "offset"),
        ("/v1/documents?stage=lost-in-space", 400, "stage"),
        ("/v1/documents?client=nobody", 409, "no client"),
        ("/v1/documents/999", 404, "nothing at this address"),
        ("/v1/documents/99999999999999999999999", 404, "nothing at this address"),
        (f"/v1/documents/{'9' * 5000}", 404, "nothing at this address"),
        ("/v1/documents/w2", 404, "nothing at this address"),
        ("/v1/history?since=yesterdayish", 400, "since"),
        ("/v1/history?since=0001-01-01", 400, "since"),
        ("/v1/days?days=100000", 400, "days"),
        ("/v1/explain", 400, "path"),
        ("/v1/explain?path=%00", 400, "path"),
        ("/v1/notices?after=x", 400, "after"),
        ("/v1/export/history.csv?client=nobody", 409, "no client"),
        ("/v1/nothing", 404, "nothing at this address"),
        ("/v1/snapshot/", 404, "nothing at this address"),
        ("/../../etc/passwd", 404, "nothing at this address"),
        ("/page/index.html", 404, "nothing at this address"),
        ("/v1/pause", 405, "not asked like that"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_in_a_sentence(
    door: Opened, path: str, status: int, named: str
) -> None:
    told = door.with_token("GET", path)
    assert told.status == status
    assert named in told.sentence


@pytest.mark.parametrize(
    ("name", "body", "status", "named"),
    [
        ("pause", [], 400, "JSON object"),
        ("pause", {"seconds": "9"}, 400, "seconds"),
        ("pause", {"seconds": -1}, 400, "seconds"),
        ("pause", {"seconds": True}, 400, "seconds"),
        ("pause", {"seconds": 0}, 409, "over already"),
        ("pause", {"until": "soon"}, 400, "until"),
        ("pause", {"until": "1999-01-01"}, 409, "over already"),
        ("pause", {"tomorrow": "yes"}, 400, "tomorrow"),
        ("retry", {}, 409, "Say what"),
        ("retry", {"what": "5"}, 400, "what"),
        ("retry", {"what": [None]}, 400, "what"),
        ("retry", {"what": [True]}, 400, "what"),
        ("retry", {"what": ["\ud800"]}, 400, "what"),
        ("retry", {"what": ["5"]}, 409, "no document 5"),
        ("retry", {"what": [5]}, 409, "no document 5"),
        ("retry", {"what": ["9" * 5000]}, 409, "no document 9999"),
        ("snooze", {"seconds": int("9" * 4000)}, 400, "seconds"),
        ("retry", {"client": 5}, 400, "client"),
        ("retry", {"client": "nobody"}, 409, "no client"),
        ("ignore", {}, 400, "path"),
        ("ignore", {"path": "relative"}, 400, "full path"),
        ("ignore", {"path": "/a" * 5000}, 400, "path"),
        ("ignore", {"path": "/nowhere"}, 409, "no watched folder"),
        ("map", {"path": "/nowhere"}, 400, "client"),
        ("map", {"path": "/nowhere", "client": "a"}, 409, "no watched folder"),
        ("accept", {"path": "/nowhere"}, 409, "no watched folder"),
        ("snooze", {}, 400, "seconds"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_in_a_sentence(
    door: Opened, name: str, body: Any, status: int, named: str
) -> None:
    told = door.with_token("POST", f"/v1/{name}", body)
    assert (told.status, named in told.sentence) == (status, True), told.sentence
    assert door.standing.ledger.paused_until() is None


@pytest.mark.parametrize(
    ("body", "until"),
    [({}, math.inf), ({"seconds": 60}, 60.0), ({"seconds": 0.5}, 0.5)],
)
def test_a_pause_is_in_the_ledger_and_wakes_the_agent(
    door: Opened, body: dict[str, object], until: float
) -> None:
    now = door.standing.now()
    assert door.with_token("POST", "/v1/pause", body).status == 200
    assert door.standing.ledger.paused_until() == now + until
    assert door.standing.wakes == 1
    assert door.with_token("GET", "/v1/snapshot").json["paused"] is True
    assert door.with_token("POST", "/v1/resume").sentence == "Sending goes on."
    assert door.standing.ledger.paused_until() is None


def test_a_pause_over_night_ends_at_midnight(door: Opened) -> None:
    door.with_token("POST", "/v1/pause", {"tomorrow": True})
    until, now = door.standing.ledger.paused_until(), door.standing.now()
    assert until is not None
    assert 0 < until - now <= 25 * 3600
    assert "00:00" in door.with_token("GET", "/v1/snapshot").json["sentence"]


def test_a_scan_is_asked_of_the_agent(door: Opened) -> None:
    assert door.with_token("POST", "/v1/scan").status == 200
    assert (door.standing.scans, door.standing.wakes) == (1, 1)


def test_no_notices_are_wanted_for_a_while(door: Opened) -> None:
    door.with_token("POST", "/v1/snooze", {"seconds": 3600})
    assert door.with_token("GET", "/v1/snapshot").json["snoozed_until"] is not None
    door.with_token("POST", "/v1/snooze", {"seconds": 0})
    assert door.with_token("GET", "/v1/snapshot").json["snoozed_until"] is None


def test_notices_are_told_to_whoever_asks(door: Opened) -> None:
    assert door.with_token("GET", "/v1/notices").json == {"notices": [NOTICE]}
    assert door.with_token("GET", "/v1/notices?after=7").json == {"notices": []}


@pytest.mark.parametrize("sent", [b"{", b"\xff", b"[" * 60_000, b'"a"', b"nul"])
def test_a_body_that_is_no_object_is_refused(door: Opened, sent: bytes) -> None:
    token = {"Authorization": f"Bearer {door.address.token}"}
    assert door.by_port("POST", "/v1/pause", token, sent).status == 400


def test_a_body_that_is_too_large_is_not_read_to_its_end(door: Opened) -> None:
    token = {"Authorization": f"Bearer {door.address.token}"}
    assert door.by_port("POST", "/v1/pause", token, b" " * (MOST_BODY + 1)).status == 413
    assert door.by_port("POST", "/v1/pause", token, b" " * (MOST_BODY - 2) + b"{}").status == 200


def test_the_page_and_its_parts_are_served_as_what_they_are(door: Opened) -> None:
    for path, kind in (
        ("/", "text/html"),
        ("/page.css", "text/css"),
        ("/page.js", "text/javascript"),
    ):
        told = door.with_token("GET", path)
        assert (told.status, told.headers["content-type"].partition(";")[0]) == (200, kind)


def test_the_history_is_exported_as_a_file(door: Opened) -> None:
    for _ in range(600):  # more than one piece
        door.standing.ledger.pause(math.inf, "=ann")
    table = door.with_token("GET", "/v1/export/history.csv")
    assert table.headers["content-disposition"] == 'attachment; filename="history.csv"'
    assert len(table.content.splitlines()) == 601
    listed = door.with_token("GET", "/v1/export/history.json")
    assert len(json.loads(listed.content)["history"]) == 600


def test_between_two_configurations_the_door_says_so(
    door: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.control.questions.BETWEEN", 0.05)
    door.door.attend(None)
    told = door.with_token("GET", "/v1/snapshot")
    assert (told.status, "takes up a changed configuration" in told.sentence) == (503, True)
    door.door.attend(door.standing)
    assert door.with_token("GET", "/v1/snapshot").status == 200


def test_a_wish_that_was_not_answered_in_time_may_still_be_carried_out(
    door: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.control.questions.LONGEST", 0.05)
    monkeypatch.setattr("agent.control.questions.BETWEEN", 0.5)
    door.door.attend(None)
    told = door.with_token("POST", "/v1/resume")
    assert (told.status, "may still be carried out" in told.sentence) == (503, True)
    looked = door.with_token("GET", "/v1/snapshot")
    assert (looked.status, "carried out" in looked.sentence) == (503, False)
    door.door.attend(door.standing)


def test_a_closed_ledger_is_told_in_a_sentence(door: Opened) -> None:
    door.standing.ledger.close()
    told = door.with_token("GET", "/v1/snapshot")
    assert told.status == 503
    assert "ledger" in told.sentence.lower()


def test_a_mistake_of_ours_is_told_without_its_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise ZeroDivisionError("secret-canary")

    monkeypatch.setattr("agent.control.routes_read.snapshot_answer", broken)
    with opened(tmp_path / "home") as door:
        told = door.with_token("GET", "/v1/snapshot")
    assert told.status == 500
    assert b"canary" not in told.content
    assert "ZeroDivisionError" in caplog.text


def test_without_a_desktop_no_folder_is_opened(
    door: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    told = door.with_token("POST", "/v1/open", {"path": os.sep})
    assert (told.status, "no desktop" in told.sentence) == (409, True)


def test_only_folders_in_a_watched_one_are_opened(
    door: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setenv("DISPLAY", ":77")
    monkeypatch.setattr("agent.control.desktop._show", shown.append)
    clients = tmp_path / "clients"
    (clients / "Ann").mkdir(parents=True)
    (clients / "Ann" / "w2.pdf").write_bytes(b"a")
    door.standing.ledger.root(os.fsencode(clients.resolve()))
    for path in ("/etc", str(tmp_path), str(clients / "Bob" / "w2.pdf")):
        assert door.with_token("POST", "/v1/open", {"path": path}).status == 409
    assert shown == []
    for there in (clients / "Ann", clients / "Ann" / "w2.pdf"):
        assert door.with_token("POST", "/v1/open", {"path": str(there)}).status == 200
    assert shown == [str(clients / "Ann")] * 2
