"""Those who can write into a watched folder and mean harm, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The real thing and the bait take turns at one place, as fast as the system renames.
SWAP = """
import os, sys
place, real, bait = sys.argv[1:]
print("ready", flush=True)
for _ in range(50_000_000):
    os.rename(place, real)
    os.rename(bait, place)
    os.rename(place, bait)
    os.rename(real, place)
"""


@contextmanager
def swapping(place: Path, bait: Path) -> Iterator[None]:
    """While the block runs, another process exchanges `place` and `bait` without end."""
    real = place.with_name(place.name + "-aside")
    command = [sys.executable, "-S", "-c", SWAP, str(place), str(real), str(bait)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield
            assert process.poll() is None, "the attacker gave up"
        finally:
            process.kill()
            process.wait(10)
