"""Files that never come to rest: told apart from large ones that are only being read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

LOOK_EVERY = 5.0  # seconds
Looked = tuple[int, int]


def size_and_time(path: bytes) -> Looked | None:
    """Size and mtime of a path; None where it cannot be looked at."""
    try:
        status = os.stat(path, follow_symlinks=False)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


class Restless:
    """Looks at some files again and again; times on the monotonic clock, in seconds."""

    def __init__(self, look: Callable[[bytes], Looked | None] = size_and_time) -> None:
        self._look = look
        self._seen: dict[bytes, tuple[Looked | None, float]] = {}
        self._next = 0.0

    def all_changed(self, paths: Callable[[], Iterable[bytes]], now: float, within: float) -> bool:
        """Whether each of these files changed within so many seconds, as far as it was watched.

        `paths` is asked every LOOK_EVERY seconds at most.
        """
        if now >= self._next:
            self._next = now + LOOK_EVERY
            self._compare(list(paths()), now)
        ages = [now - changed_at for _, changed_at in self._seen.values()]
        return bool(ages) and max(ages) <= within

    def _compare(self, paths: list[bytes], now: float) -> None:
        before, self._seen = self._seen, {}
        for path in paths:
            looked = self._look(path)
            old = before.get(path)
            same = old is not None and old[0] == looked
            self._seen[path] = old if same and old is not None else (looked, now)
