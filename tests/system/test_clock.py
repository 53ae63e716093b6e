"""The machine's clock."""

from __future__ import annotations

import time

from agent.system.clock import SystemClock


def test_it_tells_the_time_and_never_goes_back() -> None:
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 5
    first = clock.monotonic()
    assert clock.monotonic() >= first
