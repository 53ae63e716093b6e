"""The real process, killed at random moments: the contract is read off the sandbox's disk."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.causes import Causes, Inquiry, Life, Shelf, known_uploads
from tests.kit.colleagues import Colleagues
from tests.kit.depth import depth
from tests.kit.process import AgentProcess, expected, filed, wait_for
from tests.kit.reckoning import Bytes, drained, violations
from tests.kit.weather import storm

KILLS = depth("KILLS", 20, 200)
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
CLIENTS = ("Ash Bakery", "Birch & Sons", "Cedar Estate")
CHUNK = 256 << 10
SIZES = (300, 5_000, 60_000, 3 * CHUNK + 7, 8 * CHUNK, 24 * CHUNK, 64 * CHUNK)
SHARE = 0.2
MOST_REQUESTS = 40  # within which an agent at work is killed
MOST_SECONDS = 3.0  # for it may have nothing left to do, or wait


def killed_in_a_storm(base: Path, seed: int, kills: int, *, with_creation: bool) -> None:
    """Kill the agent so often in bad weather, then drain, and judge every document and byte."""
    print(f"SEED={seed}")
    rng = random.Random(seed)
    switches = Switches(
        creation_with_upload=with_creation,
        # once a Filed that refuses what it has already, once one that would take it twice
        reattach_accepted=not with_creation,
        unique_external_id=with_creation,
        expired_status=404 if with_creation else 410,
        task_seconds=0.3,
        task_polls=1,
    )
    with Sandbox(base / "filed", switches, seed=seed) as sandbox:
        agent = AgentProcess.against(sandbox, base)
        people, shelf = Colleagues(agent.root, rng, CLIENTS, SIZES), Shelf(agent.root)
        storm(sandbox, SHARE)
        lives: list[Life] = []
        for number in range(kills):
            people.write(rng.randrange(2, 6))
            people.meddle(rng.randrange(0, 3))
            shelf.look()
            lives.append(lived(agent, sandbox, rng, at_work=bool(number % 4)))
        sandbox.clear_faults()
        stormy = sandbox.asked()
        lives.append(Life(time.time()))
        retries, retried = drained_noting_retries(agent)
        received, requests = sandbox.received(), sandbox.heard()
        told = Causes.of(received, requests, Inquiry(requests, lives, shelf.changed, retried))
        fired = received.faults_fired
        cut = sum(one.broken and not one.fault for one in requests)
        print(
            f"{len(received.documents)} documents, {len(fired)} faults in {stormy} requests, "
            f"{kills} kills cut {cut} uploads, {retries} retries; {told}"
        )
        assert len(fired) > SHARE / 2 * stormy > 0, "the weather was fine: nothing is proved"
        assert not violations(received, expected(agent.root), people.ever), f"SEED={seed}"
        assert not told.unexplained, f"SEED={seed}: {told.unexplained}"
        assert told.net <= 1.05, f"SEED={seed}: {told}"


def drained_noting_retries(agent: AgentProcess) -> tuple[int, set[str]]:
    """Everything is filed: how often a person said retry, and the uploads that it was about."""
    retried: set[str] = set()

    def note() -> None:
        retried.update(known_uploads(agent.ledger, agent.base / "autopsy", failed=True))

    return drained(agent, before_retry=note), retried


def lived(agent: AgentProcess, sandbox: Sandbox, rng: random.Random, *, at_work: bool) -> Life:
    """One life: killed some time after it began, or in one of its requests when `at_work`."""
    seconds, which = rng.uniform(0.0, 1.6), rng.randrange(1, MOST_REQUESTS)
    asked, began = sandbox.asked(), time.time()
    agent.start("run")
    try:
        if at_work:
            wait_for(lambda: sandbox.asked() > asked, "it is at work", 60)
            end = time.monotonic() + MOST_SECONDS
            while sandbox.asked() < asked + which and time.monotonic() < end:
                time.sleep(0.001)
        else:
            time.sleep(seconds)
    finally:
        killed = time.time()
        agent.kill()
    return Life(began, killed, known_uploads(agent.ledger, agent.base / "autopsy"))


@pytest.mark.slow
@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("with_creation", [True, False])
def test_killed_at_random_moments_nothing_is_lost_torn_or_twice(
    tmp_path: Path, with_creation: bool
) -> None:
    killed_in_a_storm(tmp_path, SEED, KILLS // 2, with_creation=with_creation)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_big_file_killed_in_the_middle_sends_at_most_one_chunk_again(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "filed", Switches(task_seconds=0.2, task_polls=1)) as sandbox:
        agent = AgentProcess.against(sandbox, tmp_path, chunk="1 MiB")
        size = 60 << 20
        agent.write("Ash Bakery/big.csv", random.Random(1).randbytes(size))
        sandbox.aim("PATCH 2: wait 5 s")
        agent.start("run")
        try:
            wait_for(
                lambda: sandbox.received().requests.get("PATCH", 0) >= 2,
                "the second chunk is sent",
                60,
            )
        finally:
            agent.kill()
        sandbox.clear_faults()
        assert drained(agent) == 0
        received = sandbox.received()
        assert filed(received) == expected(agent.root)
        chunk = 8 << 20  # 1, then 8 MiB: it had grown so far at the second
        assert received.bytes_received <= size + chunk
        assert 0 <= Bytes.of(received).again <= chunk
        assert received.requests["POST"] == 1, "resumed, not started anew"
