"""How many documents may be on the line at once: as many as make it faster, and no more.

Over a long line 16 to 32 small files at once fill it; on a short one more than a few only cost CPU
(tus.md section 3). So the number is tried out: what was carried in a window of time is compared
with what was carried when there were fewer lanes, or more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

FIRST = 8  # lanes at the beginning
WINDOW, FIRST_WINDOW = 0.4, 0.15  # seconds over which the speed is taken, at least
ROUNDS, FIRST_ROUNDS = 4, 1  # documents that each lane carries in a window, at least
LEAST = 2  # lanes that are kept, so that one upload that hangs is not all there is
LONGEST = 5.0  # seconds after which a window is judged though fewer were carried
DOCUMENT = 16 << 10  # what a document costs besides its bytes, told in bytes
FAST, GENTLE = 4.0, 1.25  # steps: until the first one that was too far, and from then on
WORTH = 0.04  # more lanes must carry so much more, and a tenth of what was added
SPARED = 0.02  # fewer lanes may carry so much less
REST, LONGEST_REST = 2, 32  # windows between two trials, longer while nothing comes of them
ONCE = 1.0  # seconds in which several troubles are one: those on the line meet it together
FORGET = 60.0  # seconds without work after which the line may be another one


class Lanes:
    """Climbs towards the number of lanes that carries most; thread-safe.

    `most` is asked each time, `now` counts seconds that only go forward.
    """

    def __init__(self, most: Callable[[], int], now: Callable[[], float]) -> None:
        self._most = most
        self._now = now
        self._lock = threading.Lock()
        self._until = now()  # troubles until then are the last one's
        self._last = now()  # when a document got through
        self._before: int | None = None  # while a step is tried: the number before it
        self._began: float | None = None
        self._begin_anew()

    @property
    def limit(self) -> int:
        """How many documents may be on the line at once, at least 1."""
        return max(1, min(self._limit, self._most()))

    def moved(self, count: int) -> None:
        """So many bytes left."""
        with self._lock:
            self._work += count

    def carried(self) -> None:
        """A document got through."""
        with self._lock:
            now = self._now()
            if now - self._last > FORGET:
                self._begin_anew()
            self._last = now
            self._work += DOCUMENT
            self._count += 1
            if self._began is None:
                if self._count >= self.limit:  # the lanes that are new have begun to carry
                    self._open_window(now)
            elif self._enough(now - self._began):
                self._judge(self._work / (now - self._began))
                self._open_window(now if self._limit == self._judged else None)

    def starved(self) -> None:
        """A lane found nothing to carry: the speed of these moments says nothing of the line."""
        with self._lock:
            self._give_up_trial()
            self._open_window(None)

    def trouble(self) -> None:
        """Filed asked for patience, failed or was not reached: half as many, then more again."""
        with self._lock:
            now = self._now()
            if now < self._until:
                return
            self._until = now + ONCE
            self._before = None
            self._known = 0.0
            self._limit = max(1, self.limit // 2)
            self._step, self._up = GENTLE, True
            self._rest = self._pause = REST
            self._open_window(None)

    # -- climbing, with the lock held --------------------------------------------------------------

    def _begin_anew(self) -> None:
        self._limit = self._judged = FIRST
        self._before = None
        self._known = 0.0  # the speed at `_limit`, or before the step
        self._step, self._up = FAST, True
        self._pause, self._rest = REST, 1  # windows between trials, and until the next one
        self._open_window(None)

    def _open_window(self, now: float | None) -> None:
        """Count from here; from when every lane has carried one where `now` is None."""
        self._began = now
        self._work = self._count = 0

    def _enough(self, seconds: float) -> bool:
        fast = self._step == FAST  # a large step shows itself soon
        wanted = (FIRST_ROUNDS if fast else ROUNDS) * self.limit
        window = FIRST_WINDOW if fast else WINDOW
        return seconds >= window and (self._count >= wanted or seconds >= LONGEST)

    def _judge(self, speed: float) -> None:
        self._judged = self._limit
        if self._before is None:
            self._known = (self._known + speed) / 2 if self._known else speed
            self._rest -= 1
        elif self._pays(speed, self._before):
            self._before, self._known = None, speed
            self._pause, self._rest = REST, 0
        else:
            self._give_up_trial()
            self._turn_round()
        if self._before is None and self._rest <= 0:
            self._try()

    def _pays(self, speed: float, before: int) -> bool:
        """Whether the step that was tried is worth keeping."""
        if not self._up:
            return speed >= self._known * (1 - SPARED)
        return speed >= self._known * (1 + max(WORTH, (self._limit / before - 1) / 10))

    def _turn_round(self) -> None:
        self._up = not self._up
        self._step = GENTLE
        self._rest, self._pause = self._pause, min(LONGEST_REST, self._pause * 2)

    def _give_up_trial(self) -> None:
        if self._before is not None:
            self._limit, self._before = self._before, None

    def _try(self) -> None:
        """One step up or down; where the end is reached, the other way next time."""
        before = self.limit
        if self._up:
            wanted = min(self._most(), max(before + 1, round(before * self._step)))
        else:
            wanted = max(min(LEAST, before), min(before - 1, round(before / self._step)))
        if wanted == before:
            self._turn_round()
        else:
            self._before, self._limit = before, wanted
