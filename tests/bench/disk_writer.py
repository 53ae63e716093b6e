"""Someone who writes many small files, at full speed or so many in a second.

Run as a process of its own: `python -m tests.bench.disk_writer ROOT HABIT COUNT FOLDERS RATE LOG`.
Each file holds something else. With a rate above 0 the wall clock at the close of each file goes to
LOG, as doubles.
"""

from __future__ import annotations

import os
import sys
import time
from array import array
from enum import StrEnum
from pathlib import Path


class Habit(StrEnum):
    """How the files come to be."""

    existing = "existing"  # in folders that are there
    new = "new"  # each folder is made right before its files
    rename = "rename"  # under a temporary name, renamed into place


def command(
    root: Path, habit: Habit, count: int, folders: int, rate: float, log: Path
) -> list[str]:
    """The command line of such a process."""
    arguments = [str(root), habit.value, str(count), str(folders), str(rate), str(log)]
    return [sys.executable, "-m", "tests.bench.disk_writer", *arguments]


def folder_of(number: int) -> str:
    """A client's folder."""
    return f"Client {number:05}"


def write(root: str, habit: Habit, count: int, folders: int, rate: float) -> array[float]:
    """Write them; when each was closed. A new folder gets all of its files before the next."""
    closed = array("d")
    each = -(-count // folders)
    began = time.monotonic()
    for number in range(count):
        place, first = number % folders, False
        if habit is Habit.new:
            place, within = divmod(number, each)
            first = within == 0
        folder = f"{root}/{folder_of(place)}"
        if first:
            os.mkdir(folder)
        _one(f"{folder}/doc {number:06}", habit, b"%d\n" % number)
        if rate:
            closed.append(time.time())
            time.sleep(max(0.0, began + (number + 1) / rate - time.monotonic()))
    return closed


def _one(path: str, habit: Habit, content: bytes) -> None:
    written = f"{path}.{'tmp' if habit is Habit.rename else 'csv'}"
    file = os.open(written, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    os.write(file, content)
    os.close(file)
    if habit is Habit.rename:
        os.rename(written, f"{path}.csv")


def main() -> None:
    """As the command line says."""
    root, habit, count, folders, rate, log = sys.argv[1:]
    closed = write(root, Habit(habit), int(count), int(folders), float(rate))
    Path(log).write_bytes(closed.tobytes())


if __name__ == "__main__":
    main()
