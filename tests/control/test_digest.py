"""A digest of what went well, once a day or after a burst."""

from __future__ import annotations

import math
from typing import Any

import pytest

from agent.config.settings import NotifySection
from agent.control.notices import Notice, Notices
from agent.model.incident import Found, Incident
from agent.words.catalogue import AgentState
from tests.control.moments import (
    HOUR,
    OFFLINE,
    REFUSED,
    WEDNESDAY,
    at,
    away,
    kinds,
    moment,
    notices,
)


def test_the_digest_tells_once_a_day_what_was_filed() -> None:
    board = notices()
    start = at("2026-11-18 09:00")
    told: list[Notice] = []
    for minute in range(0, 3 * 24 * 60, 10):
        now = start + 60.0 * minute
        filed = 1000 + (284 if now >= at("2026-11-18 12:00") else 0)
        told += board.look(moment(now, filed=filed + (now >= at("2026-11-19 09:00"))))
    assert [(one.at, one.title) for one in told] == [
        (at("2026-11-18 17:00"), "284 documents were filed today"),
        (at("2026-11-19 17:00"), "1 document was filed since yesterday 17:00"),
    ]
    assert not any(one.urgent for one in told)
    assert told[0].text == "Nothing needs you."


def test_the_digest_of_a_machine_that_was_off_comes_with_the_next_start() -> None:
    before = notices()
    before.look(moment(at("2026-11-18 16:00"), filed=10))
    before.look(moment(at("2026-11-18 16:50"), filed=14))
    after = Notices(NotifySection(), before.memory)
    (told,) = after.look(moment(at("2026-11-20 08:00"), filed=15))
    assert told.title == "5 documents were filed since Wednesday 16:00"
    assert after.look(moment(at("2026-11-20 08:01"), filed=15)) == ()


def test_a_digest_says_how_much_needs_a_person() -> None:
    board = notices(digest="after-burst")
    board.look(moment())
    waits: dict[str, Any] = {"held": {"empty": 2}, "roots": away(1)}
    found = [board.look(moment(WEDNESDAY + m * 60.0, filed=3, **waits)) for m in range(1, 13)]
    digest = [one for told in found for one in told if one.kind == "digest"]
    assert [one.text.split(".")[0] for one in digest] == ["3 need you"]


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({"trouble": REFUSED, "state": AgentState.signed_out}, "Filed does not accept the API key"),
        ({"trouble": OFFLINE, "state": AgentState.offline}, "Offline since "),
        ({"config": ("x:1: bad",)}, "The changed configuration cannot be used"),
        (
            {"incident": Incident(WEDNESDAY, Found.lost, proven=False), "paused_until": math.inf},
            "Paused until further notice",
        ),
        ({"incident": Incident(WEDNESDAY, Found.lost)}, "Nothing needs you."),
        ({"paused_until": math.inf}, "Nothing needs you."),
    ],
)
def test_a_digest_calls_nothing_well_that_is_not(given: dict[str, Any], begins: str) -> None:
    board = notices()
    board.look(moment(at("2026-11-18 16:00")))
    found = board.look(moment(at("2026-11-18 17:00"), filed=5, **given))
    (told,) = [one for one in found if one.kind == "digest"]
    assert told.text.startswith(begins)


def test_a_burst_is_told_when_it_is_over_for_ten_minutes() -> None:
    board = notices(digest="after-burst")
    told = []
    for minute in range(120):
        filed = min(minute, 30) * 10
        told += [
            (minute, one.title)
            for one in board.look(moment(WEDNESDAY + 60.0 * minute, filed=filed))
        ]
    assert told == [(40, "300 documents were filed today")]


def test_no_digest_is_told_where_none_is_wanted_or_nothing_was_filed() -> None:
    for digest, filed in (("off", 50), ("17:00", 0), ("after-burst", 0)):
        board = notices(digest=digest)
        board.look(moment())
        for hour in range(1, 72):
            assert board.look(moment(WEDNESDAY + hour * HOUR, filed=filed)) == ()


def test_a_digest_that_is_due_while_snoozed_is_told_afterwards() -> None:
    board = notices()
    board.look(moment(at("2026-11-18 16:00")))
    snooze = at("2026-11-18 18:00")
    assert board.look(moment(at("2026-11-18 17:30"), filed=5, snoozed_until=snooze)) == ()
    assert kinds(board.look(moment(snooze, filed=5))) == ["digest"]


def test_a_ledger_that_was_restored_makes_no_negative_digest() -> None:
    board = notices()
    board.look(moment(at("2026-11-18 16:00"), filed=100))
    board.look(moment(at("2026-11-18 16:30"), filed=90))
    (told,) = board.look(moment(at("2026-11-18 17:00"), filed=92))
    assert told.title.startswith("2 documents were filed")
