"""Inside the guest: somebody sets the clock while the agent works (row E4)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.uml.office import RUN, Office, bad, say, wait_for

JUMPS = ("+1 hour", "-2 days", "1970-01-02 00:00:00", "+20 years", "2099-12-31", "-75 years")
CLIENTS = ("Ash Bakery", "Birch & Sons")
FAULTS = "AddClientDocuments rate 0.3: carry out, then drop the answer"


def jumps(seed: int, rounds: int) -> dict[str, Any]:
    """Files come before and after each jump; now and then the agent is killed as well.

    Filed's own clock stays right all the while, as it would.
    """
    rng = random.Random(seed)
    start = time.time() - time.monotonic()
    switches = Switches(task_seconds=0.3, task_polls=1, token_life_seconds=20)
    waits: dict[str, float] = {}
    with Sandbox(
        RUN / "filed", switches, (FAULTS,), seed, clock=lambda: start + time.monotonic()
    ) as sandbox:
        agent = Office.of(sandbox, RUN / "clients")
        agent.root.mkdir()
        agent.start("run")
        for number, jump in _rounds(rounds):
            _write(rng, agent, f"before {number}")
            time.sleep(rng.uniform(0, 1.5))
            say("date", "-s", jump if jump[0].isdigit() else f"now {jump}")
            _write(rng, agent, f"after {number}")
            if rng.random() < 0.4:
                time.sleep(rng.uniform(0, 1.0))
                agent.kill()
                agent.start("run")
            began = time.monotonic()
            wait_for(lambda: not bad(sandbox, agent.root), 60)
            waits[f"{number} {jump}"] = round(time.monotonic() - began, 1)
        assert agent.process is not None
        running = agent.process.poll() is None
        time.sleep(5)
        agent.kill()
        return {
            "bad": bad(sandbox, agent.root),
            "running": running,
            "waits": waits,
            "held": agent.held(),
            "missing": agent.missing(),
            "files": sum(path.is_file() for path in agent.root.rglob("*")),
            "lost_answers": len(sandbox.received().faults_fired),
            "log": agent.log_tail(),
        }


def _rounds(rounds: int) -> Iterator[tuple[int, str]]:
    for number in range(rounds):
        yield from ((number, jump) for jump in JUMPS)


def _write(rng: random.Random, agent: Office, name: str) -> None:
    client = rng.choice(CLIENTS)
    agent.write(
        f"{client}/{name} {rng.random()}.csv", rng.randbytes(rng.choice((300, 5_000, 400_000)))
    )
