"""Power cuts: a disk that remembers what was synced, all files in one order, and tears the rest.

Each write, sync, truncation, creation, renaming and removal is an Event. A Platter takes
them in order; a cut at any moment leaves what was synced, and of the rest whatever the generator
draws: nothing, all, or some sectors, for each file and each name by itself. Who records the events
stands in tests.kit.torn_home.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

SECTOR = 512


@dataclass(frozen=True)
class Event:
    """What reached the file system. A file is a number (its inode), a name leads to it."""

    kind: str  # made, write, truncate, sync, moved, removed, folder; said: the life's own word
    file: int = 0
    name: str = ""  # below the home, with slashes; of `folder` the folder's
    target: str = ""  # of moved
    offset: int = 0  # of write; the new size of truncate
    data: bytes = b""
    word: object = None  # of said


class Platter:
    """The disk: what is surely there, and what may be."""

    def __init__(self) -> None:
        self.durable: dict[int, bytearray] = {}
        self.pending: dict[int, list[Event]] = {}
        self.names: dict[str, int] = {}
        self.moves: list[Event] = []  # made, moved and removed, not yet synced with their folder
        self._last = 0

    @classmethod
    def of(cls, files: dict[str, bytes]) -> Platter:
        """A disk on which all of this is surely there."""
        platter = cls()
        for name, content in files.items():
            number = platter.new_number()
            platter.names[name] = number
            platter.durable[number] = bytearray(content)
        return platter

    def new_number(self) -> int:
        """For a file that is made."""
        self._last += 1
        return self._last

    def copy(self) -> Platter:
        """The same disk, on which something else may happen."""
        return copy.deepcopy(self)

    def meet(self, event: Event) -> None:
        """One more event."""
        if event.kind in ("made", "moved", "removed"):
            self._last = max(self._last, event.file)
            self.moves.append(event)
        elif event.kind in ("write", "truncate"):
            self.pending.setdefault(event.file, []).append(event)
        elif event.kind == "sync":
            content = self.durable.setdefault(event.file, bytearray())
            for each in self.pending.pop(event.file, ()):
                _apply(content, each)
        elif event.kind == "folder":
            here = [move for move in self.moves if _folder(move.name) == event.name]
            self.moves = [move for move in self.moves if move not in here]
            for move in here:
                _rename(self.names, move)

    def whole(self) -> dict[str, bytes]:
        """All that was written, synced or not: what the next process sees after a kill."""
        return self._left(lambda: 0.0)

    def torn(self, rng: random.Random) -> dict[str, bytes]:
        """What is left after a power cut."""
        return self._left(rng.random)

    def surely(self) -> dict[str, bytes]:
        """Only what was synced: the worst power cut."""
        return self._left(lambda: 1.0)

    def now(self) -> dict[str, int]:
        """The names as a running system sees them."""
        names = dict(self.names)
        for move in self.moves:
            _rename(names, move)
        return names

    def _left(self, draw: Draw) -> dict[str, bytes]:
        names = dict(self.names)
        for move in self.moves:
            if draw() < 0.5:
                _rename(names, move)
        return {name: self._content(number, draw) for name, number in names.items()}

    def _content(self, number: int, draw: Draw) -> bytes:
        content = bytearray(self.durable.get(number, b""))
        for event in self.pending.get(number, ()):
            luck = draw()
            if luck < 0.4:
                _apply(content, event)
            elif luck < 0.7 and event.kind == "write":
                for part in _sectors(event):
                    if draw() < 0.5:
                        _apply(content, part)
        return bytes(content)


class Draw(Protocol):
    """A number from 0 to 1; of a file system that keeps all, always 0."""

    def __call__(self) -> float: ...


def _rename(names: dict[str, int], move: Event) -> None:
    if move.kind == "made":
        names[move.name] = move.file
        return
    names.pop(move.name, None)
    if move.kind == "moved":
        names[move.target] = move.file


def _folder(name: str) -> str:
    return PurePosixPath(name).parent.as_posix()


def _apply(content: bytearray, event: Event) -> None:
    """A size, or bytes at their place; what lies between is zeros, as in a sparse file."""
    if event.kind == "truncate":
        del content[event.offset :]
        return
    end = event.offset + len(event.data)
    content.extend(b"\0" * (end - len(content)))
    content[event.offset : end] = event.data


def _sectors(event: Event) -> Iterator[Event]:
    """The pieces in which the disk writes: up to each boundary of a sector of the file."""
    at, end = event.offset, event.offset + len(event.data)
    while at < end:
        until = min(end, (at // SECTOR + 1) * SECTOR)
        piece = event.data[at - event.offset : until - event.offset]
        yield Event("write", event.file, offset=at, data=piece)
        at = until


def lay_out(files: dict[str, bytes], home: Path) -> None:
    """Write what a cut left into a folder that is not there yet."""
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content)


def taken_up(home: Path) -> dict[str, bytes]:
    """Every file below `home`, but the shared memory, which no power cut leaves."""
    files = (path for path in home.rglob("*") if path.is_file())
    kept = (path for path in files if not path.name.endswith("-shm"))
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in kept}
