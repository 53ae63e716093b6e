"""Contenders take turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from tests.bench.job import Went

T = TypeVar("T")


def in_turns(runs: int, contenders: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """Let each of them run so many times, one after the other."""
    results: dict[str, list[T]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, contender in contenders.items():
            results[name].append(contender())
    return results


def fewer(runs: int) -> int:
    """How many of so many runs are enough where time is not compared with a peer's."""
    return (runs + 1) // 2


def few(runs: int) -> int:
    """How many are enough where nothing is compared with a peer, and a pass is long: two."""
    return min(runs, 2)


def seconds(runs: Sequence[Went]) -> float:
    """The median wall time of the whole process."""
    return statistics.median(one.used.seconds for one in runs)


def span(runs: Sequence[Went]) -> float:
    """The median time from the first request to the last answer."""
    return statistics.median(one.span for one in runs)


def cpu(runs: Sequence[Went]) -> float:
    """The median CPU time of the process."""
    return statistics.median(one.used.cpu for one in runs)


def peak(runs: Iterable[Went]) -> int:
    """The highest memory of all runs, in bytes."""
    return max(one.used.peak for one in runs)


def rate_text(name: str, runs: Sequence[Went], count: int) -> str:
    """One contender with many files, for people."""
    return (
        f"{name}: {count / seconds(runs):.1f} files/s ({count:,} in {seconds(runs):.2f} s; "
        f"{count / span(runs):.1f}/s from first request to last answer), "
        f"{1000 * cpu(runs) / count:.2f} CPU ms a file, {peak(runs) >> 20} MiB"
    )


def large_text(name: str, runs: Sequence[Went], size: int) -> str:
    """One contender with one large file, for people."""
    return (
        f"{name}: {seconds(runs):.2f} s, {span(runs):.2f} s from first request to last answer "
        f"({size / span(runs) / 1e6:.1f} MB/s), {cpu(runs) * (1 << 30) / size:.2f} CPU s a GiB, "
        f"{peak(runs) >> 20} MiB"
    )
