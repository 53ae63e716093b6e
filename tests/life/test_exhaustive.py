"""Every single fault at every effect of a small scene, and a sample of pairs (reliability.md 4).

The effects are recorded from a run without faults; each is then broken in every way that it can
break. SQLite's k-loop, at the seams between the engine and the world.
"""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest

from agent.model.document import Stage
from tests.kit.faults import FILED_FATES, Aim, Fate
from tests.kit.filed import MemorySwitches
from tests.kit.simulation import RULES, Simulation, Verdict

CHUNK = RULES.chunk_size
SCENE = {b"Ash/w2.bin": bytes(range(250)) * 2, b"Birch/k1.bin": b"k" * 90}  # 3 chunks; 1 chunk
SIZE = sum(len(content) for content in SCENE.values())
WORLDS = {
    "kind": MemorySwitches(),
    "doubtful": MemorySwitches(
        late_most=60.0, lag_most=20.0, single_use=False, unique_external_id=False
    ),
    "plain-creation": MemorySwitches(with_creation=False, single_use=False),
}
PAIRS = int(os.environ.get("PAIRS", "360"))
SEED = int(os.environ.get("PAIR_SEED", "20260101"))


class Scene(Simulation):
    """The simulation of a fixed scene; its documents are counted before the ledger is closed."""

    def __init__(self, world: str, *aims: Aim) -> None:
        super().__init__(
            11,
            switches=WORLDS[world],
            crash_rate=0.0,
            fault_rate=0.0,
            aims=aims,
            people=0,
            scene=SCENE,
        )
        self.stages: Counter[Stage] = Counter()

    def _judge(self) -> Verdict:
        self.stages += Counter(self.ledger.counts().documents)
        return super()._judge()


@dataclass(frozen=True)
class Broken:
    """What is wrong with a run under these aims, and how many bytes Filed took."""

    lines: tuple[str, ...]
    needs_person: int
    bytes_taken: int
    filed: int


def run(world: str, *aims: Aim) -> Broken:
    scene = Scene(world, *aims)
    verdict = scene.run()
    return Broken(
        tuple(verdict.broken),
        sum(verdict.excused.values()),
        scene.filed.bytes_taken,
        scene.stages[Stage.filed],
    )


@cache
def effects(world: str) -> tuple[str, ...]:
    """The effects of a run without faults, in order."""
    scene = Scene(world)
    verdict = scene.run()
    assert (verdict.broken, scene.stages[Stage.filed]) == ([], len(SCENE))
    assert scene.filed.bytes_taken == SIZE
    return tuple(scene.crossings.trace)


def aims(world: str) -> list[Aim]:
    """One aim for each effect and each way in which it can break."""
    counts: Counter[str] = Counter()
    found = []
    for effect in effects(world):
        counts[effect] += 1
        fates = [Fate.before, Fate.after]
        if effect.startswith("filed."):
            fates += FILED_FATES
        found += [Aim(effect, counts[effect], fate) for fate in fates]
    return found


@pytest.mark.parametrize("world", WORLDS)
def test_a_run_without_faults_meets_every_kind_of_effect(world: str) -> None:
    met = set(effects(world))
    assert {"ledger.write", "filed.workspace", "filed.clients", "filed.create"} <= met
    assert {"filed.send", "filed.create_client", "filed.add_documents", "filed.tasks"} <= met


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_every_single_fault_is_survived_and_costs_one_chunk_at_most(world: str) -> None:
    all_aims = aims(world)
    assert len(all_aims) > 100
    for aim in all_aims:
        found = run(world, aim)
        assert found.lines == (), f"{aim}: {found.lines}"
        assert found.needs_person == 0, f"{aim}: needs a person"
        assert found.filed == len(SCENE), f"{aim}: {found.filed} filed"
        assert found.bytes_taken <= SIZE + CHUNK, f"{aim}: {found.bytes_taken} bytes (S10)"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("world", WORLDS)
def test_a_sample_of_pairs_of_faults_is_survived_and_costs_two_chunks_at_most(world: str) -> None:
    """Two answers of createClient lost: a person decides (at most once), so that is excused."""
    rng = random.Random(SEED)
    pairs = list(itertools.combinations(aims(world), 2))
    for pair in rng.sample(pairs, min(PAIRS // len(WORLDS), len(pairs))):
        where = f"PAIR_SEED={SEED} {world} {pair}"
        found = run(world, *pair)
        assert found.lines == (), f"{where}: {found.lines}"
        assert found.filed + found.needs_person == len(SCENE), where
        assert found.bytes_taken <= SIZE + 2 * CHUNK, f"{where}: {found.bytes_taken} bytes (S10)"
