"""Connections to the ledger's file: one for each thread, or one shared in memory."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol

from agent.errors import LedgerTrouble
from agent.ledger.durable import sync_descriptor
from agent.ledger.trouble import disk_trouble, trouble

BUSY_SECONDS = 5.0  # how long another process (a command, a backup) is waited for
CLOSE_SECONDS = 1.0  # how long a thread has to end a question that was broken off
_CACHE_KIB = 512  # pages kept for each connection: the system's own cache holds the rest
_STATEMENTS = 256  # prepared statements kept for each connection: more than the ledger has


class _Living(Protocol):
    def is_alive(self) -> bool: ...


class Connections(Protocol):
    """Where the ledger gets its connection from."""

    writer: AbstractContextManager[object]  # held while a transaction is open

    @property
    def reader(self) -> AbstractContextManager[object]:
        """Held while the calling thread uses its connection. Raises LedgerTrouble."""

    def mine(self) -> sqlite3.Connection:
        """The calling thread's connection. Raises LedgerTrouble."""

    def check(self) -> None:
        """Raise LedgerTrouble when writes would no longer reach the ledger."""

    def sync_log(self) -> None:
        """Make every commit so far durable. Raises LedgerTrouble."""

    def close(self) -> None:
        """Close all connections of all threads; `mine` raises LedgerTrouble from then on.

        One that its thread goes on using all the same is left to it.
        """


def connect(target: str) -> sqlite3.Connection:
    """A connection as the ledger needs it (reliability.md, Ledger rules).

    check_same_thread is off only so that `close` may be called from the thread that stops the
    agent; each thread uses its own connection.
    """
    connection = sqlite3.connect(
        target,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class MemoryConnection:
    """One connection to a ledger in memory; threads that share it take turns."""

    def __init__(self) -> None:
        self.writer: AbstractContextManager[object] = threading.RLock()
        self._connection = connect(":memory:")

    @property
    def reader(self) -> AbstractContextManager[object]:
        """Who asks and who writes take turns."""
        return self.writer

    def mine(self) -> sqlite3.Connection:
        """The one connection."""
        return self._connection

    def check(self) -> None:
        """Memory does not go away."""

    def sync_log(self) -> None:
        """Memory is as durable as it will ever be."""

    def close(self) -> None:
        """Close it; what the ledger held is gone."""
        self._connection.close()


class _Mine:
    """A thread's connection; `lock` is held while the thread uses it.

    Closed under a statement that runs, it would take the whole process down (CPython 3.11).
    """

    __slots__ = ("connection", "lock", "thread")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.lock = threading.RLock()
        self.thread: _Living = threading.current_thread()

    def close(self) -> None:
        """Break off what runs and close it; left alone where its thread goes on all the same."""
        if self.lock.acquire(blocking=False) or self._broken_off():
            try:
                self.connection.close()
            finally:
                self.lock.release()

    def _broken_off(self) -> bool:
        """Interrupt what runs; whether the thread let go, with the lock held then."""
        self.connection.interrupt()
        if not self.lock.acquire(timeout=CLOSE_SECONDS):
            return False
        with suppress(sqlite3.Error):  # else the checkpoint of the close were interrupted as well
            self.connection.execute("SELECT 1").fetchone()
        return True


class FileConnections:
    """Connections to an existing file, opened as threads come and closed after they went.

    Writers take turns on `writer` before they ask SQLite, whose own way of waiting is sleeping.
    """

    def __init__(self, path: Path) -> None:
        self.writer: AbstractContextManager[object] = threading.RLock()
        self._path = path
        self._identity = _identity(path)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[_Mine] = []
        self._closed = False

    @property
    def reader(self) -> AbstractContextManager[object]:
        """Keeps the calling thread's connection from being closed meanwhile."""
        return self._mine().lock

    def mine(self) -> sqlite3.Connection:
        """The calling thread's connection, opened at its first question. Raises LedgerTrouble."""
        mine = self._mine()
        if self._closed:
            raise LedgerTrouble("The ledger is closed.")
        return mine.connection

    def _mine(self) -> _Mine:
        mine: _Mine | None = getattr(self._local, "mine", None)
        if mine is None:
            mine = self._connect()
            self._local.mine = mine
        return mine

    def _connect(self) -> _Mine:
        self.check()
        with self._lock:
            if self._closed:
                raise LedgerTrouble("The ledger is closed.")
            self._close_orphans()
            try:
                mine = _Mine(connect(str(self._path)))
            except sqlite3.Error as error:
                raise trouble(error) from error
            self._open.append(mine)
            return mine

    def _close_orphans(self) -> None:
        """Close the connections of threads that ended (a supervised thread may restart often)."""
        for mine in self._open:
            if not mine.thread.is_alive():
                mine.connection.close()
        self._open = [mine for mine in self._open if mine.thread.is_alive()]

    def check(self) -> None:
        """Raise LedgerTrouble when the file was removed or replaced under our connections.

        SQLite would go on writing into the removed file, and all of it would be lost.
        """
        if _identity(self._path) != self._identity:
            raise LedgerTrouble("The ledger's file was removed or replaced while the agent runs.")

    def sync_log(self) -> None:
        """Sync the write-ahead log by itself; SQLite's locks do not stand on that file."""
        try:
            descriptor = os.open(f"{self._path}-wal", os.O_RDWR)
            try:
                sync_descriptor(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise disk_trouble(error, "The ledger cannot be made durable") from error

    def close(self) -> None:
        """Close all; a question that runs just now ends with LedgerTrouble."""
        with self._lock:
            self._closed = True
            left, self._open = self._open, []
        for mine in left:
            mine.close()


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise LedgerTrouble(f"The ledger's file cannot be reached: {error.strerror}.") from error
    return status.st_dev, status.st_ino
