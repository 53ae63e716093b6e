"""Inside the guest: other programs hold files of the share, and want to change what we read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.process import filed
from tests.uml.colleague import Colleague, outcome
from tests.uml.office import RUN, Office, bad, wait_for
from tests.uml.samba import Samba, mount

MOUNT = RUN / "mount"
CLIENT = "Ash Bakery"
QUICK = Switches(task_seconds=0.2, task_polls=1)
PIECE = 256 << 10


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


def changed_while_read() -> dict[str, Any]:
    """What a colleague can do with a file that is being uploaded just now."""
    rng = random.Random(6)
    said: dict[str, str] = {}
    with at_work() as (samba, sandbox, agent, colleague):
        for name, act in _acts(colleague, rng).items():
            path = f"{CLIENT}/{name}/scan.csv"
            (samba.share / path).parent.mkdir()
            sandbox.clear_faults()
            sandbox.aim("PATCH 1: wait 12 s")  # the agent is in the middle of the file meanwhile
            wanted = sandbox.received().requests.get("PATCH", 0) + 1
            (samba.share / path).write_bytes(rng.randbytes(3 * PIECE))
            if not wait_for(partial(_sent, sandbox, wanted), 60):
                said[name] = "the agent never read it"
                continue
            said[name] = outcome(partial(act, path))
            wait_for(lambda: not _unfiled(sandbox, samba), 30)
        return {
            "said": said,
            "unfiled": _unfiled(sandbox, samba),
            "bad": bad(sandbox, samba.share),
            "held": agent.held(),
            "files": sorted(str(path.relative_to(samba.share)) for path in samba.share.rglob("*")),
            "log": agent.log_tail(),
        }


def _acts(colleague: Colleague, rng: random.Random) -> dict[str, Callable[[str], object]]:
    """Each thing that a user does to a file, given its path."""

    def exclusively(path: str) -> None:
        colleague.open(path, "r+b", None).close()

    return {
        "save in place": lambda path: colleague.save_in_place(path, rng.randbytes(9000)),
        "save by replacing": lambda path: colleague.save_by_replacing(path, rng.randbytes(9000)),
        "save by deleting": lambda path: colleague.save_by_deleting(path, rng.randbytes(9000)),
        "open for oneself": exclusively,
        "rename": lambda path: colleague.rename(path, path.replace("scan", "letter")),
        "rename folder": lambda path: colleague.rename(path.rpartition("/")[0], f"{CLIENT}/2024"),
        "delete": colleague.delete,
    }


def _sent(sandbox: Sandbox, wanted: int) -> bool:
    return sandbox.received().requests.get("PATCH", 0) >= wanted


def _unfiled(sandbox: Sandbox, samba: Samba) -> list[str]:
    """What lies on the share and not at Filed; versions filed before they changed are all right."""
    return [word for word in bad(sandbox, samba.share) if word.startswith("lost")]
