"""The seeded simulator: 3,000 schedules on every push; each protection switched off is found."""

from __future__ import annotations

import math
import os
from collections import Counter

import pytest

from tests.kit.circumstances import Circumstances
from tests.kit.depth import depth
from tests.kit.filed import MemorySwitches
from tests.kit.protections import PROTECTIONS, Protection
from tests.kit.simulation import Simulation

SEEDS = depth("SEEDS", 3_000, 30_000)  # SEEDS=100000 takes an hour and a half of one core
FIRST = int(os.environ.get("FIRST_SEED", "0"))
PORTIONS = max(20, SEEDS // 1_000)
TWICE = 50  # each so many-eth seed runs twice: the same seed must give the same trace
EXCUSED_MOST, SPREAD = 0.9, 1.2  # files of a seed that need a person or wait with a reason:
# the mean that is allowed (0.84 over 500 seeds) and the measured standard deviation

AT_ONCE = MemorySwitches(single_use=False, unique_external_id=False)


def attaching(seed: int) -> int:
    """How many clients are attached at once: one, as always before, and with other seeds three."""
    return 1 + 2 * (seed % 2)


def repeat(seed: int) -> str:
    """The command that runs this seed alone."""
    return (
        f"FIRST_SEED={seed} SEEDS=1 .venv/bin/pytest -n 0 "
        "tests/life/test_simulator.py -k contract_holds_under_every_seed"
    )


@pytest.mark.slow
@pytest.mark.deep
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("portion", range(PORTIONS))
def test_contract_holds_under_every_seed(portion: int) -> None:
    excused: Counter[str] = Counter()
    for seed in range(FIRST + portion, FIRST + SEEDS, PORTIONS):
        simulation = Simulation(seed, attaching=attaching(seed))
        verdict = simulation.run()
        assert not verdict.broken, f"seed {seed}: {verdict.broken}\n{repeat(seed)}"
        excused += verdict.excused
        if seed % TWICE == 0:
            again = Simulation(seed, attaching=attaching(seed))
            again.run()
            same = again.crossings.trace == simulation.crossings.trace
            assert same, f"seed {seed} gave two traces\n{repeat(seed)}"
    if SEEDS >= PORTIONS * 10:
        count = SEEDS / PORTIONS
        most = EXCUSED_MOST * count + 4 * SPREAD * math.sqrt(count)
        assert sum(excused.values()) <= most, f"too many need a person: {excused}"


@pytest.mark.parametrize("seed", range(8))
def test_contract_holds_for_a_few_seeds(seed: int) -> None:
    assert Simulation(seed).run().broken == []


@pytest.mark.parametrize("seed", [1, 5])
def test_same_seed_gives_the_same_trace(seed: int) -> None:
    first, second = Simulation(seed), Simulation(seed)
    first.run()
    second.run()
    assert first.crossings.trace == second.crossings.trace
    assert first.crashes == second.crashes


def test_without_faults_nothing_is_sent_twice() -> None:
    simulation = Simulation(
        3,
        crash_rate=0.0,
        fault_rate=0.0,
        people=6,
        switches=AT_ONCE,
        circumstances=Circumstances(),
    )
    assert simulation.run().broken == []
    uses = [held.uses for held in simulation.filed.uploads.values()]
    assert max(uses) == 1


# -- each protection switched off is found ---------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda protection: protection.name)
def test_protection_switched_off_is_found(protection: Protection) -> None:
    """Found means: broken without it, and the same seed is well with it."""
    for seed in range(protection.within):
        with pytest.MonkeyPatch.context() as patch:
            protection.off(patch)
            run = Simulation(seed, rules=protection.rules, **protection.world)
            found = run.run().broken
        if found:
            assert Simulation(seed, **protection.world).run().broken == [], f"seed {seed}"
            return
    pytest.fail(f"not found within {protection.within} seeds")


def test_every_protection_is_named_once_and_says_what_it_guards() -> None:
    names = [protection.name for protection in PROTECTIONS]
    assert len(set(names)) == len(names) >= 20
    assert all(protection.guards for protection in PROTECTIONS)
