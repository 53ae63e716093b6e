"""Opening the ledger: a private file on a local disk, sound, with the tables of this version."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from agent.errors import LedgerTrouble
from agent.ledger import schema
from agent.ledger.connection import FileConnections, MemoryConnection, connect
from agent.ledger.disks import refuse_network_disk
from agent.ledger.trouble import trouble

_MIGRATIONS_TABLE = "_sqlite_migrations"  # the name that sqlite-utils gives it


def open_memory() -> MemoryConnection:
    """A fresh ledger in memory, for the simulator."""
    connections = MemoryConnection()
    _bring_up_to_date(connections.mine(), None)
    return connections


def open_file(path: Path, *, sound: bool = True) -> FileConnections:
    """Open or create the ledger at `path`.

    `sound` runs SQLite's quick_check first (some 15 ms for each MiB); a command that
    only reads may leave it out. Raises LedgerTrouble.
    """
    _prepare(path)
    try:
        connection = connect(str(path))
    except sqlite3.Error as error:
        raise trouble(error) from error
    try:
        if sound:
            _check_sound(connection)
        _use_wal(connection)
        _bring_up_to_date(connection, path)
    except sqlite3.Error as error:
        raise trouble(error) from error
    finally:
        connection.close()
    return FileConnections(path)


def backup(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the ledger to `target` (0600), whole or not at all. Raises LedgerTrouble."""
    partial = target.with_name(target.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        _create_private(partial)
        copy = sqlite3.connect(partial)
        try:
            connection.backup(copy)
        finally:
            copy.close()
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)
    except sqlite3.Error as error:
        raise trouble(error) from error
    except OSError as error:
        raise LedgerTrouble(f"The ledger's copy cannot be written: {error.strerror}.") from error


def copy_file(source: Path, target: Path) -> None:
    """Copy a ledger that an agent may be writing just now to `target`; the source is only read.

    Raises LedgerTrouble.
    """
    try:
        connection = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        try:
            backup(connection, target)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise trouble(error) from error


def _prepare(path: Path) -> None:
    """Create folder (0700) and file (0600) where they are not there; SQLite keeps their modes.

    The file is never opened when it exists: closing it would drop SQLite's locks of this process.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_network_disk(path.parent)
        with contextlib.suppress(FileExistsError):
            _create_private(path)
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            with contextlib.suppress(FileNotFoundError):
                _make_private(file)
    except OSError as error:
        raise LedgerTrouble(f"The ledger's folder cannot be used: {error.strerror}.") from error


def _create_private(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _make_private(path: Path) -> None:
    """Take other people's access to a file that came from elsewhere (a copy, an old version)."""
    mode = path.stat().st_mode
    if mode & 0o077 and os.name == "posix":
        path.chmod(mode & 0o700)


def _sync(path: Path) -> None:
    """Make a file or a folder durable; Windows does not open folders and needs no sync of them."""
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_sound(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found is None or found[0] != "ok":
        damage = sqlite3.DatabaseError("quick_check found damage")
        damage.sqlite_errorname = "SQLITE_CORRUPT"
        raise damage


def _use_wal(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise LedgerTrouble("The ledger's disk does not allow a write-ahead log: use a local disk.")


def _bring_up_to_date(connection: sqlite3.Connection, path: Path | None) -> None:
    """Apply due schema steps in one transaction, after a copy when there is something to lose."""
    applied = _applied(connection)
    if applied == schema.NAMES:
        return
    if applied and path is not None:
        backup(connection, path.with_name(f"{path.name}.before-{schema.NAMES[-1]}"))
    from agent.ledger.migrations import migrate  # a tenth of a second, only when needed

    connection.execute("BEGIN IMMEDIATE")
    try:
        if _applied(connection) != schema.NAMES:  # another process may have been quicker
            migrate(connection)
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _applied(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The names of the schema's steps in this file. Raises LedgerTrouble for a foreign file."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    if not tables:
        return ()
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if owner != schema.APPLICATION_ID or _MIGRATIONS_TABLE not in tables:
        raise LedgerTrouble("The file that should be the ledger belongs to another program.")
    rows = connection.execute(f"SELECT name FROM {_MIGRATIONS_TABLE} ORDER BY id").fetchall()  # noqa: S608
    names = tuple(row[0] for row in rows)
    if names != schema.NAMES[: len(names)]:
        raise LedgerTrouble(
            "The ledger was written by a newer version of the agent: install that version again, "
            "or restore the copy that it made before."
        )
    return names
