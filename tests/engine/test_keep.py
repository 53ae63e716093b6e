"""The daily copy: when it is due, and that its failure stops nothing else."""

from __future__ import annotations

import logging

import pytest

from agent.engine.keep import DAY, LOOK, Keep
from agent.errors import LedgerDamaged, LedgerTrouble
from tests.engine.kit import Office
from tests.kit.clock import JumpingClock


class Shelf:
    """Copies that are only counted."""

    def __init__(self, clock: JumpingClock) -> None:
        self.clock = clock
        self.at: float | None = None
        self.asked = 0
        self.changed = True
        self.error: LedgerTrouble | None = None

    def copied_at(self) -> float | None:
        return self.at

    def back_up(self) -> bool:
        self.asked += 1
        if self.error is not None:
            raise self.error
        if self.changed:
            self.at = self.clock.now()
        return self.changed


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def shelf(clock: JumpingClock) -> Shelf:
    return Shelf(clock)


def days(keep: Keep, clock: JumpingClock, number: float) -> None:
    """Turn whenever the worker wants to, for so many days."""
    end = clock.world() + number * DAY
    for _ in range(int(number * DAY / LOOK) + 2):
        clock.advance(min(keep.turn(), max(0.0, end - clock.world())))


def test_a_copy_is_made_at_the_start_and_then_once_a_day(shelf: Shelf, clock: JumpingClock) -> None:
    days(Keep(shelf, clock), clock, 10)
    assert shelf.asked in (10, 11)


def test_a_young_copy_is_not_repeated_by_a_restart(shelf: Shelf, clock: JumpingClock) -> None:
    for _ in range(20):
        Keep(shelf, clock).turn()
        clock.advance(3600.0)
    assert shelf.asked == 1


def test_all_workers_wake_at_every_write_and_this_one_costs_nothing(
    shelf: Shelf, clock: JumpingClock
) -> None:
    shelf.changed = False
    keep = Keep(shelf, clock)
    waits = []
    for _ in range(100):
        waits.append(keep.turn())
        clock.advance(1.0)
    assert shelf.asked == 1
    assert waits[-1] == pytest.approx(LOOK - 99.0)


@pytest.mark.parametrize("shift", [-400 * DAY, -3600.0, 400 * DAY])
def test_E04_a_wall_clock_that_is_set_makes_a_copy_too_many_never_one_too_few(
    shelf: Shelf, clock: JumpingClock, shift: float
) -> None:
    keep = Keep(shelf, clock)
    days(keep, clock, 0.5)
    clock.wall_shift = shift
    before = shelf.asked
    days(keep, clock, 5)
    assert before + 5 <= shelf.asked <= before + 7


def test_a_copy_that_fails_is_warned_of_and_tried_again(
    shelf: Shelf, clock: JumpingClock, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.error = LedgerTrouble("The disk is full.")
    with caplog.at_level(logging.WARNING):
        keep = Keep(shelf, clock)
        keep.turn()
    assert "The disk is full." in caplog.text
    shelf.error = None
    days(keep, clock, 0.1)
    assert shelf.at is not None


def test_E02_damage_that_the_check_finds_ends_the_agent(shelf: Shelf, clock: JumpingClock) -> None:
    shelf.error = LedgerDamaged("integrity_check found damage")
    with pytest.raises(LedgerDamaged):
        Keep(shelf, clock).turn()


def test_an_engine_without_copies_has_no_worker_for_them(office: Office) -> None:
    assert [w.name for w in office.engine.workers if w.name == "keep"] == []
