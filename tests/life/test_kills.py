"""The real process, killed at random moments: the contract is read off the sandbox's disk."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.process import AgentProcess, expected, filed

KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
CLIENTS = ("Ash Bakery", "Birch & Sons", "Cedar Estate")
CHUNK = 256 << 10


def some_bytes(rng: random.Random) -> bytes:
    """Mostly small, now and then several chunks."""
    return rng.randbytes(rng.choice((300, 5_000, 60_000, 3 * CHUNK + 7, 8 * CHUNK)))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("with_creation", [True, False])
def test_killed_at_random_moments_nothing_is_lost_torn_or_twice(
    tmp_path: Path, with_creation: bool
) -> None:
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    switches = Switches(creation_with_upload=with_creation, task_seconds=0.3, task_polls=1)
    with Sandbox(tmp_path / "filed", switches, seed=SEED) as sandbox:
        agent = AgentProcess.against(sandbox, tmp_path)
        for number in range(KILLS // 2):
            for one in range(rng.randrange(1, 6)):
                client = rng.choice(CLIENTS)
                agent.write(f"{client}/doc {number}-{one}.csv", some_bytes(rng))
            agent.start("run")
            try:
                time.sleep(rng.uniform(0.4, 2.0) if number else 2.0)
            finally:
                agent.kill()
        finished = agent.call("sync")
        assert finished.returncode == 0, finished.stdout + finished.stderr
        received = sandbox.received()
        wanted = expected(agent.root)
        assert filed(received) == wanted, f"SEED={SEED}"
        size = sum(path.stat().st_size for path in agent.root.rglob("*") if path.is_file())
        most = size + KILLS * (4 * CHUNK + 70_000)
        assert received.bytes_received <= most, f"SEED={SEED}: {received.bytes_received} of {size}"


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_big_file_killed_in_the_middle_sends_at_most_one_chunk_again(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "filed", Switches(task_seconds=0.2, task_polls=1)) as sandbox:
        agent = AgentProcess.against(sandbox, tmp_path, chunk="1 MiB")
        size = 60 << 20
        agent.write("Ash Bakery/big.csv", random.Random(1).randbytes(size))
        sandbox.aim("PATCH 4: wait 5 s")
        agent.start("run")
        try:
            until = time.monotonic() + 60
            while sandbox.received().requests.get("PATCH", 0) < 4:
                assert time.monotonic() < until, "the upload never came so far"
                time.sleep(0.02)
        finally:
            agent.kill()
        sandbox.clear_faults()
        finished = agent.call("sync")
        assert finished.returncode == 0, finished.stdout + finished.stderr
        received = sandbox.received()
        assert filed(received) == expected(agent.root)
        chunk = 8 << 20  # 1, 2, 4, 8 MiB: it had grown so far at the fourth
        assert received.bytes_received <= size + chunk
        assert received.requests["POST"] == 1, "resumed, not started anew"
