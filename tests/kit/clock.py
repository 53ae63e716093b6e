"""A clock that jumps: the tests move it, nothing ever sleeps."""

from __future__ import annotations


class JumpingClock:
    """Fulfils agent.engine.ports.Clock. The wall clock may be set apart from the steady one."""

    def __init__(self, start: float = 1_790_000_000.0) -> None:
        self._start = start
        self._elapsed = 0.0
        self.wall_shift = 0.0

    def now(self) -> float:
        return self._start + self._elapsed + self.wall_shift

    def monotonic(self) -> float:
        return self._elapsed

    def steady(self) -> float:
        return self._start + self._elapsed

    def advance(self, seconds: float) -> None:
        assert seconds >= 0
        self._elapsed += seconds
