"""Inside the guest: the disk under the ledger fails, or lies (device mapper's flakey target)."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path
from typing import Any

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.process import filed
from tests.uml.office import RUN, Office, bad, say, wait_for

IMAGE, DISK = RUN / "disk.img", RUN / "disk"
NAME = "ledger-disk"
SECTORS = 60 << 11  # 60 MiB
CLIENTS = ("Ash Bakery", "Birch & Sons")


def failing(seed: int, rounds: int) -> dict[str, Any]:
    """Every write fails for a while, then the power; the disk is put right and we begin again."""
    rng = random.Random(seed)
    ends: list[int | None] = []
    with Sandbox(RUN / "filed", Switches(task_seconds=0.2, task_polls=1), seed=seed) as sandbox:
        agent = _on_a_flakey_disk(sandbox)
        for number in range(rounds):
            agent.start("run")
            _write(rng, agent, f"well {number}")
            time.sleep(rng.uniform(3.0, 7.0))
            _switch("error_writes")
            _write(rng, agent, f"failing {number}")
            time.sleep(rng.uniform(3.0, 10.0))
            assert agent.process is not None
            ends.append(agent.process.poll())
            agent.kill()
            _power_cut()
        finished = agent.call("sync", seconds=200)
        return {
            "bad": bad(sandbox, agent.root),
            "ends": ends,
            "exit": finished.returncode,
            "said": finished.stdout[-1500:] + finished.stderr[-1500:],
            "words": agent.words.read_text(encoding="utf-8"),
            "files": sum(path.is_file() for path in agent.root.rglob("*")),
            "log": agent.log_tail(6000),
        }


def lying(seed: int) -> dict[str, Any]:
    """Writes are acknowledged and thrown away, then the power fails: the ledger forgets."""
    rng = random.Random(seed)
    with Sandbox(RUN / "filed", Switches(task_seconds=0.2, task_polls=1), seed=seed) as sandbox:
        agent = _on_a_flakey_disk(sandbox)
        agent.start("run")
        for number in range(4):
            _write(rng, agent, f"remembered {number}")
        first = wait_for(lambda: not bad(sandbox, agent.root), 60)
        agent.call("status")
        say("sync")
        _switch("drop_writes")
        for number in range(4):
            _write(rng, agent, f"forgotten {number}")
        second = wait_for(lambda: not bad(sandbox, agent.root), 60)
        time.sleep(2)
        agent.kill()
        _power_cut()
        _switch(None)
        finished = agent.call("sync", seconds=150)
        return {
            "first": first,
            "second": second,
            "exit": finished.returncode,
            "said": finished.stdout[-1500:] + finished.stderr[-1500:],
            "times": sorted(filed(sandbox.received()).values()),
            "lost": [word for word in bad(sandbox, agent.root) if word.startswith("lost")],
            "log": agent.log_tail(),
        }


def _on_a_flakey_disk(sandbox: Sandbox) -> Office:
    """An agent whose home lies there."""
    say("/run/modprobe", "-a", "loop", "dm-flakey", "ext4")
    say("truncate", "-s", "60M", str(IMAGE))
    say("mkfs.ext4", "-q", str(IMAGE))
    loop = say("losetup", "--find", "--show", str(IMAGE)).strip()
    (RUN / "loop").write_text(loop, encoding="utf-8")
    say("dmsetup", "create", "--noudevsync", NAME, "--table", _table(None))
    DISK.mkdir()
    say("mount", _device(), str(DISK))
    agent = Office.of(sandbox, RUN / "clients")
    agent.state = DISK / "home"
    agent.root.mkdir()
    return agent


def _table(fault: str | None) -> str:
    loop = (RUN / "loop").read_text(encoding="utf-8")
    if fault is None:
        return f"0 {SECTORS} linear {loop} 0"
    return f"0 {SECTORS} flakey {loop} 0 0 3600 1 {fault}"


def _switch(fault: str | None) -> None:
    """From now on the disk does this; what is cached stays cached."""
    say("dmsetup", "suspend", "--noudevsync", "--nolockfs", "--noflush", NAME)
    say("dmsetup", "load", NAME, "--table", _table(fault))
    say("dmsetup", "resume", "--noudevsync", NAME)


def _device() -> str:
    """The device's file: there is no udev to make its link."""
    number = say("dmsetup", "info", "-c", "--noheadings", "-o", "minor", NAME).strip()
    return f"/dev/dm-{number}"


def _power_cut() -> None:
    """What was not written is forgotten: the disk is taken away under its cache and put back."""
    _switch("drop_writes")
    say("umount", str(DISK))
    _switch(None)
    Path("/proc/sys/vm/drop_caches").write_text("3", encoding="utf-8")
    subprocess.run(["e2fsck", "-p", _device()], capture_output=True, timeout=60, check=False)
    say("mount", _device(), str(DISK))


def _write(rng: random.Random, agent: Office, name: str) -> None:
    agent.write(
        f"{rng.choice(CLIENTS)}/{name}.csv", rng.randbytes(rng.choice((300, 5_000, 300_000)))
    )
