"""How long a file must lie still."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.quiet import Quiet, learn

seconds = st.floats(0.05, 600)


@pytest.mark.parametrize(
    ("on_network", "closed", "expected"),
    [(False, True, 5.0), (False, False, 10.0), (True, True, 15.0), (True, False, 15.0)],
)
def test_the_usual_quiet_times(on_network: bool, closed: bool, expected: float) -> None:
    assert Quiet().needed(on_network=on_network, closed_hint=closed) == expected


@given(seconds, seconds, st.booleans(), st.none() | seconds, st.booleans())
def test_no_file_is_taken_before_the_configured_or_the_learned_time(
    default: float, network: float, on_network: bool, learned: float | None, closed: bool
) -> None:
    needed = Quiet(default, network).needed(
        on_network=on_network, learned=learned, closed_hint=closed
    )
    assert needed >= default
    assert needed >= (learned or 0)
    assert not on_network or needed >= network


def test_a_scanner_with_pauses_of_four_seconds_teaches_twelve() -> None:
    assert learn(10.0, 4.0) == 12.0


def test_pauses_under_a_second_teach_nothing() -> None:
    assert learn(0.5, 0.99) == 0.5
    assert learn(0.5, float("nan")) == 0.5


def test_no_scanner_teaches_more_than_a_minute() -> None:
    assert learn(5.0, 1e9) == 60.0


@given(seconds, st.floats(allow_nan=True, allow_infinity=True))
def test_learning_never_shortens_and_never_passes_a_minute_by_itself(
    old: float, gap: float
) -> None:
    new = learn(old, gap)
    assert new >= old
    assert new <= max(old, 60.0)


@pytest.mark.parametrize(
    ("name", "seconds"), [(b"1A2B3c4d", 60.0), (b"1A2B3c4", 10.0), (b"1A2B3c4d.pdf", 10.0)]
)
def test_a_name_that_office_writes_under_waits_for_its_rename(name: bytes, seconds: float) -> None:
    assert Quiet().needed(name) == seconds
