"""The real agent under strace: killed, EIO or ENOSPC at the k-th call on ledger and evidence.

Places where their files are written, synced, cut or opened are hit in turn: one for each call
and kind of fault on every push, twenty under `make torture`, all of them with POINTS=10000.
Afterwards one `sync` without faults must bring Filed and the disk together: nothing lost, nothing
twice (S2, S3, S8, L4).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.depth import depth
from tests.kit.process import AgentProcess, expected, filed

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
POINTS = depth("POINTS", 1, 20)  # for each call and kind of fault
CALLS = ("pwrite64", "write", "fdatasync", "openat")
# once, and from then on until the process ends: SQLite's own two loops
FAULTS = (
    ("signal=SIGKILL", ""),
    ("error=EIO", ""),
    ("error=EIO", "+"),
    ("error=ENOSPC", ""),
    ("error=ENOSPC", "+"),
)
SECONDS = 60.0
SWITCHES = Switches(task_seconds=0.1, task_polls=1)


@dataclass
class Traced:
    """How a run under strace ended."""

    code: int
    hits: int  # faults that were set off
    calls: int  # of the thread that made the most: strace counts each thread by itself
    said: str


def works() -> bool:
    """Whether strace may trace here."""
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], check=False, capture_output=True)
    return tried.returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.system,
    pytest.mark.skipif(not works(), reason="strace is not here or may not trace"),
]


def traced(agent: AgentProcess, call: str, fault: str = "", when: str = "") -> Traced:
    """One `sync` whose `when`-th such call on these files meets the fault."""
    ledger = agent.home / "ledger.sqlite3"
    notes = agent.base / "strace"
    command = ["strace", "-f", "-qq", "-o", str(notes), "-e", f"trace={call}"]
    for end in ("", "-wal", "-shm"):
        command += ["-P", f"{ledger}{end}"]
    command += ["-P", str(agent.home / "evidence" / "evidence.jsonl")]
    if fault:
        command += ["-e", f"inject={call}:{fault}:when={when}"]
    done = subprocess.run(
        [*command, *agent.command("sync")],
        env=agent.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    lines = [line for line in notes.read_text().splitlines() if f"{call}(" in line]
    hits = sum("(INJECTED)" in line for line in lines)
    killed = done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
    threads = Counter(line.split()[0] for line in lines)
    most = max(threads.values(), default=0)
    return Traced(done.returncode, max(hits, int(killed)), most, done.stdout + done.stderr)


def scene(agent: AgentProcess, rng: random.Random) -> None:
    """Two clients, one file of several chunks."""
    agent.write("Ash Bakery/w2.csv", rng.randbytes(700))
    agent.write("Ash Bakery/2025/k1.csv", rng.randbytes(40_000))
    agent.write("Birch & Sons/scan.csv", rng.randbytes(700_000))


def drain(agent: AgentProcess, sandbox: Sandbox, where: str) -> None:
    """What every run must end with, once nothing fails any more."""
    finished = agent.call("sync")
    assert finished.returncode == 0, f"{where}: {finished.stdout}{finished.stderr}"
    assert filed(sandbox.received()) == expected(agent.root), where


@pytest.mark.deep
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("call", CALLS)
def test_E02_every_system_call_on_the_ledger_may_fail(tmp_path: Path, call: str) -> None:
    print(f"SEED={SEED}")
    rng = random.Random(f"{SEED} {call}")
    with Sandbox(tmp_path / "counted", SWITCHES, seed=SEED) as sandbox:
        agent = AgentProcess.against(sandbox, tmp_path / "count", quiet_window=0.3)
        scene(agent, rng)
        total = traced(agent, call)
        assert total.code == 0, total.said
        assert total.calls > 3, "nothing was traced"
    for fault, on in FAULTS:
        points = rng.sample(range(1, total.calls + 1), min(POINTS, total.calls))
        hits = 0
        for point in sorted(points):
            base = tmp_path / f"{fault}{on} {point}"
            with Sandbox(base / "filed", SWITCHES, seed=SEED) as sandbox:
                agent = AgentProcess.against(sandbox, base, quiet_window=0.3)
                scene(agent, rng)
                hits += traced(agent, call, fault, f"{point}{on}").hits
                drain(agent, sandbox, f"SEED={SEED} {call} {fault} when={point}{on}")
            shutil.rmtree(base)
        assert hits, f"SEED={SEED} {call} {fault}: never set off at {points}"
