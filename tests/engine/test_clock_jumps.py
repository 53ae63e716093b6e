"""E4: the wall clock jumps, and nothing happens but that other times are shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.model.document import Stage
from tests.engine.kit import CONTENT, W2, Office

HOUR, DAY = 3_600.0, 86_400.0
JUMPS = {
    "an hour on": HOUR,
    "an hour back, as in autumn": -HOUR,
    "two days back": -2 * DAY,
    "to 1970": -1_790_000_000.0,
    "ten years on": 3_650 * DAY,
    "a step of NTP": 0.7,
}
STEP = 0.5
MOST = 120.0  # seconds: more than a document needs here


def filed_after(office: Office, jump: float, at: float) -> tuple[float, list[str]]:
    """Seconds on the steady clock until it is filed, when the wall clock jumps `at` seconds after
    the file came; and what was asked of Filed."""
    office.write(W2, CONTENT)
    lived = 0.0
    while lived < MOST:
        if lived >= at:
            office.clock.wall_shift = jump
        office.live(STEP)
        lived += STEP
        if office.stages() == {Stage.filed: 1}:
            return lived, list(office.filed.calls)
    raise AssertionError(f"not filed within {MOST} s: {office.stages()}")


@pytest.mark.parametrize("jump", JUMPS.values(), ids=list(JUMPS))
@pytest.mark.parametrize("at", [0.0, 5.0, 11.0, 13.0])
def test_E04_a_jump_of_the_wall_clock_makes_nothing_early_late_or_twice(
    opened: Callable[..., Office], jump: float, at: float
) -> None:
    """While it settles, is uploaded, is attached, is ingested."""
    before, calls = filed_after(opened(), 0.0, at)
    office = opened()
    seconds, asked = filed_after(office, jump, at)
    assert (seconds, asked) == (before, calls)
    assert len(office.binder()) == 1


@pytest.mark.parametrize("jump", JUMPS.values(), ids=list(JUMPS))
def test_E04_a_pause_of_retries_lasts_as_long_as_it_was_meant_to(
    opened: Callable[..., Office], jump: float
) -> None:
    """A file that is held is looked at again after the same seconds."""
    found = []
    for shift in (0.0, jump):
        office = opened()
        office.write()
        office.disk.busy.add(W2)
        office.live(14.0)
        assert office.held() == "in-use"
        office.clock.wall_shift = shift
        office.disk.busy.clear()
        lived = 0.0
        while office.stages() != {Stage.filed: 1} and lived < MOST:
            office.live(STEP)
            lived += STEP
        found.append(lived)
    assert found[0] == found[1] < MOST


def test_E04_history_is_told_in_the_order_of_what_happened_whatever_the_times_say(
    office: Office,
) -> None:
    office.write(W2, CONTENT)
    office.live(11.5)
    office.clock.wall_shift = -2 * DAY
    office.live(30.0)
    lines = office.ledger.history_of_document(office.document().id)
    stages = [line.after for line in lines if line.subject == "document"]
    wanted = ["ready", "uploading", "uploaded", "attaching", "ingesting", "filed"]
    assert stages == wanted
    assert lines[0].at > lines[-1].at, "the times themselves are those of the clock"
