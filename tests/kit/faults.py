"""Faults that are aimed: every effect of the engine passes a crossing, which may break it there."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Crash(BaseException):
    """The process is killed here: nothing in it may catch this."""


class Fate(StrEnum):
    """What happens to one effect."""

    fine = "fine"
    before = "crash before"
    after = "crash after"
    lost = "carried out, answer lost"
    late = "carried out later, answer lost"
    dropped = "not carried out, answer lost"
    partial = "carried out in part"
    refused_connection = "never sent"


@dataclass(frozen=True)
class Aim:
    """The `nth` (from 1) crossing of effects whose name starts with `where` meets this fate."""

    where: str
    nth: int
    fate: Fate


FILED_FATES = (Fate.lost, Fate.late, Fate.dropped, Fate.partial, Fate.refused_connection)


class Crossings:
    """Decides the fate of each effect: by aims, or by chance from a seeded generator."""

    def __init__(
        self,
        rng: random.Random | None = None,
        *,
        crash_rate: float = 0.0,
        fault_rate: float = 0.0,
        aims: Iterable[Aim] = (),
    ) -> None:
        self._rng = rng
        self.crash_rate = crash_rate
        self.fault_rate = fault_rate
        self._aims = list(aims)
        self._counts: Counter[str] = Counter()
        self.trace: list[str] = []

    def fate(self, effect: str, *, remote: bool) -> Fate:
        """The fate of this effect; `remote` ones can also be lost, late, dropped or partial."""
        self._counts[effect] += 1
        fate = self._aimed(effect)
        if fate is Fate.fine and self._rng is not None:
            fate = self._by_chance(self._rng, remote)
        self.trace.append(effect if fate is Fate.fine else f"{effect}: {fate}")
        return fate

    def heal(self) -> None:
        """From now on nothing goes wrong."""
        self.crash_rate = self.fault_rate = 0.0
        self._aims.clear()

    def _aimed(self, effect: str) -> Fate:
        for aim in self._aims:
            if effect.startswith(aim.where) and self._counts[effect] == aim.nth:
                return aim.fate
        return Fate.fine

    def _by_chance(self, rng: random.Random, remote: bool) -> Fate:
        draw = rng.random()
        if draw < self.crash_rate:
            return rng.choice((Fate.before, Fate.after))
        if remote and draw < self.crash_rate + self.fault_rate:
            return rng.choice(FILED_FATES)
        return Fate.fine
