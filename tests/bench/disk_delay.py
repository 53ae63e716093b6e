"""From the close of a file to its row, and to its document, at a steady thousand files a second.

The writer notes the wall clock right after each close; the ledger's history has the wall clock at
which the transaction that wrote the row began. Both are of this machine.
"""

from __future__ import annotations

import subprocess
from array import array
from collections.abc import Iterator
from pathlib import Path

from tests.bench.disk_burst import WRITE_SECONDS, make_folders, until_still
from tests.bench.disk_meter import agent_at, asked, percentile, rested, started
from tests.bench.disk_writer import Habit, command
from tests.bench.row import Row, Scale

RATE = 1_000.0
QUIET = 2.0
MOST_NOTICED, MOST_QUEUED = 0.1, 0.15
READY = "SELECT count(*) FROM documents"
TIMES = """
SELECT cast(f.name AS TEXT),
  (SELECT min(at) FROM history WHERE subject_id = f.id AND subject = 'file'),
  (SELECT min(at) FROM history WHERE subject_id = f.document_id AND subject = 'document')
FROM files AS f
"""


def delay_rows(scale: Scale, place: Path, base: Path) -> Iterator[Row]:
    """The two rows."""
    count, folders, root = scale.of(10_000), scale.of(2_000), place / "delay"
    make_folders(root, Habit.existing, folders)
    log = base / "closed"
    with agent_at(base / "agent", root, quiet=QUIET) as agent:
        started(agent)
        rested(agent)
        line = command(root, Habit.existing, count, folders, RATE, log)
        subprocess.run(line, check=True, timeout=WRITE_SECONDS)
        found, _ = until_still(agent, READY, count)
        rows = asked(agent.ledger, TIMES)
        agent.end()
    closed = array("d", log.read_bytes())
    rate = (count - 1) / (closed[-1] - closed[0])
    noticed, queued = _delays(rows, closed)
    lost = count - found
    how = f"{count:,} files at {rate:,.0f}/s in {folders:,} folders, {lost} lost"
    yield _row("close of a file to noticed, p99", "", MOST_NOTICED, noticed, lost, how)
    said = f"{how}; beyond the settle time, which is {QUIET:g} s here"
    yield _row("close of a file to queued, p99", "settle + ", MOST_QUEUED, queued, lost, said)


def _delays(
    rows: list[tuple[object, ...]], closed: array[float]
) -> tuple[list[float], list[float]]:
    """Seconds from each close to noticed, and beyond the quiet time to queued."""
    noticed, queued = [], []
    for name, seen, ready in rows:
        if isinstance(seen, float) and isinstance(ready, float):
            at = closed[int(str(name).removeprefix("doc ").removesuffix(".csv"))]
            noticed.append(seen - at)
            queued.append(ready - at - QUIET)
    return noticed, queued


def _row(what: str, than: str, most: float, seconds: list[float], lost: int, how: str) -> Row:
    worst = percentile(seconds, 99) if seconds else float("inf")
    return Row(
        f"{what}, at 1,000 files/s",
        f"<= {than}{most * 1000:.0f} ms",
        f"{worst / most:.2f} of the bound",
        worst <= most and not lost,
        f"p99 {worst * 1000:.0f} ms, median {percentile(seconds or [worst], 50) * 1000:.0f} ms",
        f"{how}; the ledger's own times, taken before the commit",
    )
