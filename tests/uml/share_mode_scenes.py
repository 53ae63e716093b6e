"""Inside the guest: other programs hold files of the share, and want to change what we read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.process import filed
from tests.uml.colleague import Colleague
from tests.uml.office import RUN, Office, bad, wait_for
from tests.uml.samba import Samba, mount

MOUNT = RUN / "mount"
CLIENT = "Ash Bakery"
QUICK = Switches(task_seconds=0.2, task_polls=1)


@contextmanager
def at_work() -> Iterator[tuple[Samba, Sandbox, Office, Colleague]]:
    """A share, an agent that watches it, and a colleague."""
    samba = Samba()
    samba.prepare()
    samba.start()
    mount(MOUNT)
    with Sandbox(RUN / "filed", QUICK) as sandbox:
        agent = Office.of(sandbox, MOUNT)
        colleague = Colleague()
        (samba.share / CLIENT).mkdir()
        agent.start("run")
        try:
            yield samba, sandbox, agent, colleague
        finally:
            agent.kill()
            colleague.close()


def held_open() -> dict[str, Any]:
    """One file is held exclusively, one open for others' reading."""
    rng = random.Random(5)
    with at_work() as (samba, sandbox, agent, colleague):
        locked = colleague.open(f"{CLIENT}/locked.csv", "wb", None)
        locked.write(rng.randbytes(5000))
        locked.flush()
        shown = colleague.open(f"{CLIENT}/shown.csv", "wb", "r")
        shown.write(rng.randbytes(5000))
        shown.flush()
        filed_meanwhile = wait_for(lambda: len(filed(sandbox.received())) == 1, 60)
        held = wait_for(lambda: "locked.csv" in agent.held(), 60)
        reasons = agent.held()
        explained = agent.call("explain", str(MOUNT / CLIENT / "locked.csv")).stdout
        locked.close()
        shown.close()
        whole = wait_for(lambda: not bad(sandbox, samba.share), 90)
        return {
            "filed_while_open_for_reading": filed_meanwhile,
            "held": held,
            "reasons": reasons,
            "explained": explained,
            "whole": whole,
            "bad": bad(sandbox, samba.share),
            "log": agent.log_tail(),
        }
