"""Power cuts: SQLite on a file system that remembers what was synced, and tears the rest.

Every write, sync and truncation of a run is recorded in order. A cut at any moment then leaves
what was synced, and of the rest whatever the generator draws: nothing, all, or some sectors.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR = 512
NAME = "torn"


@dataclass(frozen=True)
class Event:
    """What reached the file system: `file` is the end of its name (db, wal)."""

    kind: str  # write, truncate, sync, acked
    file: str = ""
    offset: int = 0  # of a write; the new size of a truncation; rows acknowledged
    data: bytes = b""


class TornFile(apsw.VFSFile):
    """Passes everything on and notes it."""

    def __init__(self, name: str | apsw.URIFilename, flags: list[int], events: list[Event]) -> None:
        super().__init__("", name, flags)
        told = name if isinstance(name, str) else name.filename()
        self._file = "wal" if told.endswith("-wal") else "db"
        self._events = events

    def xWrite(self, data: bytes, offset: int) -> None:
        self._events.append(Event("write", self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._events.append(Event("truncate", self._file, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._events.append(Event("sync", self._file))


class TornDisk(apsw.VFS):
    """The file system; `events` is the record."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        super().__init__(NAME, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        assert name is not None
        return TornFile(name, flags, self.events)


def record(folder: Path, statements: Sequence[str], synchronous: int) -> list[Event]:
    """Run the statements on a new database; after each COMMIT the rows of history are noted.

    The write-ahead log is kept short, so that checkpoints are cut as well. It needs no shared
    memory here (exclusive locking): apsw does not offer that part of a file system.
    """
    disk = TornDisk()
    try:
        connection = apsw.Connection(str(folder / "recorded.sqlite3"), vfs=NAME)
        try:
            for name, value in (
                ("locking_mode", "EXCLUSIVE"),
                ("journal_mode", "WAL"),
                ("synchronous", synchronous),
                ("wal_autocheckpoint", 12),
            ):
                connection.pragma(name, value)
            for statement in statements:
                connection.execute(statement)
                if statement == "COMMIT":
                    (rows,) = next(connection.execute("SELECT count(*) FROM history"))
                    disk.events.append(Event("acked", offset=int(rows)))
            return list(disk.events)
        finally:
            connection.close()
    finally:
        disk.unregister()


@dataclass
class _Image:
    """One file: what is surely there, and what may be."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Event] = field(default_factory=list)

    def sync(self) -> None:
        for event in self.pending:
            _apply(self.durable, event)
        self.pending.clear()

    def torn(self, rng: random.Random) -> bytes:
        content = bytearray(self.durable)
        for event in self.pending:
            draw = rng.random()
            if draw < 0.4:
                _apply(content, event)
            elif draw < 0.7 and event.kind == "write":
                for part in _sectors(event):
                    if rng.random() < 0.5:
                        _apply(content, part)
        return bytes(content)


def _apply(content: bytearray, event: Event) -> None:
    if event.kind == "truncate":
        del content[event.offset :]
        return
    end = event.offset + len(event.data)
    content.extend(b"\0" * (end - len(content)))
    content[event.offset : end] = event.data


def _sectors(event: Event) -> Iterator[Event]:
    for at in range(0, len(event.data), SECTOR):
        yield Event("write", event.file, event.offset + at, event.data[at : at + SECTOR])


@dataclass(frozen=True)
class Cut:
    """The power fails after `at` events: the two files, what was acknowledged, what might be."""

    at: int
    db: bytes
    wal: bytes
    acked: int
    most: int


def cuts(events: Sequence[Event], number: int, rng: random.Random) -> Iterator[Cut]:
    """`number` cuts at random moments after the first commit (with the schema), in order."""
    first = next(i for i, event in enumerate(events) if event.kind == "acked") + 1
    moments = sorted(rng.randrange(first, len(events) + 1) for _ in range(number))
    images: dict[str, _Image] = defaultdict(_Image)
    acked, done = 0, 0
    for moment in moments:
        for event in events[done:moment]:
            if event.kind == "acked":
                acked = event.offset
            elif event.kind == "sync":
                images[event.file].sync()
            else:
                images[event.file].pending.append(event)
        done = moment
        later = (event.offset for event in events[moment:] if event.kind == "acked")
        db, wal = images["db"].torn(rng), images["wal"].torn(rng)
        yield Cut(moment, db, wal, acked, next(later, acked))
