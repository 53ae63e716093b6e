"""T10, the soak: many files for many clients in waves, in light rain, while the agent is watched.

What is watched is the real `run` process: its memory, open files and threads. The figures are
written to build/soak.json; a short table is printed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

import pytest

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.depth import depth
from tests.kit.process import AgentProcess, Vitals, expected
from tests.kit.reckoning import drained, violations
from tests.kit.weather import storm

FILES = depth("FILES", 2000, 100_000)
CLIENTS = min(1000, max(10, FILES // 30))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
SIZES = (*(1_000, 3_000, 8_000, 20_000, 60_000) * 20, 300_000)  # 21 kB in the mean
WAVES = 8 if FILES < 10_000 else 20
BEAT = 1.0
# two faults in a row at a createClient leave a doubt that a person ends (four in ten runs of 1,000
# clients meet that at 2 %): so long after the last document somebody does what the list says
PERSON_SECONDS, MOST_ASKED = 30.0, 5
IDLE_SECONDS = max(6.0, min(60.0, FILES / 500))
STILL = 60 + FILES / 50  # seconds without any document filed after which the soak has failed
FIGURES = Path(__file__).resolve().parents[2] / "build" / "soak.json"

MOST_FILES = 60  # open at once (E8): counted in test_processes
MOST_THREADS_MORE = 4  # a look at the disk may have a thread of its own; workers do not come and go
MOST_GROWTH = 8 << 20  # bytes of memory between the second and the last quarter of the work ...
# ... or so many for each document filed meanwhile, whichever is more. Neither objects of Python nor
# SQLite's memory grow; what does is what the allocators cannot give back (measured: 213 bytes)
MOST_GROWTH_EACH = 300
MOST_IDLE_GROWTH = 2 << 20  # bytes while nothing is left to do but scans


@dataclass(frozen=True)
class Sample:
    """One moment of the run."""

    at: float
    filed: int
    vitals: Vitals


def filed_so_far(ledger: Path) -> int:
    """How many documents are filed, as the ledger of the running agent has it."""
    if not ledger.exists():
        return 0
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("select count(*) from documents where stage = 'filed'")
            return int(row.fetchone()[0])
        except sqlite3.OperationalError:  # its tables are just being made
            return 0


def waves(root: Path, rng: random.Random) -> Iterator[int]:
    """Write one wave of files after the other; gives how many there are so far."""
    for client in range(CLIENTS):
        (root / f"Client {client:04}").mkdir()
    written = 0
    for wave in range(1, WAVES + 1):
        for number in range(written, FILES * wave // WAVES):
            target = root / f"Client {rng.randrange(CLIENTS):04}" / f"doc {number}.csv"
            target.write_bytes(rng.randbytes(rng.choice(SIZES)))
        written = FILES * wave // WAVES
        yield written


def worked(agent: AgentProcess, rng: random.Random) -> list[Sample]:
    """Let it work until every file of every wave is filed; what was seen meanwhile."""
    samples: list[Sample] = []
    began = moved = time.monotonic()
    coming, written, asked = waves(agent.root, rng), 0, 0
    while not samples or samples[-1].filed < FILES:
        if written < FILES and (not samples or samples[-1].filed > written - FILES // WAVES):
            written = next(coming)
        time.sleep(BEAT)
        now = time.monotonic()
        sample = Sample(now - began, filed_so_far(agent.ledger), agent.vitals())
        if not samples or sample.filed > samples[-1].filed:
            moved = now
        samples.append(sample)
        if now - moved > PERSON_SECONDS * (asked + 1):
            asked += 1
            print(f"a person is asked: {agent.call('retry', '--all').stdout.strip()}")
        assert asked <= MOST_ASKED, f"SEED={SEED}: a person is asked again and again"
        assert now - moved < STILL, f"SEED={SEED}: nothing filed for {STILL:.0f} s: {sample}"
    return samples


def idled(agent: AgentProcess) -> list[Vitals]:
    """Nothing left to do but scans."""
    seen = []
    end = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < end:
        time.sleep(BEAT)
        seen.append(agent.vitals())
    return seen


def figures(
    samples: list[Sample], idle: list[Vitals], ledger_bytes: int, rescan: float
) -> dict[str, float]:
    """What the soak came to."""
    quarters = [
        [one for one in samples if FILES * q // 4 <= one.filed <= FILES * (q + 1) // 4]
        for q in range(4)
    ]
    second, last = quarters[1] or quarters[0], quarters[3]
    early, late = mean(one.vitals.rss for one in second), mean(one.vitals.rss for one in last)
    documents = mean(one.filed for one in last) - mean(one.filed for one in second)
    seconds = mean(one.at for one in last) - mean(one.at for one in second)
    settled = samples[len(samples) // 4 :]
    third = max(1, len(idle) // 3)
    return {
        "files": FILES,
        "clients": CLIENTS,
        "seconds": round(samples[-1].at, 1),
        "files_per_second": round(FILES / samples[-1].at, 1),
        "rss_second_quarter": round(early),
        "rss_last_quarter": round(late),
        "rss_peak": max(one.vitals.peak for one in samples),
        "rss_growth_per_document": round((late - early) / max(1.0, documents), 1),
        "rss_growth_mb_per_hour": round((late - early) / 1e6 / max(1e-9, seconds) * 3600, 1),
        "growth_documents": round(documents),
        "rss_idle_growth": round(
            mean(one.rss for one in idle[-third:]) - mean(one.rss for one in idle[:third])
        ),
        "open_files_most": max(one.vitals.files for one in samples),
        "threads_least": min(one.vitals.threads for one in settled),
        "threads_most": max(one.vitals.threads for one in settled),
        "ledger_bytes_per_document": round(ledger_bytes / FILES),
        "rescan_seconds": round(rescan, 2),
        "seed": SEED,
    }


def kept(told: dict[str, float], samples: list[Sample]) -> None:
    """Write the figures down and print them."""
    FIGURES.parent.mkdir(exist_ok=True)
    step = max(1, len(samples) // 200)
    course = [asdict(sample) for sample in samples[::step]]
    FIGURES.write_text(json.dumps({**told, "course": course}, indent=1))
    for name, value in told.items():
        print(f"{name:28} {value:>16,}")


@pytest.mark.slow
@pytest.mark.deep
@pytest.mark.timeout(300 + FILES // 20)
def test_a_soak_files_everything_once_and_does_not_grow(tmp_path: Path) -> None:
    print(f"SEED={SEED}")
    switches = Switches(creation_with_upload=True, task_seconds=1.0, task_polls=1)
    with (
        Sandbox(tmp_path / "filed", switches, seed=SEED) as sandbox,
        AgentProcess.against(sandbox, tmp_path, quiet=0.5, deep=max(5.0, FILES / 1000)) as agent,
    ):
        storm(sandbox, 0.02)
        agent.start("run")
        samples = worked(agent, random.Random(SEED))
        idle = idled(agent)
        assert agent.end()[0] == 0
        sandbox.clear_faults()
        ledger_bytes = agent.ledger.stat().st_size
        began = time.monotonic()
        assert drained(agent) == 0
        told = figures(samples, idle, ledger_bytes, time.monotonic() - began)
        kept(told, samples)
        received, wanted = sandbox.received(), expected(agent.root)
        assert not violations(received, wanted, wanted.keys()), f"SEED={SEED}"
        assert len(received.documents) == FILES
    shutil.rmtree(tmp_path)  # gigabytes
    assert told["open_files_most"] <= MOST_FILES
    assert told["threads_most"] <= told["threads_least"] + MOST_THREADS_MORE
    growth = told["rss_last_quarter"] - told["rss_second_quarter"]
    assert growth <= max(MOST_GROWTH, MOST_GROWTH_EACH * told["growth_documents"]), told
    assert told["rss_idle_growth"] <= MOST_IDLE_GROWTH, told
