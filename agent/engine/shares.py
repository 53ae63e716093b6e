"""Each root's share of one turn: one that answers slowly does not keep the others waiting (L6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from agent.engine.ports import Clock

SECONDS = 2.0  # of one turn for each root, and a last file beyond that


class Shares:
    """What the roots have used of one turn; a single root may use all of it."""

    def __init__(self, clock: Clock, roots: int) -> None:
        self._clock = clock
        self._alone = roots < 2
        self._used: defaultdict[int, float] = defaultdict(float)

    def used_up(self, root_id: int) -> bool:
        """Whether the root has had its share."""
        return not self._alone and self._used[root_id] >= SECONDS

    @contextmanager
    def of(self, root_id: int) -> Iterator[None]:
        """What happens meanwhile is done for this root."""
        began = self._clock.monotonic()
        try:
            yield
        finally:
            self._used[root_id] += self._clock.monotonic() - began
