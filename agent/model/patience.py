"""How long to wait, and how much to send at a time. Pure; seconds and bytes."""

from __future__ import annotations

import math
import random

MIB = 1 << 20
SHORT, LONG = 5.0, 10.0  # seconds that one PATCH should last (features.md 6)
AIM = 7.5
GROWTH = 8  # a chunk grows to at most so many times its size
MOST = 256 * MIB


def backoff(attempt: int, *, first: float, most: float, rng: random.Random) -> float:
    """The pause after the `attempt`-th failure in a row, counted from 1, in seconds.

    The ceiling doubles from `first` up to `most`; the pause lies between half of it and all of
    it, so that fifty workstations do not return together (reliability.md E11).
    """
    ceiling = min(most, first * 2.0 ** min(max(attempt - 1, 0), 64))
    return ceiling * rng.uniform(0.5, 1.0)


def poll_delay(
    attempt: int, *, first: float = 5.0, most: float = 60.0, rng: random.Random | None = None
) -> float:
    """The pause before the next question about open tasks, in seconds; `attempt` counts from 0.

    It grows by half each time from `first` to `most` (filed-api.md 4.6). With an `rng` it is
    spread by a fifth to either side, without one it is the middle.
    """
    middle = min(most, first * 1.5 ** min(max(attempt, 0), 64))
    return middle if rng is None else middle * rng.uniform(0.8, 1.2)


def next_chunk(size: int, seconds: float, *, least: int = 5 * MIB, most: int = MOST) -> int:
    """The size of the next chunk, in bytes, after one of `size` bytes took `seconds`.

    Aims at 5 to 10 s for each PATCH: grows at most eightfold in a step, shrinks at once. A small
    chunk makes a line look slower than it is, never faster, so a large step is safe. Whole MiB
    between the bounds. Only a full chunk says anything: do not ask after a file's last piece.
    """
    if SHORT <= seconds <= LONG:
        wanted = size
    elif seconds > LONG:
        wanted = int(size * AIM / seconds) if math.isfinite(seconds) else 0
    else:  # also a clock that went backwards or stood still
        wanted = int(size * min(GROWTH, AIM / seconds)) if seconds > 0 else size * GROWTH
    return max(least, min(most, wanted // MIB * MIB))
