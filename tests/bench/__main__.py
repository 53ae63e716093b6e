"""python -m tests.bench [--quick]: many small files and one large one, with curl beside it."""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
from pathlib import Path

from tests.bench.scenes import Figures, curl_one_patch, large_file, small_files

MIB = 1 << 20


def main() -> None:
    """Run the scenes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    share = 10 if options.quick else 1
    seed = random.randrange(1_000_000)
    print(f"seed {seed}, {os.cpu_count()} cores, medians of {options.runs} runs")
    with tempfile.TemporaryDirectory(prefix="filed-bench-") as folder:
        base = Path(folder)
        many = small_files(base / "many", count=10_000 // share, clients=500 // share, seed=seed)
        for figures in many:
            show(figures)
        size = 1024 * MIB // share
        pairs = [
            (
                large_file(base / f"one-{run}", size, seed),
                curl_one_patch(base / f"curl-{run}", size),
            )
            for run in range(options.runs)
        ]
        show(*(agent for agent, _ in pairs))
        show(*(curl for _, curl in pairs))
        ratio = statistics.median(curl.seconds / agent.seconds for agent, curl in pairs)
        print(f"speed of the agent's whole `sync` against curl's one PATCH: {ratio:.2f}")


def show(*runs: Figures) -> None:
    """One line: the medians of the same scene."""
    seconds = statistics.median(run.seconds for run in runs)
    cpu = statistics.median(run.cpu for run in runs)
    memory = max(run.peak_bytes for run in runs) / MIB
    print(
        f"{runs[0].scene:44} {seconds:8.2f} s  {runs[0].amount / seconds:10.1f} {runs[0].unit}/s"
        f"  cpu {cpu:7.2f} s  peak memory {memory:6.1f} MiB  {runs[0].remark}"
    )


if __name__ == "__main__":
    main()
