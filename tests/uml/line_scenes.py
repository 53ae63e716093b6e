"""Inside the guest: a bad line to Filed, and kills on top of it."""

from __future__ import annotations

import random
import time
from typing import Any

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.uml.office import RUN, Office, bad, say

BAD_LINE = "loss 5% delay 100ms 30ms duplicate 1% reorder 5% rate 1mbit"
CLIENTS = ("Ash Bakery", "Birch & Sons")


def killed_on_a_bad_line(seed: int, kills: int) -> dict[str, Any]:
    """Every packet of the loopback is delayed; some are lost, doubled or overtaken."""
    rng = random.Random(seed)
    say("/run/modprobe", "sch_netem")
    say("ip", "link", "set", "lo", "mtu", "1500")
    with Sandbox(RUN / "filed", Switches(task_seconds=0.3, task_polls=1), seed=seed) as sandbox:
        agent = Office.of(sandbox, RUN / "clients")
        agent.quiet_window = 6.0  # above what a request may still be on its way
        agent.root.mkdir()
        say("tc", "qdisc", "add", "dev", "lo", "root", "netem", *BAD_LINE.split())
        for number in range(kills):
            client = rng.choice(CLIENTS)
            agent.write(
                f"{client}/doc {number}.csv", rng.randbytes(rng.choice((900, 40_000, 300_000)))
            )
            agent.start("run")
            time.sleep(rng.uniform(3.0, 14.0))
            agent.kill()
        began = time.monotonic()
        finished = agent.call("sync", seconds=400)
        took = time.monotonic() - began
        counted = say("tc", "-s", "qdisc", "show", "dev", "lo")
        say("tc", "qdisc", "del", "dev", "lo", "root")
        received = sandbox.received()
        size = sum(path.stat().st_size for path in agent.root.rglob("*") if path.is_file())
        return {
            "bad": bad(sandbox, agent.root),
            "exit": finished.returncode,
            "said": finished.stdout[-1500:] + finished.stderr[-1500:],
            "last_sync_seconds": round(took, 1),
            "line": counted,
            "files": sum(path.is_file() for path in agent.root.rglob("*")),
            "sent_per_byte": round(received.bytes_received / size, 2),
            "log": agent.log_tail(),
        }
