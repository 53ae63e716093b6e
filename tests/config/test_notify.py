"""[notify]: what people may ask for, and what is refused with its line."""

from __future__ import annotations

import pytest

from tests.config.desk import Desk


@pytest.mark.parametrize(
    ("given", "digest"),
    [("17:00", "17:00"), (" 7:05 ", "07:05"), ("OFF", "off"), ("After-Burst", "after-burst")],
)
def test_a_digest_is_a_time_of_day_or_a_word(desk: Desk, given: str, digest: str) -> None:
    assert desk.load(desk.good(f'[notify]\ndigest = "{given}"\n')).notify.digest == digest


@pytest.mark.parametrize(
    "given", ["24:00", "17:60", "5pm", "daily", "", "17.00", "-1:00", "１７:00"]
)
def test_any_other_digest_is_refused_with_the_ways_to_say_it(desk: Desk, given: str) -> None:
    problem = desk.problem(desk.good(f'[notify]\ndigest = "{given}"\n'))
    assert ":6: notify.digest" in problem
    assert "after-burst" in problem


@pytest.mark.parametrize(
    "given", ["quiet_days = -1", "silent_hours = -0.5", "again_hours = 9999", 'enabled = "yes"']
)
def test_numbers_have_their_bounds(desk: Desk, given: str) -> None:
    key = given.split(" ")[0]
    assert f"notify.{key}" in desk.problem(desk.good(f"[notify]\n{given}\n"))


def test_nobody_is_named_unless_it_is_asked_for(desk: Desk) -> None:
    made = desk.load(desk.good()).notify
    assert (made.enabled, made.client_names) == (True, False)
    assert (made.quiet_days, made.silent_hours, made.again_hours) == (5, 4.0, 24.0)
