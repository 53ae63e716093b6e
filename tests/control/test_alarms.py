"""Alarms about silence: nothing arrived, no contact."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.config.settings import NotifySection
from agent.control.health import gather
from agent.control.moment import moment_of
from agent.control.note import Trouble
from agent.control.notices import Notice, Notices
from agent.errors import NotTrusted, ProxyRefused, RateLimited
from agent.model.workdays import local, next_time, working_days
from tests.control.moments import (
    DAY,
    HOUR,
    OFFLINE,
    REFUSED,
    WEDNESDAY,
    at,
    kinds,
    moment,
    notices,
)
from tests.engine.kit import Office

MONDAY = at("2026-11-16 10:00")


def quiet_days(hours: int, arrived: float | None = MONDAY, **settings: object) -> list[Notice]:
    """What is told in the hours after a Monday on which the last document came."""
    board = notices(**settings)
    told: list[Notice] = []
    for minute in range(0, hours * 60, 10):
        now = MONDAY + 60.0 * minute
        told += board.look(moment(now, arrived_at=arrived))
    return told


def test_nothing_arrived_is_told_in_the_morning_after_five_working_days() -> None:
    told = quiet_days(10 * 24)
    assert kinds(told) == ["nothing-arrived"] * 3  # again on each working day while it lasts
    first = told[0]
    assert local(first.at).isoformat()[:15] == "2026-11-24T09:0"
    assert first.title == "Nothing arrived for 5 working days"
    assert "2026-11-16" in first.text
    assert not first.urgent


def test_it_is_told_on_working_days_only() -> None:
    told = quiet_days(40 * 24)
    assert {local(one.at).weekday() for one in told} == {0, 1, 2, 3, 4}
    assert {local(one.at).hour >= 9 for one in told} == {True}


@pytest.mark.parametrize(("days", "hours"), [(0, 60 * 24), (50, 60 * 24), (5, 7 * 24)])
def test_it_is_told_neither_too_early_nor_where_nobody_wants_it(days: int, hours: int) -> None:
    assert quiet_days(hours, quiet_days=days) == []


def test_a_document_ends_it() -> None:
    board = notices()
    now = MONDAY + 10 * DAY
    assert kinds(board.look(moment(now, arrived_at=MONDAY))) == ["nothing-arrived"]
    assert board.look(moment(now + HOUR, arrived_at=now + HOUR)) == ()
    assert board.look(moment(now + 3 * DAY, arrived_at=now + HOUR)) == ()


def test_without_any_document_it_is_counted_from_the_first_look() -> None:
    board = notices()
    told: list[Notice] = []
    for hour in range(10 * 24):
        now = MONDAY + hour * HOUR
        given = moment(now)
        told += board.look(replace(given, arrived_at=None))
    assert local(told[0].at).date().isoformat() == "2026-11-24"
    assert told[0].text.startswith("Check that scanners")


def test_a_restart_does_not_begin_the_count_anew() -> None:
    board = notices()
    board.look(replace(moment(MONDAY), arrived_at=None))
    later = Notices(NotifySection(), board.memory)
    told = later.look(replace(moment(MONDAY + 8 * DAY), arrived_at=None))
    assert kinds(told) == ["nothing-arrived"]


def test_without_watched_folders_nothing_can_arrive() -> None:
    assert notices().look(moment(MONDAY + 30 * DAY, arrived_at=MONDAY, roots=())) == ()


# -- no contact ----------------------------------------------------------------------------------


def silent(hours: float, **given: Any) -> list[Notice]:
    """What is told in the hours after Filed answered last."""
    board = notices(**({"quiet_days": 0} | given.pop("settings", {})))
    told: list[Notice] = []
    for number in range(int(hours * 60)):
        now = WEDNESDAY + number * 60.0
        told += board.look(moment(now, contacted_at=WEDNESDAY, **given))
    return told


def test_no_contact_for_four_hours_is_told_with_its_cause() -> None:
    (told,) = silent(6, trouble=OFFLINE)
    assert (told.kind, told.at, told.urgent) == ("no-contact", WEDNESDAY + 4 * HOUR, True)
    assert told.title == "No contact with Filed for 4 h"
    assert told.text == "Filed cannot be reached. Check the network."


def test_no_contact_without_a_known_cause_still_has_a_next_step() -> None:
    (told,) = silent(5)
    assert told.text.startswith("Check this machine's network")


@pytest.mark.parametrize(
    "given",
    [
        {"paused_until": WEDNESDAY + DAY},
        {"settings": {"silent_hours": 0}},
        {"settings": {"silent_hours": 48}},
    ],
)
def test_it_is_not_told_while_paused_or_where_nobody_wants_it(given: dict[str, Any]) -> None:
    assert silent(24, **given) == []


def test_a_refused_key_is_told_as_such_and_not_as_silence() -> None:
    assert kinds(silent(12, trouble=REFUSED)) == ["key-refused"]


PROXY = Trouble.of(ProxyRefused())
TRUST = Trouble.of(NotTrusted())


@pytest.mark.parametrize("trouble", [PROXY, TRUST])
def test_what_only_it_can_mend_is_told_at_once_and_not_as_silence(trouble: Trouble) -> None:
    (told,) = silent(12, trouble=trouble)
    assert (told.kind, told.at, told.urgent) == (trouble.code, WEDNESDAY, True)
    assert told.title == trouble.title
    assert trouble.advice in told.text
    assert silent(12, trouble=trouble, paused_until=WEDNESDAY + DAY) == []


def test_who_is_asked_for_patience_is_in_contact() -> None:
    assert silent(12, trouble=Trouble.of(RateLimited("", 900.0))) == []


def test_an_answer_ends_it() -> None:
    board = notices(quiet_days=0)
    told: list[Notice] = []
    for minute in range(24 * 60):
        now = WEDNESDAY + 60.0 * minute
        last = WEDNESDAY if minute < 300 else WEDNESDAY + 300 * 60.0
        told += board.look(moment(now, contacted_at=last))
    assert [one.at - WEDNESDAY for one in told] == [4 * HOUR, 9 * HOUR]


def test_a_machine_that_wakes_up_has_ten_minutes_to_find_the_network() -> None:
    board = notices(quiet_days=0)
    board.look(moment(WEDNESDAY, contacted_at=WEDNESDAY))
    morning = WEDNESDAY + 14 * HOUR
    for minute in range(10):
        assert board.look(moment(morning + 60.0 * minute, contacted_at=WEDNESDAY)) == ()
    assert kinds(board.look(moment(morning + 600.0, contacted_at=WEDNESDAY))) == ["no-contact"]


def test_an_agent_that_never_reached_filed_tells_it_after_as_long() -> None:
    board = notices(quiet_days=0)
    told: list[Notice] = []
    for minute in range(6 * 60):
        given = moment(WEDNESDAY + 60.0 * minute)
        told += board.look(replace(given, contacted_at=None))
    assert [one.at - WEDNESDAY for one in told] == [4 * HOUR]


# -- the calendar --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "now", "days"),
    [
        ("2026-11-16 10:00", "2026-11-16 23:59", 0),
        ("2026-11-16 10:00", "2026-11-17 23:59", 0),
        ("2026-11-16 10:00", "2026-11-18 00:00", 1),
        ("2026-11-20 18:00", "2026-11-23 09:00", 0),
        ("2026-11-20 18:00", "2026-11-24 09:00", 1),
        ("2026-11-21 18:00", "2026-11-24 09:00", 1),
        ("2026-11-16 10:00", "2026-11-24 09:00", 5),
        ("2026-11-16 10:00", "2027-11-16 10:00", 260),
        ("2026-11-18 10:00", "2026-11-16 10:00", 0),
    ],
)
def test_whole_working_days_between_two_times(since: str, now: str, days: int) -> None:
    assert working_days(at(since), at(now)) == days


def test_working_days_are_those_that_one_counts_on_a_calendar() -> None:
    begin = local(at("2026-01-01 12:00"))
    for first in range(14):
        for length in range(30):
            since, now = begin + timedelta(first), begin + timedelta(first + length)
            counted = sum((since + timedelta(day)).weekday() < 5 for day in range(1, length))
            assert working_days(since.timestamp(), now.timestamp()) == counted


@pytest.mark.parametrize(
    ("after", "clock", "then"),
    [
        ("2026-11-18 10:00", "17:00", "2026-11-18 17:00"),
        ("2026-11-18 17:00", "17:00", "2026-11-19 17:00"),
        ("2026-11-18 17:00", "00:00", "2026-11-19 00:00"),
        ("2026-12-31 23:59", "07:30", "2027-01-01 07:30"),
    ],
)
def test_the_next_time_of_day_is_a_later_one(after: str, clock: str, then: str) -> None:
    assert next_time(at(after), clock) == at(then)


@pytest.mark.parametrize("wild", [-1e18, 0.0, 1e18])
def test_E04_a_clock_that_no_calendar_has_raises_nothing(wild: float) -> None:
    assert working_days(wild, wild) == 0
    next_time(wild, "17:00")
    board = notices()
    board.look(moment(wild))
    board.look(moment(WEDNESDAY))
    assert board.look(moment(wild)) is not None


# -- what needs a person -------------------------------------------------------------------------


def test_a_client_in_two_folders_is_one_problem_with_its_files() -> None:
    with Office() as office:
        office.filed.has_client("Ash-2025", status="archived")
        office.arrive(b"Ash/good.bin", b"x" * 300)
        office.busy(office.find)
        given = gather(office.ledger, WEDNESDAY, running=True)
        doubled = replace(given, held={"archived": 3, "empty": 1})
        needs = moment_of(office.ledger, doubled, WEDNESDAY).needs
        found = notices().look(moment(needs=needs))
    assert [(one.kind, one.number, one.subject) for one in needs] == [
        ("empty", 1, "file"),
        ("archived", 1, "client"),
    ]
    assert sorted(kinds(found)) == ["archived", "empty"]
