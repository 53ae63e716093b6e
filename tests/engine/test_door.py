"""The door to the line: one listens, as many as there are lanes carry, the others sleep."""

from __future__ import annotations

import threading
import time

import pytest

from agent.engine.door import AWAY, Door
from agent.engine.lanes import FIRST, Lanes
from tests.kit.clock import JumpingClock

PATIENCE = 5.0  # seconds: far more than any of these needs


def made(most: int = 32) -> tuple[Door, Lanes]:
    lanes = Lanes(lambda: most, JumpingClock().monotonic)
    return Door(lanes, most), lanes


def test_one_listens_until_it_goes() -> None:
    door, _ = made()
    assert door.enter(1)
    assert not door.enter(2)
    assert door.enter(1)
    door.go(large=False)
    assert door.enter(2)


def test_as_many_carry_as_there_are_lanes_and_one_more_beside_a_large_one() -> None:
    door, _ = made()
    for number in range(FIRST):
        assert door.enter(number)
        door.go(large=False)
    assert not door.enter(FIRST)
    door.leave(large=False, returns=True)
    assert door.enter(FIRST)
    door.go(large=True)
    assert door.enter(99)
    door.go(large=False)
    assert not door.enter(100)


def test_by_hand_a_worker_that_may_not_come_in_rests_elsewhere() -> None:
    door, _ = made()
    assert door.pause == AWAY
    door.open(PATIENCE)
    assert door.pause == 0.0
    door.close()
    assert door.pause == AWAY


def test_who_waits_comes_in_when_the_listener_goes_or_gives_up() -> None:
    door, _ = made()
    door.open(PATIENCE)
    entered: list[int] = []

    def come(number: int) -> None:
        if door.enter(number):
            entered.append(number)

    assert door.enter(1)
    threads = [threading.Thread(target=come, args=(number,)) for number in (2, 3)]
    for thread in threads:
        thread.start()
    door.go(large=False)
    _until(lambda: len(entered) == 1)
    time.sleep(0.05)
    assert len(entered) == 1  # the second waits for the first to go
    door.give_up(entered[0])
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(entered) == [2, 3]


def test_low_numbers_come_first() -> None:
    door, _ = made()
    door.open(PATIENCE)
    entered: list[int] = []
    assert door.enter(1)

    def come(number: int) -> None:
        if door.enter(number):
            entered.append(number)

    threads = [threading.Thread(target=come, args=(number,)) for number in (7, 2, 9)]
    for thread in threads:
        thread.start()
    _until(lambda: len(door._asleep) == len(threads))
    for count in range(1, 4):
        door.go(large=False)
        _until(lambda count=count: len(entered) == count)
    for thread in threads:
        thread.join(PATIENCE)
    assert entered == [2, 7, 9]


def test_a_worker_that_fails_lets_another_one_in() -> None:
    door, lanes = made(most=1)
    door.open(PATIENCE)
    assert (door.enter(1), lanes.limit) == (True, 1)
    door.go(large=False)
    entered: list[bool] = []
    thread = threading.Thread(target=lambda: entered.append(door.enter(2)))
    thread.start()
    door.leave(large=False, returns=False)
    thread.join(PATIENCE)
    assert entered == [True]


def test_the_end_wakes_all_who_wait() -> None:
    door, _ = made()
    door.open(60.0)
    assert door.enter(1)
    told: list[bool] = []
    threads = [
        threading.Thread(target=lambda number=number: told.append(door.enter(number)))
        for number in range(2, 33)
    ]
    for thread in threads:
        thread.start()
    door.close()
    for thread in threads:
        thread.join(PATIENCE)
    assert told == [False] * 31


@pytest.mark.parametrize("workers", [4, 32])
def test_many_workers_never_carry_more_than_there_are_lanes_and_all_work_is_done(
    workers: int,
) -> None:
    door, lanes = made()
    door.open(PATIENCE)
    lock = threading.Lock()
    left, inside, peak = [300], [0], [0]

    def live(number: int) -> None:
        while left[0] > 0:
            if not door.enter(number):
                continue
            with lock:
                left[0] -= 1
                inside[0] += 1
                peak[0] = max(peak[0], inside[0])
            door.go(large=False)
            time.sleep(0.001)
            with lock:
                inside[0] -= 1
            door.leave(large=False, returns=True)
        door.close()

    threads = [threading.Thread(target=live, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    assert left[0] <= 0
    assert peak[0] <= lanes.limit


def _until(what: object) -> None:
    end = time.monotonic() + PATIENCE
    while not what():  # type: ignore[operator]  # a function
        assert time.monotonic() < end
        time.sleep(0.005)
