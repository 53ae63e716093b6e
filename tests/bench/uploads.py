"""The network half of the benchmark: its scenes by name, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.bench import on_loopback, over_line, restraint
from tests.bench.row import Row, Scale

Scene = Callable[[Scale, Path, int], Iterator[Row]]
SCENES: Mapping[str, Scene] = {
    "line": over_line.rows,
    "large": on_loopback.large,
    "small": on_loopback.small,
    "bandwidth": restraint.bandwidth,
    "back-off": restraint.back_off,
}
