"""When one pass is over: the decision of `sync`, apart from all that is shown. No clock is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.errors import AgentError, FiledUnreachable, RateLimited, SignInNeeded, WrongEndpoint
from agent.ledger.unfinished import Unfinished

RATE_LIMIT_PATIENCE = 600.0  # seconds: Filed is there and asks us to wait, so we do


class Ending(StrEnum):
    """Why a pass is over."""

    done = "done"  # everything is filed, or waits for a person
    still_written = "still-written"  # only files remain that never come to rest
    paused = "paused"
    needs_person = "needs-person"  # the key or the address is refused: nothing can be sent
    unreachable = "unreachable"


@dataclass(frozen=True, slots=True)
class Seen:
    """The agent at one moment; `at` is on the monotonic clock.

    `settled`: every root had its first complete scan or is unavailable. `moved` is anything that
    differs when the pass came further. `restless`: every file that may still be written did change
    within the last `Patience.stuck` seconds.
    """

    at: float
    settled: bool
    unfinished: Unfinished
    trouble: AgentError | None = None
    paused: bool = False
    moved: object = None
    restless: bool = False


class Patience:
    """Judges each moment against those before it; `offline` and `stuck` are in seconds."""

    def __init__(self, offline: float = 60.0, stuck: float = 60.0) -> None:
        self.offline = offline
        self.stuck = stuck
        self._moved: object = self
        self._moved_at = 0.0
        self._trouble_since: float | None = None

    def judge(self, seen: Seen) -> Ending | None:
        """Why the pass is over, None while it goes on."""
        if isinstance(seen.trouble, SignInNeeded | WrongEndpoint):
            return Ending.needs_person
        if seen.moved != self._moved:
            self._moved, self._moved_at = seen.moved, seen.at
        if self._out_of_reach(seen):
            return Ending.unreachable
        if not seen.settled:
            return None
        left = seen.unfinished
        if left.nothing:
            return Ending.done
        if seen.paused and not (left.settling or left.unseen):
            return Ending.paused
        still = left.only_settling and seen.at - self._moved_at >= self.stuck
        return Ending.still_written if still and seen.restless else None

    def _out_of_reach(self, seen: Seen) -> bool:
        """Whether nothing but unreachability was seen for as long as patience lasts."""
        away = isinstance(seen.trouble, FiledUnreachable) or (
            seen.trouble is None and not seen.paused and seen.unfinished.only_trouble
        )
        if not away:
            self._trouble_since = None
            return False
        if self._trouble_since is None:
            self._trouble_since = seen.at
        since = max(self._trouble_since, self._moved_at)
        limited = isinstance(seen.trouble, RateLimited)
        most = max(self.offline, RATE_LIMIT_PATIENCE) if limited else self.offline
        return seen.at - since >= most
