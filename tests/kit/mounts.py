"""Mounts for a test: small disks, other disks in the same place, disks that go; always undone.

Everything is mounted below a test's own folder, and taken down again (lazily, so that nothing that
is still open keeps it) by leaving the context.
"""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path
from types import TracebackType

import pytest

FILL = "filler"


def need_mounts(folder: Path) -> None:
    """Skip where a tmpfs cannot be mounted."""
    probe = folder / "probe"
    probe.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "none", probe], check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    subprocess.run(["umount", probe], check=True)
    probe.rmdir()


class Mounts:
    """The mounts of one test, newest last."""

    def __init__(self) -> None:
        self._places: list[Path] = []

    def tmpfs(self, place: Path, size: str = "16m") -> Path:
        """A fresh and empty disk of this size at `place`, over what stands there."""
        place.mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "none", str(place))
        self._places.append(place)
        return place

    def bind(self, source: Path, place: Path) -> Path:
        """The folder `source` seen at `place` as well."""
        place.mkdir(parents=True, exist_ok=True)
        _run("mount", "--bind", str(source), str(place))
        self._places.append(place)
        return place

    def read_only(self, place: Path, *, yes: bool = True) -> None:
        """Let a mount be read only, or written again; that of one place, not of its disk."""
        _run("mount", "-o", f"remount,bind,{'ro' if yes else 'rw'}", str(place))

    def take(self, place: Path) -> None:
        """Unmount the newest at `place` at once, whoever has files open there."""
        _run("umount", "-l", str(place))
        self._places.reverse()
        self._places.remove(place)
        self._places.reverse()

    def __enter__(self) -> Mounts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._places:
            subprocess.run(["umount", "-l", self._places.pop()], check=False)


def fill(disk: Path, leave: int = 0) -> Path:
    """Fill a small disk to its last byte but `leave`; the file that does it."""
    filler = disk / FILL
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        file.truncate(max(0, os.fstat(file.fileno()).st_size - leave))
    return filler


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
