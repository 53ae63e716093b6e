"""Faults that are aimed: every effect of the engine passes a crossing, which may break it there."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agent.errors import LedgerFull, LedgerTrouble


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
    denied = "not carried out, sign-in needed"
    throttled = "not carried out, patience asked for"
    fails = "fails"  # a disk or the ledger: nothing happened
    fails_late = "fails at the end"  # the ledger: all but the commit happened


@dataclass(frozen=True)
class Aim:
    """The `nth` (from 1) crossing of effects whose name starts with `where` meets this fate.

    With `for_ever` every later one meets it as well, until all heals. Where `where` is "*" all
    effects but the disk's are counted together.
    """

    where: str
    nth: int
    fate: Fate
    for_ever: bool = False


FILED_FATES = (Fate.lost, Fate.late, Fate.dropped, Fate.partial, Fate.refused_connection)
CHANCES = (*FILED_FATES, *FILED_FATES, *FILED_FATES, Fate.denied, Fate.throttled)
SHAKY_EFFECTS, SHAKY_RATE = 8, 0.2


class Crossings:
    """Decides the fate of each effect: by aims, or by chance from a seeded generator."""

    def __init__(
        self,
        rng: random.Random | None = None,
        *,
        crash_rate: float = 0.0,
        fault_rate: float = 0.0,
        aims: Iterable[Aim] = (),
        disk_rate: float = 0.0,
        shaky: bool = False,
    ) -> None:
        """With `shaky` a crash is often followed by another one, in the recovery from it."""
        self._rng = rng
        self.crash_rate = crash_rate
        self.fault_rate = fault_rate
        self.disk_rate = disk_rate
        self.shaky = shaky
        self._shaky_effects = 0
        self._aims = list(aims)
        self._counts: Counter[str] = Counter()
        self.ledger_full = False  # every transaction fails until there is room again
        self.ledger_error: type[LedgerTrouble] = LedgerFull  # the other kind ends the process
        self.trace: list[str] = []
        self.disk_trace: list[str] | None = None

    def fate(self, effect: str, *, remote: bool) -> Fate:
        """The fate of this effect; `remote` ones can also be lost, late, dropped or partial."""
        self._counts[effect] += 1
        self._counts["*"] += 1
        fate = self._aimed(effect)
        if fate is Fate.fine and self._rng is not None:
            fate = self._by_chance(self._rng, remote)
        self.trace.append(effect if fate is Fate.fine else f"{effect}: {fate}")
        return fate

    def disk_fails(self, effect: str) -> bool:
        """Whether this effect at the disk fails."""
        self._counts[effect] += 1
        if self.disk_trace is not None:
            self.disk_trace.append(effect)
        if self._aims and self._aimed(effect) is not Fate.fine:
            return True
        return bool(self.disk_rate and self._rng and self._rng.random() < self.disk_rate)

    def heal(self) -> None:
        """From now on nothing goes wrong."""
        self.crash_rate = self.fault_rate = self.disk_rate = 0.0
        self._shaky_effects = 0
        self.ledger_full = False
        self._aims.clear()

    def _aimed(self, effect: str) -> Fate:
        for aim in self._aims:
            if aim.where != "*" and not effect.startswith(aim.where):
                continue
            count = self._counts["*" if aim.where == "*" else effect]
            if count == aim.nth or (aim.for_ever and count > aim.nth):
                return aim.fate
        return Fate.fine

    def _by_chance(self, rng: random.Random, remote: bool) -> Fate:
        draw, rate = rng.random(), self.crash_rate
        if self._shaky_effects and rate:
            self._shaky_effects -= 1
            rate = SHAKY_RATE
        if draw < rate:
            self._shaky_effects = SHAKY_EFFECTS if self.shaky else 0
            return rng.choice((Fate.before, Fate.after))
        if remote and draw < rate + self.fault_rate:
            return rng.choice(CHANCES)
        if not remote and self.ledger_full:
            return rng.choice((Fate.fails, Fate.fails_late))
        return Fate.fine
