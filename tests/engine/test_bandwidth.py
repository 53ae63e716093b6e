"""The limit on what leaves in a second: exact over seconds, fair, and changed at once."""

from __future__ import annotations

import hashlib
import random
from itertools import pairwise

import pytest

from agent.engine.bandwidth import SLICE, Bandwidth
from agent.engine.sending import BLOCK, ChunkBody
from agent.model.file import Signature
from tests.kit.clock import JumpingClock

MBIT = 125_000  # bytes a second


class Bytes:
    """A source of as many zeros as are asked for."""

    def signature(self) -> Signature:
        raise NotImplementedError

    def read(self, offset: int, size: int) -> bytes:
        return bytes(size)

    def __enter__(self) -> Bytes:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to close."""


def limited(clock: JumpingClock, limit: int) -> Bandwidth:
    return Bandwidth(clock.monotonic, clock.advance, limit)


def sent(clock: JumpingClock, bandwidth: Bandwidth, seconds: float, most: int = BLOCK) -> int:
    """How many bytes one lane sends in so long."""
    end, count = clock.monotonic() + seconds, 0
    while clock.monotonic() < end:
        block = bandwidth.block(most)
        bandwidth.take(block)
        count += block
    return count


@pytest.mark.parametrize("limit", [8_000, MBIT, 20 * MBIT, 1_000 * MBIT])
@pytest.mark.parametrize("seconds", [3.0, 30.0])
def test_what_leaves_is_within_a_tenth_of_the_limit(limit: int, seconds: float) -> None:
    clock = JumpingClock()
    count = sent(clock, limited(clock, limit), seconds)
    assert abs(count / seconds / limit - 1) < 0.1


def test_what_was_not_used_is_not_kept_for_later() -> None:
    clock = JumpingClock()
    bandwidth = limited(clock, 20 * MBIT)
    sent(clock, bandwidth, 1.0)
    clock.advance(600.0)
    assert sent(clock, bandwidth, 2.0) < 1.1 * 2.0 * 20 * MBIT


def test_lanes_get_in_in_the_order_in_which_they_asked() -> None:
    """Two ask in turn: neither waits for more than the bytes before its own."""
    clock = JumpingClock()
    bandwidth = limited(clock, MBIT)
    waits = []
    for _ in range(100):
        began = clock.monotonic()
        bandwidth.take(MBIT // 10)
        waits.append(clock.monotonic() - began)
    assert max(waits) < 0.11


@pytest.mark.parametrize(("before", "after"), [(MBIT, 40 * MBIT), (40 * MBIT, MBIT), (MBIT, 0)])
def test_a_change_applies_within_a_second_to_what_waits_already(before: int, after: int) -> None:
    clock = JumpingClock()
    at: list[float] = []

    def sleep(seconds: float) -> None:
        assert seconds <= SLICE
        clock.advance(seconds)
        if clock.monotonic() >= 5.0 and not at:
            bandwidth.limit = after
            at.append(clock.monotonic())

    bandwidth = Bandwidth(clock.monotonic, sleep, before)
    sent(clock, bandwidth, 5.0)
    assert at
    clock.advance(max(0.0, at[0] + 1.0 - clock.monotonic()))
    if after:
        assert abs(sent(clock, bandwidth, 3.0) / 3.0 / after - 1) < 0.1
    else:
        began = clock.monotonic()
        for _ in range(1000):
            bandwidth.take(1 << 20)
        assert clock.monotonic() == began


def test_a_large_block_that_waits_is_let_go_when_the_limit_goes() -> None:
    clock = JumpingClock()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)
        if len(slept) == 3:
            bandwidth.limit = 0

    bandwidth = Bandwidth(clock.monotonic, sleep, 1_000)
    bandwidth.take(1 << 20)
    assert len(slept) == 3


def test_blocks_are_small_where_they_leave_slowly_and_lanes_few() -> None:
    clock = JumpingClock()
    slow = limited(clock, 64_000)
    assert slow.block(BLOCK) / 64_000 < 0.1
    assert slow.lanes(32) == 7
    assert limited(clock, 8_000).lanes(32) == 1
    fast = limited(clock, 100 * MBIT)
    assert (fast.block(BLOCK), fast.lanes(32)) == (BLOCK, 32)
    none = limited(clock, 0)
    assert (none.block(BLOCK), none.lanes(32)) == (BLOCK, 32)


def test_under_the_lowest_limit_no_lane_is_silent_for_long() -> None:
    """Filed must not take a request for dead (S1)."""
    for limit in (8_000, 16_000, 64_000, 200_000):
        bandwidth = limited(JumpingClock(), limit)
        lanes = bandwidth.lanes(32) + 1  # the one for large documents
        assert lanes * bandwidth.block(BLOCK) / limit < 5.0


def test_a_body_is_charged_block_by_block() -> None:
    clock = JumpingClock()
    seen: list[float] = []
    size = 10 * MBIT
    body = ChunkBody(
        Bytes(),
        0,
        size,
        hashlib.sha256(),
        lambda offset, count: seen.append(clock.monotonic()),
        limited(clock, MBIT),
    )
    assert sum(len(block) for block in body) == size
    assert 9.0 < clock.monotonic() < 11.0
    assert max(later - earlier for earlier, later in pairwise(seen)) < 0.2


def test_random_blocks_of_many_lanes_add_up_to_the_limit() -> None:
    clock = JumpingClock()
    rng = random.Random(4)
    bandwidth = limited(clock, 20 * MBIT)
    count = 0
    while clock.monotonic() < 10.0:
        block = rng.randint(1, bandwidth.block(BLOCK))
        bandwidth.take(block)
        count += block
    assert abs(count / 10.0 / (20 * MBIT) - 1) < 0.1
