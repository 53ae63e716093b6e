"""A disk of the benchmark's own, and trees of made-up files on it.

As root the trees lie in an ext4 image that is mounted through a loop: a million files are made and
removed in the time of one file, and the rest of the machine's disk does not blur the figures.
Elsewhere they lie in a plain folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PLANT_SECONDS = 240.0
SIZES = 4_000  # bytes that the sizes of made-up files go round


@dataclass(frozen=True)
class Tree:
    """Clients, each a folder with so many folders below it, and so many files in each of them."""

    clients: int
    below: int = 9
    files: int = 40

    @property
    def folders(self) -> int:
        """All of them but the root."""
        return self.clients * (1 + self.below)

    @property
    def count(self) -> int:
        """All files."""
        return self.folders * self.files

    def names(self, client: int) -> Iterator[str]:
        """The folders of one client, the one above first."""
        top = f"Client {client:05}"
        yield top
        for number in range(self.below):
            yield f"{top}/{2010 + number}"


@contextmanager
def ground(base: Path, inodes: int) -> Iterator[tuple[Path, str]]:
    """An empty folder for trees, and what kind of disk it is on; gone at the end."""
    place, image = base / "disk", base / "disk.img"
    place.mkdir(parents=True)
    mounted = os.geteuid() == 0 and _mount(place, image, inodes)
    try:
        yield place, "ext4 in a mounted image" if mounted else "a folder of this machine's disk"
    finally:
        if mounted:
            subprocess.run(["umount", "-l", place], check=False, timeout=60)
            image.unlink(missing_ok=True)
        shutil.rmtree(place, ignore_errors=True)


def _mount(place: Path, image: Path, inodes: int) -> bool:
    """Whether it could be made and mounted; nothing is left of it where not."""
    with image.open("wb") as file:
        file.truncate((2 << 30) + 4096 * inodes)
    # without a journal and without late initialising nothing writes while scans are measured
    make = ["mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-N", str(inodes), str(image)]
    mount = ["mount", "-o", "loop,relatime,noinit_itable", str(image), str(place)]
    try:
        for command in (make, mount):
            subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        image.unlink(missing_ok=True)
        return False
    return True


def plant(root: Path, tree: Tree) -> None:
    """Make the tree with two processes. Raises subprocess.SubprocessError."""
    root.mkdir(parents=True, exist_ok=True)
    half = tree.clients // 2
    parts = [range(half), range(half, tree.clients)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.disk_ground", str(root)]
            + [str(n) for n in (part.start, part.stop, tree.below, tree.files)]
        )
        for part in parts
    ]
    try:
        for process in processes:
            if process.wait(PLANT_SECONDS):
                raise subprocess.CalledProcessError(process.returncode, process.args)
    finally:
        for process in processes:
            process.kill()
            process.wait(30)


def _plant(root: str, first: int, last: int, below: int, files: int) -> None:
    tree = Tree(last, below, files)
    above = os.open(root, os.O_RDONLY)
    for client in range(first, last):
        for name in tree.names(client):
            os.mkdir(name, dir_fd=above)
            folder = os.open(name, os.O_RDONLY, dir_fd=above)
            _fill(folder, client, files)
            os.close(folder)
    os.close(above)


def _fill(folder: int, client: int, files: int) -> None:
    """Files with a length and no blocks: what lies in them is not what is measured."""
    for number in range(files):
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        file = os.open(f"doc {number:04}.csv", flags, 0o644, dir_fd=folder)
        os.ftruncate(file, 100 + (client * 41 + number) % SIZES)
        os.close(file)


if __name__ == "__main__":
    _plant(sys.argv[1], *(int(word) for word in sys.argv[2:]))
