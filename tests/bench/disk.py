"""The disk half of the benchmark: scans, events, idling, memory; see tests/bench/README.md.

Everything is measured from outside, of real processes: CPU and memory as the system tells them,
the end of a scan and the times of files as the ledger has them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from tests.bench.disk_burst import burst_rows
from tests.bench.disk_delay import delay_rows
from tests.bench.disk_ground import ground
from tests.bench.disk_idle import alone, idle_rows
from tests.bench.disk_rescan import prepared, rescan_rows
from tests.bench.disk_restart import million_rows
from tests.bench.row import Row, Scale

Scene = Callable[[Path], Iterator[Row]]  # given a folder of its own
INODES = 2_200_000  # of all scenes together
LEAST_INODES = 100_000
SECONDS, QUICK_SECONDS = 540.0, 100.0  # no further scene begins after that
BROKEN = (AssertionError, RuntimeError, OSError, subprocess.SubprocessError, httpx.HTTPError)


def rows(scale: Scale, base: Path) -> Iterator[Row]:
    """Run every scene below `base`, which is there; a row as soon as it is known.

    A scene that breaks off gives a row that says so; nothing of any scene is left behind.
    """
    if sys.platform != "linux":
        yield Row("the disk half", "", "", None, "", "left out: it reads Linux's /proc")
        return
    with ground(base, max(LEAST_INODES, scale.of(INODES))) as (place, _):
        yield from _guarded("preparation", base / "all", lambda own: _scenes(scale, place, own))


def _scenes(scale: Scale, place: Path, base: Path) -> Iterator[Row]:
    """One after the other; those that write most come last, since their writing lingers."""
    end = time.monotonic() + (QUICK_SECONDS if scale.quick else SECONDS)
    still = alone(place, base / "alone")
    with prepared(scale, place, base) as rescan:
        scenes: dict[str, Scene] = {
            "restart": lambda own: million_rows(scale, place, own, still.vitals.rss, rescan.wait),
            "rescan": lambda own: rescan_rows(scale, own, rescan),
            "idling": lambda own: idle_rows(scale, place, own, still),
            "delays": lambda own: delay_rows(scale, place, own),
            "bursts": lambda own: burst_rows(scale, place, own),
        }
        for name, scene in scenes.items():
            if time.monotonic() > end:
                yield Row(f"scene left out: {name}", "", "", None, "", "the time was over")
                continue
            yield from _guarded(name, base / name, scene)


def _guarded(name: str, own: Path, scene: Scene) -> Iterator[Row]:
    """A scene's rows; where it breaks off, one that says why."""
    own.mkdir()
    try:
        yield from scene(own)
    except BROKEN as error:
        said = " ".join(str(error).split())[-300:]
        yield Row(f"scene broke off: {name}", "", "", False, "", f"{type(error).__name__}: {said}")
    finally:
        shutil.rmtree(own, ignore_errors=True)
