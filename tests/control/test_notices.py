"""Problems at once and once, and silence where it is asked for."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from agent.config.settings import NotifySection
from agent.control.door_shapes import NoticeAnswer
from agent.control.notices import MOST, REMEMBERED, Notices
from agent.control.tellings import AGAIN_FIRST, FORGET
from agent.model.incident import Found, Incident
from agent.model.reasons import Reason
from tests.cli.shape_check import assert_shape
from tests.control.moments import (
    DAY,
    HOUR,
    OFFLINE,
    REFUSED,
    WEDNESDAY,
    at,
    away,
    kinds,
    moment,
    need,
    notices,
)

EMPTY = need(Reason.empty, 3)


@pytest.mark.parametrize(
    ("given", "kind", "title", "urgent"),
    [
        ({"trouble": REFUSED}, "key-refused", "Filed does not accept the API key", True),
        (
            {
                "trouble": replace(
                    REFUSED, code="ledger-full", exit_code=1, title="The disk is full"
                )
            },
            "ledger-full",
            "The disk is full",
            True,
        ),
        ({"roots": away(1)}, "folder-away", "A watched folder is unavailable", True),
        ({"roots": away(1, 2)}, "folder-away", "2 watched folders are unavailable", True),
        ({"needs": [EMPTY]}, "empty", "3 files need you: empty file", True),
        ({"needs": [need(Reason.no_client)]}, "no-client", "1 file needs you: no client", True),
        ({"config": ("x:1: bad",)}, "configuration", "The changed configuration cannot be", True),
        (
            {"incident": Incident(WEDNESDAY, Found.lost, proven=False)},
            "ledger-restored",
            "The agent waits for your decision",
            True,
        ),
        (
            {"incident": Incident(WEDNESDAY, Found.damaged)},
            "ledger-restored",
            "The agent's memory (its ledger) was restored",
            False,
        ),
    ],
)
def test_a_problem_is_told_at_once_and_only_once_while_it_lasts(
    given: dict[str, Any], kind: str, title: str, urgent: bool
) -> None:
    board = notices()
    (told,) = board.look(moment(**given))
    assert (told.kind, told.urgent, told.at) == (kind, urgent, WEDNESDAY)
    assert told.title.startswith(title)
    assert told.text.endswith((".", "`"))
    for minute in range(1, 60):
        assert board.look(moment(WEDNESDAY + 60.0 * minute, **given)) == ()


def test_what_ends_by_itself_is_no_notice() -> None:
    assert notices().look(moment(trouble=OFFLINE)) == ()


def test_one_kind_is_one_notice_however_many_files_it_has() -> None:
    board = notices()
    assert kinds(board.look(moment(needs=[EMPTY]))) == ["empty"]
    more = [need(Reason.empty, 500), need(Reason.no_client, 2)]
    assert kinds(board.look(moment(WEDNESDAY + 60, needs=more))) == ["no-client"]


def test_a_second_folder_that_goes_away_is_told_as_well() -> None:
    board = notices()
    board.look(moment(roots=away(1)))
    (told,) = board.look(moment(WEDNESDAY + 60, roots=away(1, 2)))
    assert (told.kind, told.title) == ("folder-away", "A watched folder is unavailable")
    assert "/srv/scans" in told.text
    assert "/srv/clients" not in told.text


def test_a_second_incident_is_told_although_the_first_is_still_known() -> None:
    board = notices()
    board.look(moment(incident=Incident(WEDNESDAY, Found.lost)))
    later = WEDNESDAY + HOUR
    second = Incident(later, Found.lost, proven=False)
    (told,) = board.look(moment(later, incident=second))
    assert (told.kind, told.urgent) == ("ledger-restored", True)


def test_what_was_over_and_came_back_is_told_again() -> None:
    board = notices()
    board.look(moment(needs=[EMPTY]))
    board.look(moment(WEDNESDAY + HOUR))
    assert kinds(board.look(moment(WEDNESDAY + HOUR + 1, needs=[EMPTY]))) == ["empty"]


def test_what_comes_and_goes_is_told_every_ten_minutes_at_most() -> None:
    board = notices()
    told = []
    for minute in range(60):
        given: dict[str, Any] = {"roots": away(1)} if minute % 2 else {}
        told += [minute] * len(board.look(moment(WEDNESDAY + 60.0 * minute, **given)))
    assert told == list(range(1, 60, 10))


def test_what_came_back_soon_and_stays_is_told_when_the_ten_minutes_are_over() -> None:
    board = notices()
    board.look(moment(needs=[EMPTY]))
    board.look(moment(WEDNESDAY + 30))
    assert board.look(moment(WEDNESDAY + 60, needs=[EMPTY])) == ()
    assert board.look(moment(WEDNESDAY + AGAIN_FIRST - 1, needs=[EMPTY])) == ()
    assert kinds(board.look(moment(WEDNESDAY + AGAIN_FIRST, needs=[EMPTY]))) == ["empty"]


@pytest.mark.parametrize(("proven", "times"), [(True, 1), (False, 6)])
def test_a_restored_ledger_is_told_again_only_while_it_waits_for_a_person(
    proven: bool, times: int
) -> None:
    board = notices()
    given = Incident(WEDNESDAY, Found.lost, proven=proven)
    told = [
        one
        for hour in range(121)
        for one in board.look(moment(WEDNESDAY + hour * HOUR, incident=given))
    ]
    assert kinds(told) == ["ledger-restored"] * times


@pytest.mark.parametrize(("hours", "times"), [(24, 6), (1, 121), (0, 1)])
def test_what_lasts_is_told_again_as_often_as_the_configuration_says(
    hours: int, times: int
) -> None:
    board = notices(again_hours=hours)
    told = [
        one
        for hour in range(121)
        for one in board.look(moment(WEDNESDAY + hour * HOUR, needs=[EMPTY]))
    ]
    assert kinds(told) == ["empty"] * times


def test_nothing_is_told_while_snoozed_and_what_lasts_is_told_afterwards() -> None:
    board = notices()
    until = WEDNESDAY + HOUR
    short = need(Reason.link)
    assert board.look(moment(needs=[EMPTY, short], snoozed_until=until)) == ()
    assert board.look(moment(WEDNESDAY + 60, needs=[EMPTY], snoozed_until=until)) == ()
    assert kinds(board.look(moment(until, needs=[EMPTY]))) == ["empty"]


def test_a_problem_that_ended_while_snoozed_is_told_when_it_comes_back() -> None:
    board = notices()
    board.look(moment(needs=[EMPTY]))
    board.look(moment(WEDNESDAY + HOUR, snoozed_until=WEDNESDAY + 2 * HOUR))
    assert kinds(board.look(moment(WEDNESDAY + 2 * HOUR, needs=[EMPTY]))) == ["empty"]


def test_whoever_wants_no_notices_gets_none() -> None:
    board = notices(enabled=False)
    assert board.look(moment(needs=[EMPTY], roots=away(1), trouble=REFUSED)) == ()
    assert board.after(0) == ()


# -- memory, and whoever listens -----------------------------------------------------------------


def test_what_was_told_is_not_told_again_by_the_next_process() -> None:
    before = notices()
    (first,) = before.look(moment(needs=[EMPTY]))
    after = Notices(NotifySection(), before.memory)
    assert after.look(moment(WEDNESDAY + 60, needs=[EMPTY])) == ()
    (second,) = after.look(moment(WEDNESDAY + 120, needs=[EMPTY], roots=away(1)))
    assert second.id > first.id
    assert second.kind == "folder-away"


def test_the_last_notices_are_kept_over_a_restart_and_their_numbers_go_on() -> None:
    before = notices(again_hours=1)
    for hour in range(REMEMBERED + 5):
        before.look(moment(WEDNESDAY + hour * HOUR, needs=[EMPTY]))
    after = Notices(NotifySection(again_hours=1), before.memory)
    assert after.after(0) == before.after(5)
    assert len(after.after(0)) == REMEMBERED
    later = WEDNESDAY + (REMEMBERED + 5) * HOUR
    (told,) = after.look(moment(later, needs=[EMPTY]))
    assert [one["id"] for one in after.after(REMEMBERED + 5)] == [told.id] == [REMEMBERED + 6]
    known = after.after(0)
    after.recall(after.memory)  # the next shift of the same process
    assert after.after(0) == known


@pytest.mark.parametrize(
    "memory",
    [
        '{"kept": 7}',
        '{"kept": [7, ["1", 2, "a", "b", "c", true], [1, 2.0, "a", "b", "c"], null]}',
        "",
        "{",
        "[]",
        "7",
        '{"last": "x", "told": 7, "begun": true, "since": [], "filed": "x"}',
        '{"told": {"empty": 3, "link": ["x", true], "layout": [1.0, 2, 3]}}',
    ],
)
def test_a_memory_of_another_version_is_no_error(memory: str) -> None:
    board = Notices(NotifySection(), memory)
    assert kinds(board.look(moment(needs=[EMPTY]))) == ["empty"]
    assert json.loads(board.memory)["last"] == 1


def test_memory_only_changes_when_something_was_told_or_is_over() -> None:
    board = notices()
    board.look(moment(needs=[EMPTY], filed=3))
    before = board.memory
    for second in range(1, 100):
        board.look(moment(WEDNESDAY + second, needs=[EMPTY], filed=3 + second))
    assert board.memory == before


def test_whoever_asks_late_gets_the_last_ones_in_their_order() -> None:
    board = notices(again_hours=1)
    for hour in range(MOST + 20):
        board.look(moment(WEDNESDAY + hour * HOUR, needs=[EMPTY]))
    kept = board.after(0)
    assert [one["id"] for one in kept] == list(range(21, MOST + 21))
    assert [one["id"] for one in board.after(MOST + 18)] == [MOST + 19, MOST + 20]
    for one in kept:
        assert_shape(one, NoticeAnswer)


def test_whoever_listens_is_told_each_notice_once() -> None:
    board = notices()
    heard: list[NoticeAnswer] = []
    board.on_notice(heard.append)
    board.look(moment(needs=[EMPTY]))
    board.look(moment(WEDNESDAY + 1, needs=[EMPTY]))
    assert heard == list(board.after(0))
    assert len(heard) == 1


@pytest.mark.parametrize("restarted", [False, True])
def test_a_changed_configuration_applies_to_the_same_notices(restarted: bool) -> None:
    board = notices(digest="off")
    board.look(moment(at("2026-11-18 16:00")))
    board.go_by(NotifySection(digest="18:00"))
    if restarted:
        board.recall(board.memory)
    assert board.look(moment(at("2026-11-18 17:00"), filed=2)) == ()
    assert kinds(board.look(moment(at("2026-11-18 18:00"), filed=2))) == ["digest"]


def test_the_memory_is_bounded_and_forgets_what_is_long_over() -> None:
    board = notices()
    for number in range(2000):
        incident = Incident(WEDNESDAY + number, Found.lost)
        board.look(moment(WEDNESDAY + number, incident=incident))
    assert len(json.loads(board.memory)["told"]) <= 500
    board.look(moment(WEDNESDAY + 2000 + FORGET))
    assert json.loads(board.memory)["told"] == {}


@pytest.mark.parametrize("shift", [-30 * DAY, 30 * DAY])
def test_E04_a_wall_clock_that_is_set_silences_nothing_for_long(shift: float) -> None:
    board = notices()
    board.look(moment(needs=[EMPTY]))
    told = []
    for hour in range(1, 50):
        now = WEDNESDAY + shift + hour * HOUR
        told += kinds(board.look(moment(now, needs=[EMPTY])))
    assert 2 <= Counter(told)["empty"] <= 3


def test_in_any_sequence_no_kind_is_told_twice_within_ten_minutes() -> None:
    rng = random.Random(5)
    board = notices()
    last: dict[str, float] = {}
    now = WEDNESDAY
    for _ in range(5_000):
        now += rng.choice((1.0, 30.0, 61.0, 400.0))
        some = [need(one, rng.randint(1, 9)) for one in Reason if rng.random() < 0.2]
        for one in board.look(moment(now, needs=some)):
            assert now - last.get(one.kind, 0.0) >= AGAIN_FIRST
            last[one.kind] = now
    assert len(last) == len(Reason)
