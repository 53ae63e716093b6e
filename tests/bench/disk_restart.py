"""A million files that are all filed: the restart, the quick sweep, the memory, `status`.

One tree and one ledger serve the whole scene. `find` runs before every restart, so that both see
the machine in the same state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.bench.disk_ground import Tree, plant
from tests.bench.disk_ledger import fill
from tests.bench.disk_meter import (
    MB,
    Reached,
    Spent,
    above,
    agent_at,
    course,
    mb,
    rested,
    spent,
    started,
)
from tests.bench.row import Row, Scale
from tests.kit.process import AgentProcess

LEAST_RUNS = 3
RUNS_SECONDS = 70.0  # no further run begins after that
SWEEP_EVERY = 4.0
SWEEPS = 5
ASKED = 10  # calls of `status`
MOST_RESTART, MOST_GROWTH = 1.5, 60 * MB
MOST_SWEEP = 0.1
MOST_MEMORY = 100 * MB
MOST_STATUS = 0.3


def find(root: Path) -> list[str | Path]:
    """What the scans are measured by."""
    return ["find", root, "-printf", "%s %T@ %i\n"]


def million_rows(
    scale: Scale, place: Path, base: Path, idle: float, quiet: Callable[[], None]
) -> Iterator[Row]:
    """The rows; `idle` is the memory of an agent with nothing to watch, in bytes.

    `quiet` waits for what others do meanwhile, before anything is measured.
    """
    tree, root = Tree(scale.of(2_500)), place / "filed"
    began = time.monotonic()
    plant(root, tree)
    planted = time.monotonic() - began
    filled = fill(base / "home", root)
    ready = f"tree made in {planted:.0f} s, ledger in {filled:.0f} s, untimed"
    quiet()
    finds, starts = _restarts(scale, root, base)
    yield _restart_row(tree, finds, starts, idle, ready)
    every = SWEEP_EVERY / 4 if scale.quick else SWEEP_EVERY
    with agent_at(base, root, sweep=every) as agent:
        last = started(agent)
        rested(agent)
        assert agent.process is not None
        steps = course(agent.process.pid, SWEEPS * every, every / 8)
        yield _sweep_row(tree, finds, max(0.0, above(steps)) / SWEEPS)
        yield _memory_row(tree, last.vitals.peak, agent.vitals().rss)
        yield status_row(f"with {tree.count:,} documents", MOST_STATUS, statuses(agent))
        agent.end()


def _restarts(scale: Scale, root: Path, base: Path) -> tuple[list[float], list[Reached]]:
    """CPU of `find` and the agent's first scan, in turns; the first of each does not count."""
    finds: list[float] = []
    starts: list[Reached] = []
    end = time.monotonic() + scale.of(round(RUNS_SECONDS))
    while len(starts) <= scale.runs and (len(starts) <= LEAST_RUNS or time.monotonic() < end):
        finds.append(spent(find(root)).cpu)
        with agent_at(base, root) as agent:
            starts.append(started(agent))
            agent.end()  # well, or the next start would have to check the ledger
    return finds[1:], starts[1:]


def _restart_row(
    tree: Tree, finds: Sequence[float], starts: Sequence[Reached], idle: float, ready: str
) -> Row:
    ratio = median(one.cpu / each for one, each in zip(starts, finds, strict=True))
    growth = max(one.vitals.peak for one in starts) - idle
    cpu, opening = median(one.cpu for one in starts), median(one.opening for one in starts)
    return Row(
        f"restart with {tree.count:,} unchanged files in {tree.folders:,} folders",
        f"CPU <= {MOST_RESTART} x find -printf, memory <= {MOST_GROWTH // MB} MB above idle",
        f"{ratio:.2f} x find; {mb(growth)} above idle",
        ratio <= MOST_RESTART and growth <= MOST_GROWTH,
        f"`run` until its first scan is done {cpu:.2f} CPU s "
        f"(wall {median(one.seconds for one in starts):.1f} s), find {median(finds):.2f} CPU s",
        f"median of {len(starts)}; {opening:.2f} CPU s of it are the start (imports, checking the "
        f"ledger and its evidence), so the scan alone is "
        f"{(cpu - opening) / median(finds):.2f} x find; peak RSS; {ready}",
    )


def _sweep_row(tree: Tree, finds: Sequence[float], each: float) -> Row:
    ratio = each / median(finds)
    return Row(
        f"quick sweep of {tree.folders:,} folders with {tree.count:,} files",
        f"<= {MOST_SWEEP} x find",
        f"{ratio:.3f} x find",
        ratio <= MOST_SWEEP,
        f"{each:.3f} CPU s, find {median(finds):.2f} CPU s",
        f"mean of {SWEEPS} sweeps of a running agent, in quick succession",
    )


def _memory_row(tree: Tree, peak: float, rss: float) -> Row:
    return Row(
        f"memory with {tree.count:,} documents in the ledger",
        f"<= {MOST_MEMORY // MB} MB in all",
        f"{peak / MOST_MEMORY:.2f} of the bound",
        peak <= MOST_MEMORY,
        f"RSS {mb(rss)}, at most {mb(peak)} since the start",
        f"{tree.folders:,} folders watched; after a scan and sweeps, judged by the peak",
    )


def statuses(agent: AgentProcess) -> list[Spent]:
    """Whole `status` processes, while the agent runs."""
    command, env = agent.command("status"), agent.env
    return [spent(command, env) for _ in range(ASKED)]


def status_row(where: str, most: float, calls: Sequence[Spent]) -> Row:
    """How long `status` takes."""
    seconds = [one.seconds for one in calls]
    middle = median(seconds)
    return Row(
        f"`filed-agent status` while running, {where}",
        f"<= {most * 1000:.0f} ms",
        f"{middle / most:.2f} of the bound",
        middle <= most,
        f"{middle * 1000:.0f} ms (slowest {max(seconds) * 1000:.0f} ms), "
        f"{median(one.cpu for one in calls) * 1000:.0f} ms of CPU",
        f"median of {len(seconds)} whole processes, wall time",
    )
