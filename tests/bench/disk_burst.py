"""Many files made at full speed: is any of them lost? watchdog with a filter looks on.

The agent's quiet time is long here, so that looking is what is measured; Filed is not there. Filing
is another scene. Sweeps and scans are switched far off: what is found was told by events, or by the
scan that follows when the system says that events were lost.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.bench.disk_meter import SELDOM, agent_at, cpu_of, number, rested, started
from tests.bench.disk_writer import Habit, command, folder_of
from tests.bench.row import Row, Scale
from tests.kit.process import AgentProcess, expected, filed

FREEZE = 6.0  # seconds of SIGSTOP, from shortly after the first file
FREEZE_AFTER = 0.2
STILL = 20.0  # seconds without any new file after which the rest counts as lost
WRITE_SECONDS = 120.0
FILE_SECONDS = 150.0
LONG = 600.0
SEEN = "SELECT count(*) FROM files WHERE state IN ('settling', 'known', 'held')"
FILED = "SELECT count(*) FROM documents WHERE stage = 'filed'"


@dataclass(frozen=True)
class Case:
    """One burst."""

    habit: Habit
    frozen: bool

    @property
    def name(self) -> str:
        """For folders and for the table."""
        return f"{self.habit.value}{', frozen' if self.frozen else ''}"


@dataclass(frozen=True)
class Outcome:
    """What came of one: files lost, until when the last was seen, CPU; watchdog's losses."""

    lost: int
    seconds: float
    cpu: float
    peer: int | None


# watchdog as one would use it for this: only what matters, one set of paths
_PEER = """
import sys, time
from watchdog.events import (DirCreatedEvent, FileClosedEvent, FileCreatedEvent, FileMovedEvent,
                             FileSystemEventHandler)
from watchdog.observers import Observer
seen = set()
class Seen(FileSystemEventHandler):
    def on_any_event(self, event):
        if not event.is_directory:
            path = event.dest_path or event.src_path
            if path.endswith(".csv"):
                seen.add(path)
observer = Observer()
kinds = [DirCreatedEvent, FileCreatedEvent, FileClosedEvent, FileMovedEvent]
observer.schedule(Seen(), sys.argv[1], recursive=True, event_filter=kinds)
observer.start()
print("watching", flush=True)
sys.stdin.read()
told = -1
while told != len(seen):
    told = len(seen)
    time.sleep(2)
print(len(seen), flush=True)
"""


class Peer(AbstractContextManager["Peer"]):
    """watchdog's observer in a process of its own."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PEER, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def seen(self) -> int:
        """Different files that it told of, once nothing more comes."""
        told, _ = self._process.communicate(timeout=WRITE_SECONDS)
        return int(told)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()


def make_folders(root: Path, habit: Habit, folders: int) -> None:
    """What is there before the first file."""
    root.mkdir(parents=True)
    (root / "Client before").mkdir()
    for place in range(0 if habit is Habit.new else folders):
        (root / folder_of(place)).mkdir()


def burst(case: Case, place: Path, base: Path, count: int, folders: int) -> Outcome:
    """Write at full speed beside a running agent."""
    root = place / f"burst {case.name}"
    make_folders(root, case.habit, folders)
    with agent_at(base / f"burst-{case.name}", root, quiet=LONG) as agent:
        started(agent)
        rested(agent)
        assert agent.process is not None
        pid = agent.process.pid
        before, began = cpu_of(pid), time.monotonic()
        with nullcontext() if case.frozen else Peer(root) as peer:
            written(agent, case, root, count, folders)
            seen, at = until_still(agent, SEEN, count)
            cpu = cpu_of(pid) - before
            told = None if peer is None else count - peer.seen()
        agent.end()
    return Outcome(count - seen, at - began, cpu, told)


def written(agent: AgentProcess, case: Case, root: Path, count: int, folders: int) -> None:
    """Let somebody write, and stop the agent's process for a while if the case says so."""
    assert agent.process is not None
    line = command(root, case.habit, count, folders, 0, agent.base / "closed")
    with subprocess.Popen(line, stdin=subprocess.DEVNULL) as writer:
        try:
            if case.frozen:
                time.sleep(FREEZE_AFTER)
                agent.process.send_signal(signal.SIGSTOP)
                time.sleep(FREEZE)
                agent.process.send_signal(signal.SIGCONT)
            if writer.wait(WRITE_SECONDS):
                raise RuntimeError("the writer failed")
        finally:
            writer.kill()


def until_still(agent: AgentProcess, question: str, count: int) -> tuple[int, float]:
    """Wait for so many rows, or until no more come: how many, and when the last one did."""
    best, moved = 0, time.monotonic()
    while best < count and time.monotonic() < moved + STILL:
        now = int(number(agent.ledger, question))
        if now > best:
            best, moved = now, time.monotonic()
        time.sleep(0.1)
    return best, moved


def burst_rows(scale: Scale, place: Path, base: Path) -> Iterator[Row]:
    """The rows: nothing lost, and everything filed."""
    count, folders = scale.of(100_000), scale.of(2_000)
    habits = (Habit.rename,) if scale.quick else tuple(Habit)
    lanes = [[Case(habit, frozen) for habit in habits] for frozen in (False, True)]
    outcomes: dict[Case, Outcome] = {}

    def run(lane: Sequence[Case]) -> None:
        for case in lane:
            outcomes[case] = burst(case, place, base, count, folders)

    with ThreadPoolExecutor(len(lanes)) as pool:  # two at a time: two cores
        for future in [pool.submit(run, lane) for lane in lanes]:
            future.result()
    yield _lost_row(count, folders, outcomes)
    yield _filed_row(scale, place, base)


def _lost_row(count: int, folders: int, outcomes: dict[Case, Outcome]) -> Row:
    lost = sum(outcome.lost for outcome in outcomes.values())
    told = [
        f"{case.name}: {outcome.lost:,} lost in {outcome.seconds:.0f} s, {outcome.cpu:.1f} CPU s"
        for case, outcome in sorted(outcomes.items(), key=lambda pair: pair[0].name)
    ]
    peers = [
        f"{case.habit.value} {outcome.peer / count:.0%}"
        for case, outcome in outcomes.items()
        if outcome.peer is not None
    ]
    return Row(
        f"{count:,} files created at full speed in {folders:,} folders",
        "0 lost, with and without a 6 s freeze",
        f"{lost:,} of {count * len(outcomes):,} lost; watchdog with a filter: {', '.join(peers)}",
        lost == 0,
        "; ".join(told),
        f"{len(outcomes)} bursts, two at a time; a file counts when the ledger has it (the filing "
        "of all is the next row); watchdog looks on where nothing is frozen",
    )


def _filed_row(scale: Scale, place: Path, base: Path) -> Row:
    """The same to the end, with fewer files: until each is filed at the sandbox."""
    case, count, folders = Case(Habit.rename, True), scale.of(10_000), scale.of(200)
    root = place / "burst filed"
    make_folders(root, case.habit, folders)
    switches = Switches(creation_with_upload=True, task_seconds=1.0, task_polls=1)
    home = base / "filed"
    home.mkdir(parents=True)
    (home / "clients").symlink_to(root)
    with (
        Sandbox(home / "sandbox", switches) as sandbox,
        AgentProcess.against(sandbox, home, quiet=0.5, **SELDOM) as agent,
    ):
        started(agent)
        began = time.monotonic()
        written(agent, case, root, count, folders)
        known, at = until_still(agent, FILED, count)
        agent.end()
        same = filed(sandbox.received()) == expected(root)
    return Row(
        f"{count:,} files created at full speed, renamed into place, 6 s freeze, to the end",
        "all filed",
        f"{known / count:.0%} filed",
        same and known == count,
        f"{known:,} filed in {at - began:.0f} s, each once" if same else "not each once",
        "against the sandbox, which has the other core",
    )
