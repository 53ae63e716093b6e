"""What processes cost, as the system tells it, and what the ledger of a running agent says.

CPU is user and system time of all threads. Memory is resident memory (RSS): all of the process,
what it shares with others included.
"""

from __future__ import annotations

import os
import select
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.kit.process import AgentProcess, Vitals

MB = 1_000_000
TICK = os.sysconf("SC_CLK_TCK")
NOWHERE = "http://127.0.0.1:9"  # nobody answers there
START_SECONDS = 240.0
STEP = 0.5  # seconds between two looks at a process
SELDOM = {"sweep": 80_000.0, "deep": 600_000.0}  # neither falls into a scene


@dataclass(frozen=True)
class Spent:
    """One finished process: seconds of wall and CPU."""

    seconds: float
    cpu: float


@dataclass(frozen=True)
class Reached:
    """A running agent whose first scan ended just now: seconds and CPU seconds since its start.

    `opening` is the CPU until its workers began: imports, checks of the ledger.
    """

    seconds: float
    cpu: float
    opening: float
    vitals: Vitals


def spent(command: Sequence[str | Path], env: dict[str, str] | None = None) -> Spent:
    """Run it to its end, unheard. Raises TimeoutError, with the process ended."""
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    late = not _ended(process.pid, START_SECONDS)
    if late:
        process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if late:
        raise TimeoutError(f"not within {START_SECONDS:g} s: {command[0]}")
    return Spent(time.monotonic() - began, usage.ru_utime + usage.ru_stime)


def _ended(pid: int, seconds: float) -> bool:
    """Wait for the end of a child without taking its accounting away."""
    handle = os.pidfd_open(pid)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def cpu_of(pid: int) -> float:
    """CPU seconds of a running process, with all its threads. Raises OSError when it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def living_cpu(pid: int) -> float:
    """CPU seconds of the threads that live, to the microsecond: ticks are too coarse for idling."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9


def course(pid: int, seconds: float, step: float = STEP) -> list[float]:
    """CPU seconds in each step of the time to come, of threads that live through it."""
    found, before = [], living_cpu(pid)
    at = time.monotonic()
    for _ in range(max(1, round(seconds / step))):
        at += step
        time.sleep(max(0.0, at - time.monotonic()))
        now = living_cpu(pid)
        found.append(now - before)
        before = now
    return found


def above(steps: Sequence[float]) -> float:
    """What the steps came to beyond the usual one: work that falls into fewer than half of them."""
    return sum(steps) - len(steps) * median(steps)


def agent_at(base: Path, root: Path, **options: float) -> AgentProcess:
    """An agent whose watched folder is `root`, and whose Filed is never there."""
    base.mkdir(parents=True, exist_ok=True)
    link = base / "clients"
    if not link.exists():
        link.symlink_to(root)
    agent = AgentProcess(base, f"{NOWHERE}/graphql", f"{NOWHERE}/uploads", "not-a-key")
    for name, value in (SELDOM | options).items():
        setattr(agent, name, value)
    return agent


def asked(ledger: Path, question: str, *values: object) -> list[tuple[object, ...]]:
    """The answer of a ledger that its agent may be writing; nothing of it is held afterwards."""
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=5)) as connection:
            return connection.execute(question, values).fetchall()
    except sqlite3.OperationalError:  # not there yet, or its tables are just being made
        return []


def number(ledger: Path, question: str, *values: object) -> float:
    """One number; 0 where there is none yet."""
    rows = asked(ledger, question, *values)
    found = rows[0][0] if rows else None
    return float(found) if isinstance(found, int | float) else 0.0


def scanned_at(ledger: Path) -> float:
    """When the last complete scan ended, on the wall clock; 0 for never."""
    return number(ledger, "SELECT max(scanned_at) FROM roots")


def wait(what: Callable[[], bool], why: str, seconds: float, pause: float = 0.02) -> None:
    """Wait until it holds. Raises TimeoutError, saying `why`."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} s: {why}")
        time.sleep(pause)


def started(agent: AgentProcess) -> Reached:
    """Start `run` and wait for the end of its first complete scan; what it took until then."""
    said = agent.words.stat().st_size if agent.words.exists() else 0
    began, since = time.monotonic(), time.time()
    process = agent.start("run")

    def wait_until(what: Callable[[], bool], why: str) -> float:
        wait(lambda: process.poll() is not None or what(), why, START_SECONDS)
        if process.poll() is not None:
            raise RuntimeError(f"it has ended: {agent.words.read_text()[-2000:]}")
        return cpu_of(process.pid)

    # its first words come when the ledger is open and the workers start
    opening = wait_until(lambda: agent.words.stat().st_size > said, "the agent's first words")
    cpu = wait_until(lambda: scanned_at(agent.ledger) > since, "the first scan")
    return Reached(time.monotonic() - began, cpu, opening, agent.vitals())


def rested(agent: AgentProcess, seconds: float = 10.0) -> None:
    """Wait until a started agent has nothing to do: a quiet second. Goes on after `seconds`."""
    assert agent.process is not None
    pid, quiet = agent.process.pid, 0
    for _ in range(round(seconds / STEP)):
        quiet = quiet + 1 if sum(course(pid, STEP)) <= 0.1 * STEP else 0
        if quiet == 2:
            return


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that is not below so many percent of them. Values must not be empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def mb(size: float) -> str:
    """Bytes, for a table."""
    return f"{size / MB:.1f} MB"
