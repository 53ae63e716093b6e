"""Translation of SQLite's errors into LedgerTrouble, at the ledger's edge."""

from __future__ import annotations

import errno
import sqlite3

from agent.errors import LedgerDamaged, LedgerFull, LedgerTrouble

_SENTENCES = (
    ("SQLITE_FULL", "The disk that holds the ledger is full"),
    ("SQLITE_IOERR_SHMSIZE", "The disk that holds the ledger is full"),
    ("SQLITE_READONLY", "The ledger may not be written: its file or folder is read-only"),
    ("SQLITE_CORRUPT", "Its file is broken"),
    ("SQLITE_NOTADB", "Its file is no SQLite database"),
    ("SQLITE_BUSY", "Another program keeps the ledger locked"),
    ("SQLITE_LOCKED", "Another program keeps the ledger locked"),
    ("SQLITE_CANTOPEN", "The ledger's file cannot be opened"),
    ("SQLITE_IOERR", "The disk failed under the ledger, or has no room"),
    ("SQLITE_NOMEM", "The machine has no memory left for the ledger"),
)
_KINDS: dict[str, type[LedgerTrouble]] = {
    "SQLITE_FULL": LedgerFull,
    "SQLITE_IOERR_SHMSIZE": LedgerFull,
    "SQLITE_CORRUPT": LedgerDamaged,
    "SQLITE_NOTADB": LedgerDamaged,
}
_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def error_name(error: sqlite3.Error) -> str:
    """SQLite's own name for an error."""
    name: str | None = getattr(error, "sqlite_errorname", None)
    return name or type(error).__name__


def trouble(error: sqlite3.Error) -> LedgerTrouble:
    """The LedgerTrouble for an error of SQLite; it keeps SQLite's own name of the error.

    SQLite's message is left out where it could quote values, which may be names of clients.
    """
    name = error_name(error)
    for prefix, sentence in _SENTENCES:
        if name.startswith(prefix):
            return _KINDS.get(prefix, LedgerTrouble)(f"{sentence} ({name}).")
    return LedgerTrouble(f"The ledger cannot be used: {error} ({name}).")


def disk_trouble(error: OSError, what: str) -> LedgerTrouble:
    """The LedgerTrouble for an error of the disk beside SQLite; `what` begins its sentence."""
    kind = LedgerFull if error.errno in _NO_ROOM else LedgerTrouble
    return kind(f"{what}: {error.strerror}.")
