"""Nothing happens: what an agent costs that watches many folders, or none; watchdog beside it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.disk_ground import Tree, plant
from tests.bench.disk_ledger import fill
from tests.bench.disk_meter import (
    MB,
    Spent,
    agent_at,
    course,
    mb,
    rested,
    started,
)
from tests.bench.disk_restart import status_row, statuses
from tests.bench.row import Row, Scale
from tests.kit.process import AgentProcess, Vitals

CALM = 32.0  # seconds without any sweep: longer than the longest rest of a worker
SWEEP_EVERY = 4.0
SWEEPS = 5
USUAL_SWEEP, USUAL_DEEP = 300.0, 21_600.0  # the defaults of [scan]
PEER_SECONDS = 6.0
MOST_IDLE = 0.002  # of a core
MOST_ALONE, MOST_WATCHED = 70 * MB, 35 * MB
PER_FOLDERS = 100_000
MOST_STATUS = 0.15


@dataclass(frozen=True)
class Rest:
    """An agent at rest: CPU seconds a second between sweeps, of one sweep and of its start."""

    between: float
    sweep: float
    scan: float
    vitals: Vitals
    status: Sequence[Spent] = ()

    @property
    def share(self) -> float:
        """Of a core, on the default schedule."""
        return self.between + self.sweep / USUAL_SWEEP + self.scan / USUAL_DEEP


def alone(place: Path, base: Path) -> Rest:
    """An agent with one empty client folder, and how quick `status` is."""
    (place / "alone" / "Client 00000").mkdir(parents=True)
    with agent_at(base, place / "alone") as agent:
        first = started(agent)
        rested(agent)
        rest = Rest(0.0, 0.0, first.cpu, agent.vitals(), statuses(agent))
        agent.end()
    return rest


def watching(scale: Scale, root: Path, base: Path) -> Rest:
    """An agent above many empty folders, while nothing happens."""
    calm, every = (CALM / 4, SWEEP_EVERY / 4) if scale.quick else (CALM, SWEEP_EVERY)
    with agent_at(base, root) as agent:
        started(agent)
        between = _rate(agent, calm)
        agent.end()
    with agent_at(base, root, sweep=every) as agent:
        began = started(agent)
        sweep = max(0.0, _rate(agent, SWEEPS * every) - between) * every
        rest = Rest(between, sweep, began.cpu - began.opening, agent.vitals())
        agent.end()
    return rest


def _rate(agent: AgentProcess, seconds: float) -> float:
    """CPU seconds a second, once the agent has come to rest."""
    rested(agent)
    assert agent.process is not None
    return sum(course(agent.process.pid, seconds)) / seconds


def idle_rows(scale: Scale, place: Path, base: Path, still: Rest) -> Iterator[Row]:
    """The rows; `still` is the agent that watches nothing."""
    tree, root = Tree(scale.of(5_000), files=0), place / "idle"
    plant(root, tree)
    fill(base / "home", root)  # a first scan would take minutes
    rest = watching(scale, root, base)
    peer = watchdog_share(root, PEER_SECONDS / 4 if scale.quick else PEER_SECONDS)
    yield _idle_row(tree, rest, still, peer)
    yield _alone_row(still)
    yield _watched_row(tree, rest, still)
    yield status_row("a small ledger", MOST_STATUS, still.status)


def _idle_row(tree: Tree, rest: Rest, still: Rest, peer: str) -> Row:
    threads = (still.vitals.threads, rest.vitals.threads)
    return Row(
        f"idle, {tree.folders:,} folders, sweeps included",
        f"<= {MOST_IDLE:.1%} of a core; threads constant in the number of clients",
        f"{rest.share / MOST_IDLE:.2f} of the bound",
        rest.share <= MOST_IDLE and threads[0] == threads[1],
        f"{rest.share:.3%} of a core; {threads[1]} threads with {tree.clients:,} clients, "
        f"{threads[0]} with one; {peer}",
        f"{rest.between:.3%} between sweeps, {rest.sweep:.3f} CPU s for a sweep, {rest.scan:.2f} "
        f"for a scan: means of some seconds without any sweep and of {SWEEPS} sweeps, put together "
        "as on the default "
        f"schedule (sweep every {USUAL_SWEEP:g} s, scan every {USUAL_DEEP:g} s)",
    )


def _alone_row(still: Rest) -> Row:
    rss = still.vitals.rss
    return Row(
        "memory of an idle daemon",
        f"<= {MOST_ALONE // MB} MB",
        f"{rss / MOST_ALONE:.2f} of the bound",
        rss <= MOST_ALONE,
        f"RSS {mb(rss)}",
        "one empty client folder",
    )


def _watched_row(tree: Tree, rest: Rest, still: Rest) -> Row:
    each = (rest.vitals.rss - still.vitals.rss) / tree.folders
    grown = each * PER_FOLDERS
    return Row(
        "memory per 100,000 watched folders",
        f"<= {MOST_WATCHED // MB} MB",
        f"{grown / MOST_WATCHED:.2f} of the bound",
        grown <= MOST_WATCHED,
        f"RSS {mb(grown)}",
        f"measured with {tree.folders:,} folders against one, and scaled; the kernel's own memory "
        "for each watch comes on top",
    )


# watchdog with its default mask, as its manual shows it
_PEER = """
import sys, time
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer
observer = Observer()
observer.schedule(FileSystemEventHandler(), sys.argv[1], recursive=True)
observer.start()
print("watching", flush=True)
time.sleep(120)
"""


def watchdog_share(root: Path, seconds: float) -> str:
    """What watchdog's own observer burns above the same folders, for the table."""
    command = [sys.executable, "-c", _PEER, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(2.0)
            share = sum(course(process.pid, seconds)) / seconds
            return f"watchdog's default mask {share:.0%} of a core"
        except OSError:
            return "watchdog's default mask: it ended"
        finally:
            process.kill()
