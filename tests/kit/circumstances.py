"""Under which circumstances one simulated office works: drawn from its seed, or told by a test."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from agent.engine.rules import Rules, WatchedRoot
from agent.model.naming import Layout
from agent.model.quiet import Quiet
from tests.kit.acts import HABITS, STILL_HABITS, Habit
from tests.kit.disk import ROOT
from tests.kit.filed import MemorySwitches
from tests.kit.habits_of_disks import PLAIN, DiskHabits

SECOND_ROOT = b"/archive"
LATE_MOST, LAG_MOST = 60.0, 20.0


def watched(path: bytes, *, network: bool = False) -> WatchedRoot:
    """A watched root as the simulation's configuration names it."""
    return WatchedRoot(
        path=path,
        layout=Layout.parse("{client}"),
        external_id="{client}-{tax_year}",
        tax_year=2025,
        return_type="F1040",
        network=network,
    )


RULES = Rules(
    roots=(watched(ROOT),),
    quiet=Quiet(default=5.0),
    chunk_size=200,
    quiet_window=LATE_MOST + LAG_MOST + 40.0,
    sweep_seconds=20.0,
    deep_seconds=60.0,
)


@dataclass(frozen=True)
class Circumstances:
    """Rates are chances for one effect; `mishaps` names what befalls machine and share.

    `flips`: now and then one bit is read wrongly. Then the process lives on: what left for an
    upload that a crash interrupted is known by the disk alone, and more is not promised.
    """

    switches: MemorySwitches = field(default_factory=MemorySwitches)
    habits: DiskHabits = PLAIN
    roots: tuple[bytes, ...] = (ROOT,)
    deaf: bool = False
    closes: bool = False
    lossy: float = 0.0
    disk_rate: float = 0.0
    flips: float = 0.0
    meddling: float = 0.02
    interleaving: float = 0.0
    shaky: bool = False
    still: bool = False  # people lay their files down and leave: then S10 is exact
    sick_path: bytes = b""  # can never be read (L6)
    mishaps: frozenset[str] = field(default_factory=frozenset)
    acts: tuple[tuple[float, Habit], ...] = HABITS
    every: float = 40.0  # seconds between two mishaps, on average


ABSENCES = ("away", "emptied", "emptied otherwise", "foreign", "remounted")
MISHAPS = ("clock", "full", "signed out", "other key", "person", "kill")


def drawn(rng: random.Random) -> Circumstances:
    """The circumstances of one seed."""
    habits = _habits(rng)
    still = rng.random() < 0.1
    flips = 0.0 if still else rng.choice((0.0,) * 9 + (0.02,))
    kinds = sorted(
        {*ABSENCES, *MISHAPS} - ({"clock", "full", "other key", "kill"} if flips else set())
    )
    return Circumstances(
        switches=some_switches(rng, still=still),
        habits=habits,
        roots=(ROOT, SECOND_ROOT) if rng.random() < 0.3 else (ROOT,),
        deaf=rng.random() < 0.2,
        closes=rng.random() < 0.2,
        lossy=rng.choice((0.0, 0.0, 0.3)),
        disk_rate=0.0 if still or flips else rng.choice((0.0, 0.0, 0.02)),
        flips=flips,
        meddling=0.0 if still else rng.choice((0.0, 0.02, 0.05)),
        interleaving=rng.choice((0.0, 0.1, 0.3)),
        shaky=rng.random() < 0.3,
        still=still,
        acts=STILL_HABITS if still else HABITS,
        sick_path=b"" if still or rng.random() < 0.9 else b"Birch/w2.bin",
        mishaps=frozenset(what for what in kinds if rng.random() < (0.0 if still else 0.25)),
    )


def _habits(rng: random.Random) -> DiskHabits:
    kind = rng.random()
    if kind < 0.55:
        return DiskHabits(exact_folders=True)
    return DiskHabits(
        grid=rng.choice((0.0, 2.0)),
        creation_time=rng.random() < 0.5,
        stale=rng.choice((0.0, 1.0)),
        folds=rng.random() < 0.5,
        decomposes=rng.random() < 0.3,
        exact_folders=True,
        frozen_folders=rng.random() < 0.2,
    )


def some_switches(rng: random.Random, *, still: bool = False) -> MemorySwitches:
    """One of the Fileds that the documentation allows."""
    late = rng.random() < 0.5
    return MemorySwitches(
        late_most=LATE_MOST if late else 0.0,
        lag_most=LAG_MOST if late else 0.0,
        single_use=rng.random() < 0.5,
        unique_external_id=rng.random() < 0.5,
        upload_life=86_400.0 if still else rng.choice((60.0, 120.0, 600.0, 86_400.0)),
        with_creation=rng.random() < 0.5,
        refuses_client="Cedar-2025" if rng.random() < 0.05 else "",
        refuses_ending="k1.bin" if rng.random() < 0.05 else "",
        troubled_listing=rng.choice((0.0, 0.0, 0.3)),
    )
