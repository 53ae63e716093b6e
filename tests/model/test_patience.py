"""Waiting and chunk sizes: bounds first, then the shape."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.patience import GROWTH, MIB, MOST, backoff, next_chunk, poll_delay

attempts = st.integers(min_value=-5, max_value=10**6)


@given(attempts, st.floats(0.001, 60), st.floats(60, 3600), st.integers())
def test_a_pause_lies_between_half_its_ceiling_and_its_ceiling(
    attempt: int, first: float, most: float, seed: int
) -> None:
    pause = backoff(attempt, first=first, most=most, rng=random.Random(seed))
    ceiling = min(most, first * 2.0 ** min(max(attempt - 1, 0), 64))
    assert ceiling / 2 <= pause <= ceiling


def test_the_first_failure_waits_for_the_first_pause_and_the_third_for_four_times_that() -> None:
    rng = random.Random(1)
    assert 0.5 <= backoff(1, first=1, most=300, rng=rng) <= 1
    assert 2 <= backoff(3, first=1, most=300, rng=rng) <= 4


def test_E11_fifty_stations_do_not_return_at_one_moment() -> None:
    pauses = {round(backoff(4, first=1, most=300, rng=random.Random(n)), 2) for n in range(50)}
    assert len(pauses) > 40


def test_questions_about_tasks_start_at_five_seconds_and_end_at_a_minute() -> None:
    assert [poll_delay(n) for n in range(3)] == [5.0, 7.5, 11.25]
    assert poll_delay(7) == 60.0


@given(attempts, st.integers())
def test_a_question_is_never_asked_earlier_than_four_seconds_or_later_than_72(
    attempt: int, seed: int
) -> None:
    middle = poll_delay(attempt)
    delay = poll_delay(attempt, rng=random.Random(seed))
    assert 4.0 <= delay <= 72.0
    assert middle * 0.8 <= delay <= middle * 1.2


@given(st.integers(0, 1 << 40), st.floats(allow_nan=True, allow_infinity=True))
def test_a_chunk_stays_in_its_bounds_and_in_whole_mib(size: int, seconds: float) -> None:
    chunk = next_chunk(size, seconds)
    assert 5 * MIB <= chunk <= MOST
    assert chunk % MIB == 0


@given(st.integers(5, 64), st.floats(0.0001, 1e6))
def test_a_chunk_grows_at_most_eightfold_in_a_step(mib: int, seconds: float) -> None:
    assert next_chunk(mib * MIB, seconds) <= GROWTH * mib * MIB


@given(st.integers(5, 64), st.floats(5, 10))
def test_a_chunk_that_took_five_to_ten_seconds_stays_as_it_is(mib: int, seconds: float) -> None:
    assert next_chunk(mib * MIB, seconds) == mib * MIB


@given(st.integers(1, 100))
def test_on_a_steady_line_the_chunks_come_to_rest_within_ten_steps(mib_per_second: int) -> None:
    size = 5 * MIB
    for _ in range(10):
        size = next_chunk(size, size / (mib_per_second * MIB))
    assert next_chunk(size, size / (mib_per_second * MIB)) == size
    assert size == MOST or size / (mib_per_second * MIB) <= 10 or size == 5 * MIB


def test_a_slow_chunk_shrinks_at_once() -> None:
    assert next_chunk(64 * MIB, 64.0) == 7 * MIB


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_a_clock_that_stood_still_counts_as_fast(seconds: float) -> None:
    assert next_chunk(8 * MIB, seconds) == 64 * MIB


def test_a_small_configured_chunk_is_the_lower_bound() -> None:
    assert next_chunk(256 << 10, 60.0, least=256 << 10) == 256 << 10
