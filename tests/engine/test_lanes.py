"""How many lanes: climbs to what the line carries, comes down where more only cost."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from agent.engine.lanes import FIRST, ONCE, Lanes
from tests.kit.clock import JumpingClock

FILE = 50_000  # bytes


class SimulatedLine:
    """So many lanes carry files of 50 KB over a line; each takes `seconds` and then its turn.

    `rate` is what the line carries in bytes a second; `thinking` is what this machine needs for
    each file, and more of it the more lanes there are.
    """

    def __init__(
        self,
        lanes: Lanes,
        clock: JumpingClock,
        *,
        seconds: float,
        rate: float,
        thinking: Callable[[int], float] = lambda lanes: 0.0,
        noise: float = 0.1,
    ) -> None:
        self.lanes = lanes
        self.clock = clock
        self.seconds = seconds
        self.rate = rate
        self.thinking = thinking
        self.noise = noise
        self.refused = 0.0  # chance of a 429
        self.trace: list[int] = []
        self.carried = 0
        self._rng = random.Random(7)
        self._free = self._machine = 0.0
        self._ends: list[float] = []

    def live(self, seconds: float) -> float:
        """Carry for so long; files a second."""
        end, before = self.clock.monotonic() + seconds, self.carried
        while self.clock.monotonic() < end:
            while len(self._ends) < self.lanes.limit:
                heapq.heappush(self._ends, self._send())
            self.clock.advance(max(0.0, heapq.heappop(self._ends) - self.clock.monotonic()))
            if self._rng.random() < self.refused:
                self.lanes.trouble()
            else:
                self.lanes.moved(FILE)
                self.lanes.carried()
                self.carried += 1
            self.trace.append(self.lanes.limit)
        return (self.carried - before) / seconds

    def _send(self) -> float:
        """When a file that is begun now has arrived and is answered."""
        now = self.clock.monotonic()
        self._machine = max(self._machine, now) + self.thinking(len(self._ends) + 1)
        spread = self._rng.uniform(1 - self.noise, 1 + self.noise)
        self._free = max(self._free, self._machine) + FILE / self.rate * spread
        return self._free + self.seconds * spread


def made(most: int = 32) -> tuple[Lanes, JumpingClock]:
    clock = JumpingClock()
    return Lanes(lambda: most, clock.monotonic), clock


@pytest.mark.parametrize(
    ("seconds", "needed"),
    [(0.080, 18), (0.160, 36), (0.020, 5)],
    ids=["with-creation", "two-requests", "near"],
)
def test_a_line_of_100_mbit_is_filled(seconds: float, needed: int) -> None:
    lanes, clock = made()
    line = SimulatedLine(lanes, clock, seconds=seconds, rate=12_000_000)
    full = min(240.0, 32 / (seconds + FILE / 12_000_000))
    assert line.live(9.0) > 0.85 * full  # the whole of a job of 2,000 files, its start included
    assert line.live(60.0) > 0.92 * full
    assert min(line.trace[-3000:]) >= min(needed, 32) * 0.6


def test_where_more_lanes_only_cost_there_are_few() -> None:
    """Loopback: one core does all of it, and each further lane makes it a little slower."""
    lanes, clock = made()
    line = SimulatedLine(
        lanes, clock, seconds=0.002, rate=1e9, thinking=lambda busy: 0.0025 * (1 + busy / 200)
    )
    line.live(60.0)
    late = line.trace[-3000:]
    assert sum(late) / len(late) <= 6


def test_it_never_leaves_its_bounds() -> None:
    lanes, clock = made(most=5)
    line = SimulatedLine(lanes, clock, seconds=0.5, rate=1e9)
    line.live(120.0)
    assert set(line.trace) <= {1, 2, 3, 4, 5}
    assert line.trace[-1] >= 4


def test_a_trouble_halves_and_those_of_the_same_moment_count_once() -> None:
    lanes, clock = made()
    line = SimulatedLine(lanes, clock, seconds=0.160, rate=12_000_000)
    line.live(20.0)
    before = lanes.limit
    assert before >= 20
    for _ in range(before):
        lanes.trouble()
    assert lanes.limit == before // 2
    clock.advance(ONCE)
    lanes.trouble()
    assert lanes.limit == before // 4


def test_after_troubles_it_grows_back() -> None:
    lanes, clock = made()
    line = SimulatedLine(lanes, clock, seconds=0.160, rate=12_000_000)
    line.live(20.0)
    for _ in range(8):
        lanes.trouble()
        clock.advance(ONCE)
    assert lanes.limit == 1
    line.live(60.0)
    assert lanes.limit >= 20


def test_the_first_step_after_a_trouble_leads_up() -> None:
    lanes, clock = made()
    line = SimulatedLine(lanes, clock, seconds=0.160, rate=12_000_000)
    line.live(20.0)
    lanes.trouble()
    low = lanes.limit
    line.trace.clear()
    line.live(20.0)
    assert min(line.trace) == low


def test_while_filed_refuses_many_there_are_few() -> None:
    lanes, clock = made()
    line = SimulatedLine(lanes, clock, seconds=0.160, rate=12_000_000)
    line.live(20.0)
    line.refused = 0.2
    line.live(30.0)
    late = line.trace[-100:]
    assert sum(late) / len(late) <= 4
    line.refused = 0.0
    line.live(60.0)
    assert lanes.limit >= 20


def test_a_line_that_changes_is_learned_anew() -> None:
    lanes, clock = made()
    line = SimulatedLine(lanes, clock, seconds=0.160, rate=12_000_000)
    line.live(30.0)
    line.seconds, line.thinking = 0.002, lambda busy: 0.004
    line.live(120.0)
    late = line.trace[-2000:]
    assert sum(late) / len(late) <= 12
    line.seconds, line.thinking = 0.160, lambda busy: 0.0
    assert line.live(120.0) > 0.8 * 32 / 0.164


def test_without_enough_to_carry_nothing_is_tried() -> None:
    lanes, clock = made()
    for _ in range(1000):
        lanes.moved(FILE)
        lanes.carried()
        clock.advance(0.05)
        lanes.starved()
    assert lanes.limit == FIRST


def test_steps_are_moderate_once_the_line_is_known() -> None:
    lanes, clock = made()
    line = SimulatedLine(lanes, clock, seconds=0.080, rate=12_000_000)
    line.live(60.0)
    late = line.trace[-6000:]
    assert all(abs(after - before) <= before // 4 + 1 for before, after in pairwise(late))


def test_after_a_long_silence_it_begins_anew() -> None:
    lanes, clock = made()
    line = SimulatedLine(lanes, clock, seconds=0.160, rate=12_000_000)
    line.live(20.0)
    assert lanes.limit > FIRST
    lanes.starved()
    clock.advance(61.0)
    lanes.carried()
    assert lanes.limit == FIRST


def test_a_limit_that_falls_meanwhile_is_kept() -> None:
    clock = JumpingClock()
    most = [32]
    lanes = Lanes(lambda: most[0], clock.monotonic)
    line = SimulatedLine(lanes, clock, seconds=0.160, rate=12_000_000)
    line.live(20.0)
    most[0] = 2
    assert lanes.limit == 2
    line.live(20.0)
    assert max(line.trace[-50:]) <= 2
