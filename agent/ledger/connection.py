"""Connections to the ledger's file: one for each thread, or one shared in memory."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from agent.errors import LedgerTrouble
from agent.ledger.durable import sync_descriptor
from agent.ledger.trouble import disk_trouble, trouble

BUSY_SECONDS = 5.0  # how long another process (a command, a backup) is waited for
_CACHE_KIB = 512  # pages kept for each connection: the system's own cache holds the rest
_STATEMENTS = 256  # prepared statements kept for each connection: more than the ledger has


class _Living(Protocol):
    def is_alive(self) -> bool: ...


class Connections(Protocol):
    """Where the ledger gets its connection from."""

    writer: AbstractContextManager[object]  # held while a transaction is open
    reader: AbstractContextManager[object]  # held while a question is asked

    def mine(self) -> sqlite3.Connection:
        """The calling thread's connection. Raises LedgerTrouble."""

    def check(self) -> None:
        """Raise LedgerTrouble when writes would no longer reach the ledger."""

    def sync_log(self) -> None:
        """Make every commit so far durable. Raises LedgerTrouble."""

    def close(self) -> None:
        """Close all connections of all threads; `mine` raises LedgerTrouble from then on."""


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
        lock = threading.RLock()
        self.writer: AbstractContextManager[object] = lock
        self.reader: AbstractContextManager[object] = lock
        self._connection = connect(":memory:")

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


class FileConnections:
    """Connections to an existing file, opened as threads come and closed after they went.

    Writers take turns on `writer` before they ask SQLite, whose own way of waiting is sleeping.
    """

    def __init__(self, path: Path) -> None:
        self.writer: AbstractContextManager[object] = threading.RLock()
        self.reader: AbstractContextManager[object] = nullcontext()
        self._path = path
        self._identity = _identity(path)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[tuple[_Living, sqlite3.Connection]] = []
        self._closed = False

    def mine(self) -> sqlite3.Connection:
        """The calling thread's connection, opened at its first question. Raises LedgerTrouble."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        self.check()
        with self._lock:
            if self._closed:
                raise LedgerTrouble("The ledger is closed.")
            self._close_orphans()
            try:
                connection = connect(str(self._path))
            except sqlite3.Error as error:
                raise trouble(error) from error
            self._open.append((threading.current_thread(), connection))
            return connection

    def _close_orphans(self) -> None:
        """Close the connections of threads that ended (a supervised thread may restart often)."""
        for thread, connection in self._open:
            if not thread.is_alive():
                connection.close()
        self._open = [pair for pair in self._open if pair[0].is_alive()]

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
        """Close all; a connection that is in use just now fails there with LedgerTrouble."""
        with self._lock:
            self._closed = True
            for _, connection in self._open:
                connection.close()
            self._open = []


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise LedgerTrouble(f"The ledger's file cannot be reached: {error.strerror}.") from error
    return status.st_dev, status.st_ino
