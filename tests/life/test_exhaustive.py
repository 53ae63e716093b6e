"""Every single fault at every effect of a small scene, pairs of them, and the k-loops (T2).

The effects are recorded from a run without faults; each is then broken in every way that it can
break. The k-loops are SQLite's: at one seam the k-th effect fails once, and then from the k-th on
for ever until all heals. On a push a sample of the pairs; under `make torture` all of them.
"""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from agent.engine.register import Register
from agent.errors import AgentError, LedgerFull, LedgerTrouble
from agent.model.client import ClientRecord
from agent.model.document import Stage
from tests.kit.depth import TORTURE, depth
from tests.kit.faults import FILED_FATES, Aim, Fate
from tests.kit.filed import MemorySwitches
from tests.kit.simulation import RULES, Simulation

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
PAIRS = depth("PAIRS", 3_000, 10**9)  # of all worlds together; there are not so many
SEED = int(os.environ.get("PAIR_SEED", "20260101"))
PORTIONS = 40 if TORTURE else 3
CRASHES = (Fate.before, Fate.after)
MUTATIONS = ("filed.create_client", "filed.add_documents")
ANSWERS = (*FILED_FATES, Fate.denied, Fate.throttled)
ANSWERED = depth("ANSWERED", 600, 10**9)  # of all worlds together, with a crash before
RECOVERY = depth("RECOVERY", 2, 8)  # effects after a crash at which the second one comes
SPELL = 400.0  # seconds that a fault lasts which does not end by itself


@dataclass(frozen=True)
class Broken:
    """What is wrong with a run under these aims, and how many bytes Filed took."""

    lines: tuple[str, ...]
    needs_person: int
    bytes_taken: int
    filed: int


def scene(world: str, *aims: Aim, most: float = 8_000.0) -> Simulation:
    return Simulation(
        11,
        switches=WORLDS[world],
        crash_rate=0.0,
        fault_rate=0.0,
        aims=aims,
        people=0,
        scene=SCENE,
        scene_most=most,
    )


def outcome(run: Simulation) -> Broken:
    verdict = run.run()
    excused = sum(verdict.excused.values())
    filed = verdict.stages[Stage.filed]
    return Broken(tuple(verdict.broken), excused, run.filed.bytes_taken, filed)


@cache
def traces(world: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The effects of a run without faults, in order; and those at the disk."""
    run = scene(world)
    run.crossings.disk_trace = []
    assert outcome(run) == Broken((), 0, SIZE, len(SCENE))
    return tuple(run.crossings.trace), tuple(run.crossings.disk_trace)


def numbered(effects: Sequence[str]) -> list[tuple[str, int]]:
    """Each effect with its number among its like."""
    counts: Counter[str] = Counter()
    found = []
    for effect in effects:
        counts[effect] += 1
        found.append((effect, counts[effect]))
    return found


def aims(world: str) -> list[Aim]:
    """One aim for each effect and each way in which it can break."""
    return [
        Aim(effect, number, fate)
        for effect, number in numbered(traces(world)[0])
        for fate in (*CRASHES, *(FILED_FATES if effect.startswith("filed.") else ()))
    ]


def must_be_well(found: Broken, where: object, *, chunks: int | None = None) -> None:
    """All is filed, once; with `chunks` at most so many were sent again (S10)."""
    assert found.lines == (), f"{where}: {found.lines}"
    assert found.filed + found.needs_person == len(SCENE), f"{where}: {found}"
    if chunks is not None:
        assert found.bytes_taken <= SIZE + chunks * CHUNK, f"{where}: {found.bytes_taken} bytes"


@pytest.mark.parametrize("world", WORLDS)
def test_a_run_without_faults_meets_every_kind_of_effect(world: str) -> None:
    met = set(traces(world)[0])
    assert {"ledger.write", "filed.workspace", "filed.clients", "filed.create"} <= met
    assert {"filed.send", "filed.create_client", "filed.add_documents", "filed.tasks"} <= met
    assert {"disk.list", "disk.look", "disk.open", "disk.read", "disk.identify"} <= set(
        traces(world)[1]
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("world", WORLDS)
def test_every_single_fault_is_survived_and_costs_one_chunk_at_most(world: str) -> None:
    all_aims = aims(world)
    assert len(all_aims) > 100
    for aim in all_aims:
        found = outcome(scene(world, aim))
        must_be_well(found, aim, chunks=1)
        assert found.needs_person == 0, f"{aim}: needs a person"


@pytest.mark.slow
@pytest.mark.deep
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("portion", range(PORTIONS))
@pytest.mark.parametrize("world", WORLDS)
def test_pairs_of_faults_are_survived_and_cost_two_chunks_at_most(world: str, portion: int) -> None:
    """Two answers of createClient lost: a person decides (at most once), so that is excused."""
    pairs = list(itertools.combinations(aims(world), 2))
    wanted = min(PAIRS // len(WORLDS), len(pairs))
    if wanted < len(pairs):
        pairs = random.Random(SEED).sample(pairs, wanted)
    for pair in pairs[portion::PORTIONS]:
        must_be_well(outcome(scene(world, *pair)), f"PAIR_SEED={SEED} {world} {pair}", chunks=2)


@pytest.mark.slow
@pytest.mark.deep
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("world", WORLDS)
def test_a_second_crash_in_the_recovery_from_the_first_is_survived(world: str) -> None:
    for at, after in itertools.product(range(1, len(traces(world)[0]) + 1), range(1, RECOVERY + 1)):
        for first, second in itertools.product(CRASHES, CRASHES):
            both = (Aim("*", at, first), Aim("*", at + after, second))
            found = outcome(scene(world, *both))
            must_be_well(found, both, chunks=2)
            assert found.needs_person == 0, f"{both}: needs a person"


@cache
def in_recoveries(world: str) -> tuple[tuple[Aim, Aim], ...]:
    """A crash, and an answer that goes wrong in the life that recovers from it: each request of
    that life, the read-back's among them, in each way. On a push those crashes that leave a call
    at Filed open, by TORTURE all."""
    found = []
    for at, effect in enumerate(traces(world)[0], start=1):
        for crash in CRASHES if TORTURE or effect in MUTATIONS else ():
            end = Aim("*", at, crash)
            run = scene(world, end)
            must_be_well(outcome(run), end, chunks=1)
            requests = (one for one in enumerate(run.crossings.trace, start=1) if one[0] > at)
            numbers = [number for number, met in requests if met.startswith("filed.")]
            found += [(end, Aim("*", number, fate)) for number in numbers for fate in ANSWERS]
    return tuple(found)


@pytest.mark.slow
@pytest.mark.deep
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("portion", range(PORTIONS))
@pytest.mark.parametrize("world", WORLDS)
def test_no_answer_to_a_recovery_is_needed_for_it(world: str, portion: int) -> None:
    """Two answers of createClient lost: a person decides, as with the pairs."""
    pairs = list(in_recoveries(world))
    wanted = min(ANSWERED // len(WORLDS), len(pairs))
    for pair in random.Random(SEED).sample(pairs, wanted)[portion::PORTIONS]:
        must_be_well(outcome(scene(world, *pair)), f"PAIR_SEED={SEED} {world} {pair}", chunks=2)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_look_that_fails_and_counts_as_empty_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: within 60 of these pairs a client is created twice."""
    pairs = random.Random(20260101).sample(in_recoveries("doubtful"), 60)
    plain = Register.list_again

    def trusting(register: Register) -> list[ClientRecord]:
        try:
            return plain(register)
        except AgentError:
            return []

    monkeypatch.setattr(Register, "list_again", trusting)
    assert any(outcome(scene("doubtful", *pair)).lines for pair in pairs)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "until it heals"])
@pytest.mark.parametrize("error", [LedgerFull, LedgerTrouble])
def test_the_kth_transaction_fails(error: type[LedgerTrouble], *, for_ever: bool) -> None:
    count = traces("doubtful")[0].count("ledger.write")
    for number, fate in itertools.product(range(1, count + 1), (Fate.fails, Fate.fails_late)):
        aim = Aim("ledger.write", number, fate, for_ever)
        run = scene("doubtful", aim, most=SPELL)
        run.crossings.ledger_error = error
        found = outcome(run)
        must_be_well(found, aim, chunks=None if for_ever else 1)
        assert found.needs_person == 0, f"{aim}: needs a person"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "until it heals"])
def test_the_kth_effect_at_the_disk_fails(*, for_ever: bool) -> None:
    for effect, number in numbered(traces("doubtful")[1]):
        aim = Aim(effect, number, Fate.fails, for_ever)
        found = outcome(scene("doubtful", aim, most=SPELL))
        must_be_well(found, aim, chunks=None if for_ever else 1)
        assert found.needs_person == 0, f"{aim}: needs a person"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "fate", [*FILED_FATES, Fate.denied, Fate.throttled], ids=lambda fate: fate.name
)
def test_from_the_kth_request_on_filed_fails(fate: Fate) -> None:
    """A person may have to look: after so long a time a call can be beyond all doubt's patience."""
    effects = [one for one in numbered(traces("doubtful")[0]) if one[0].startswith("filed.")]
    for effect, number in effects:
        aim = Aim(effect, number, fate, for_ever=True)
        must_be_well(outcome(scene("doubtful", aim, most=SPELL)), aim)
