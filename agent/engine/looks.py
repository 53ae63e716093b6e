"""A look for each root, in a thread of its own: a slow root keeps no other waiting (L6)."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.engine.closed import Closed
from agent.engine.in_turn import InTurn
from agent.engine.ledger_port import Ledger
from agent.engine.look import Look
from agent.engine.ports import Clock, Disk, Watch
from agent.engine.rules import Rules
from agent.model.hints import Hints


class Looks(InTurn):
    """Every root's Look; turned one after the other by hand, or each by its thread."""

    def __init__(
        self,
        ledger: Ledger,
        disk: Disk,
        watch: Watch,
        clock: Clock,
        rules: Rules,
        rng: random.Random,
        closed: Closed,
    ) -> None:
        parts = [replace(rules, roots=(root,)) for root in rules.roots]
        desks: Sequence[Watch] = [watch]
        if len(parts) > 1:
            shared = _Shared(watch)
            desks = [_Desk(shared, root.path) for root in rules.roots]
        self.each = [
            Look(ledger, disk, desk, clock, part, rng, closed)
            for part, desk in zip(parts, desks, strict=False)
        ]
        super().__init__("look", *self.each)

    @property
    def settled(self) -> bool:
        """Whether every root had its first complete scan, or is unavailable, and no scan runs."""
        return all(look.settled for look in self.each)

    @property
    def scans_done(self) -> int:
        """Complete scans of whole roots."""
        return sum(look.scans_done for look in self.each)

    def scan_now(self) -> None:
        """Make a deep scan of every root due at once."""
        for look in self.each:
            look.scan_now()


class _Shared:
    """One watch for several looks: what one of them takes of another's is kept for that one."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._lock = threading.Lock()
        self._kept: dict[bytes, Hints] = {}

    def take(self, root: bytes) -> Hints:
        """The hints of one root."""
        with self._lock:
            hints = self.watch.take()
            for each in _roots_in(hints):
                self._kept[each] = self._kept.get(each, Hints()) | _of(hints, each)
            return self._kept.pop(root, Hints())


class _Desk:
    """Fulfils Watch for one root."""

    def __init__(self, shared: _Shared, root: bytes) -> None:
        self._shared = shared
        self._root = root

    def arm(self, root: bytes) -> bool:
        """As the watch does."""
        return self._shared.watch.arm(root)

    def disarm(self, root: bytes) -> None:
        """As the watch does."""
        self._shared.watch.disarm(root)

    def take(self) -> Hints:
        """The hints of this root alone."""
        return self._shared.take(self._root)

    def limits(self) -> Mapping[bytes, str]:
        """As the watch tells."""
        return self._shared.watch.limits()


def _roots_in(hints: Hints) -> set[bytes]:
    places = hints.paths | hints.folders | hints.trees | hints.closed
    return {root for root, _ in places} | hints.gaps


def _of(hints: Hints, root: bytes) -> Hints:
    def of(places: frozenset[tuple[bytes, bytes]]) -> frozenset[tuple[bytes, bytes]]:
        return frozenset(place for place in places if place[0] == root)

    return Hints(
        of(hints.paths), of(hints.folders), of(hints.trees), hints.gaps & {root}, of(hints.closed)
    )
