"""How a disk in memory differs from a plain one: times, names, and what it remembers too long."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from agent.model.file import Signature

NANO = 1_000_000_000


@dataclass(frozen=True)
class DiskHabits:
    """Traits of file systems (reliability.md 2). `stale` in seconds, `grid` the step of times."""

    grid: float = 0.0  # vfat: 2 s
    creation_time: bool = False  # no ctime: what stands there is when the file was made
    stale: float = 0.0  # cifs: attributes are remembered for so long
    folds: bool = False  # names differ by more than case
    decomposes: bool = False  # names are stored in NFD
    exact_folders: bool = False  # a folder's time moves only with its entries
    frozen_folders: bool = False  # not even then (FAT, written by Windows)

    def stamp(self, tick_ns: int, now: float) -> int:
        """The time that a change made now gets, in nanoseconds."""
        if not self.grid:
            return tick_ns
        return int(now // self.grid * self.grid) * NANO

    def ctime(self, old: int, stamp: int) -> int:
        """The ctime after a change."""
        return old if self.creation_time else stamp

    def key(self, path: bytes) -> bytes:
        """What two spellings of one path have in common here."""
        return _key(path, self.folds, self.decomposes) if self._odd else path

    def find(self, path: bytes, files: Iterable[bytes]) -> bytes | None:
        """The stored spelling of a path that is there."""
        if path in files:
            return path
        if not self._odd:
            return None
        key = self.key(path)
        return next((stored for stored in files if self.key(stored) == key), None)

    def spelled(self, path: bytes, files: Iterable[bytes], *, leaf: bool) -> bytes:
        """How a path is stored: folders that are there keep their spelling, and with `leaf` so
        does the file."""
        if not self._odd:
            return path
        if self.decomposes:
            path = unicodedata.normalize("NFD", path.decode()).encode()
        if leaf and (found := self.find(path, files)) is not None:
            return found
        folder = path.rpartition(b"/")[0]
        while folder:
            key = self.key(folder) + b"/"
            for stored in files:
                if self.key(stored).startswith(key):
                    return stored[: len(folder)] + path[len(folder) :]
            folder = folder.rpartition(b"/")[0]
        return path

    @property
    def _odd(self) -> bool:
        return self.folds or self.decomposes


PLAIN = DiskHabits()


@cache
def _key(path: bytes, folds: bool, decomposes: bool) -> bytes:
    text = path.decode()
    if decomposes:
        text = unicodedata.normalize("NFD", text)
    return (text.lower() if folds else text).encode()


class Stale:
    """Attributes as a network file system tells them: what they were a moment ago."""

    def __init__(self) -> None:
        self._told: dict[bytes, tuple[float, Signature]] = {}

    def told(self, path: bytes, now_is: Signature, now: float, keep: float) -> Signature:
        """The signature that a look gets."""
        until, told = self._told.get(path, (0.0, now_is))
        if now < until:
            return told
        self._told[path] = (now + keep, now_is)
        return now_is
