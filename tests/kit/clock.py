"""A clock that jumps: the tests move it, nothing ever sleeps."""

from __future__ import annotations


class JumpingClock:
    """Fulfils agent.engine.ports.Clock. The wall clock may be set apart from the steady one.

    `world` is the time that really is, whatever clock of a machine says: Filed's, and the people's.
    """

    def __init__(self, start: float = 1_790_000_000.0) -> None:
        self._start = start
        self._elapsed = 0.0
        self._booted = 0.0  # when this process started, and what the wall clock said then
        self._steady_at_boot = start
        self.wall_shift = 0.0

    def now(self) -> float:
        return self._start + self._elapsed + self.wall_shift

    def monotonic(self) -> float:
        return self._elapsed - self._booted

    def steady(self) -> float:
        return self._steady_at_boot + (self._elapsed - self._booted)

    def world(self) -> float:
        """Seconds since the epoch, in truth."""
        return self._start + self._elapsed

    def advance(self, seconds: float) -> None:
        assert seconds >= 0
        self._elapsed += seconds

    def restart(self) -> None:
        """A new process: its steady clock begins at what the wall clock says now."""
        self._booted = self._elapsed
        self._steady_at_boot = self.now()


class WorldClock:
    """What the history of a simulated ledger is dated by, so that it can be judged."""

    def __init__(self, clock: JumpingClock) -> None:
        self._clock = clock

    def now(self) -> float:
        """The time that really is."""
        return self._clock.world()
