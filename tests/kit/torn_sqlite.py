"""The ledger's SQLite on a recorded disk: apsw in the place of the standard library's sqlite3.

Only what the ledger asks of a connection is here. The write-ahead log is kept short, so that
checkpoints are cut as well; it needs no shared memory (exclusive locking), which apsw does not
offer to a file system.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

import apsw

from tests.kit.torn import Event

NAME = "torn"
PAGES_IN_LOG = 12

Row: TypeAlias = "tuple[apsw.SQLiteValue, ...]"  # apsw names the type in its stubs only
Values: TypeAlias = "Sequence[apsw.SQLiteValue] | Mapping[str, apsw.SQLiteValue]"


class Record(Protocol):
    """Who takes the events down."""

    def file(self, path: str) -> int | None:
        """The number of a file, made now where it is not there; None: outside the home."""

    def removed(self, path: str) -> None:
        """The file's name goes."""

    def folder_synced(self, path: str) -> None:
        """The names in a folder are durable."""

    def tell(self, event: Event) -> None:
        """One more."""


class TornFile(apsw.VFSFile):
    """Passes everything on and notes it."""

    def __init__(
        self, name: str | apsw.URIFilename | None, flags: list[int], record: Record
    ) -> None:
        told = name if name is None or isinstance(name, str) else name.filename()
        self._number = None if told is None else record.file(told)
        # as SQLite on POSIX: the first sync of a log makes its name durable, too
        self._unnamed = told if told is not None and told.endswith("-wal") else None
        self._record = record
        super().__init__("", name, flags)

    def _tell(self, kind: str, offset: int = 0, data: bytes = b"") -> None:
        if self._number is not None:
            self._record.tell(Event(kind, self._number, offset=offset, data=data))

    def xWrite(self, data: bytes, offset: int) -> None:
        self._tell("write", offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._tell("truncate", newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._tell("sync")
        if self._unnamed is not None:
            self._record.folder_synced(os.path.dirname(self._unnamed))
            self._unnamed = None


class TornFiles(apsw.VFS):
    """The file system of the recorded connections."""

    def __init__(self, record: Record) -> None:
        self._record = record
        super().__init__(NAME, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return TornFile(name, flags, self._record)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self._record.removed(filename)
        if syncdir:
            self._record.folder_synced(os.path.dirname(filename))


class TornConnection:
    """As much of sqlite3.Connection as the ledger uses, on the recorded file system."""

    def __init__(self, path: str, commits: Commits) -> None:
        self._connection = apsw.Connection(path, vfs=NAME)
        self._commits = commits
        self._connection.pragma("locking_mode", "EXCLUSIVE")
        self._connection.pragma("wal_autocheckpoint", PAGES_IN_LOG)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def execute(self, sql: str, values: Values = ()) -> TornAnswer:
        """Run one statement. Raises sqlite3.Error."""
        if sql == "COMMIT":
            self._commits.committing(self._connection)
        with told_apart():
            rows = list(self._connection.execute(sql, values))
        if sql == "COMMIT":
            self._commits.committed(self._connection)
        elif sql == "ROLLBACK":
            self._commits.undone()
        changes, last = self._connection.changes(), self._connection.last_insert_rowid()
        return TornAnswer(rows, changes, last)

    def close(self) -> None:
        """Close it; the last one writes the log into the file."""
        self._connection.close()


class Commits(Protocol):
    """Who hears of transactions."""

    def committing(self, connection: apsw.Connection) -> None:
        """A commit is about to be made; may raise sqlite3.OperationalError instead."""

    def committed(self, connection: apsw.Connection) -> None:
        """It is acknowledged."""

    def undone(self) -> None:
        """The transaction was rolled back."""


class TornAnswer:
    """As much of sqlite3.Cursor as the ledger uses."""

    def __init__(self, rows: list[Row], rowcount: int, lastrowid: int) -> None:
        self._rows = iter(rows)
        self.rowcount = rowcount
        self.lastrowid = lastrowid

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def fetchone(self) -> Row | None:
        """The next row, None after the last."""
        return next(self._rows, None)

    def fetchall(self) -> list[Row]:
        """The rows that are left."""
        return list(self._rows)


@contextlib.contextmanager
def told_apart() -> Iterator[None]:
    """apsw's errors as those of sqlite3."""
    try:
        yield
    except apsw.ConstraintError as error:
        raise sqlite3.IntegrityError(str(error)) from error
    except apsw.Error as error:
        raise sqlite3.OperationalError(str(error)) from error
