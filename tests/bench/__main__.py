"""python -m tests.bench: the agent and its peers side by side, on the same files and servers."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from tests.bench.machine import Machine, left_out
from tests.bench.row import Scale
from tests.bench.scenes import play, scenes
from tests.bench.table import Report, conclude, show, write
from tests.bench.targets import missing_from

FULL_RUNS, QUICK_RUNS = 5, 1
WIDTH = 160  # of what is printed where no terminal tells its own


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scenes that were asked for, print the table, write it if told to."""
    # hosts, processes and folders are taken down on the way out of the blocks that made them
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    given = sys.argv[1:] if arguments is None else arguments
    options = _options(given)
    scale = Scale(options.runs or (QUICK_RUNS if options.quick else FULL_RUNS), options.quick)
    report = _measure(options, scale, " ".join(("python -m tests.bench", *given)))
    if options.write:
        write(report)
    return 1 if any(row.what.startswith("scene ") for row in report.rows) else 0


def _measure(options: argparse.Namespace, scale: Scale, command: str) -> Report:
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    machine, began = Machine(), time.monotonic()
    console.print(f"{machine}; seed {options.seed}, runs {scale.runs}", highlight=False)
    rows = []
    for name, scene in scenes().items():
        if options.only and name not in options.only:
            continue
        for row in play(name, scene, scale, options.seed):
            show(row, console)
            rows.append(row)
    rows += missing_from(rows)
    conclude(rows, console)
    reasons = left_out()
    report = Report(rows, machine, scale, options.seed, command, time.monotonic() - began, reasons)
    for reason in reasons:
        console.print(f"Left out: {reason}", highlight=False)
    console.print(f"{report.seconds:.0f} s")
    return report


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, once")
    parser.add_argument("--runs", type=int, help="interleaved runs of each scene")
    parser.add_argument(
        "--only", action="append", default=[], choices=sorted(scenes()), help="one scene"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--write", action="store_true", help="write the table into the page")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
