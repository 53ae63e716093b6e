"""Opening the ledger: a private file on a local disk, sound, with the tables of this version."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from agent.errors import LedgerDamaged, LedgerTrouble
from agent.ledger import schema
from agent.ledger.connection import FileConnections, MemoryConnection, connect
from agent.ledger.disks import refuse_network_disk
from agent.ledger.durable import sync_file, sync_folder
from agent.ledger.soundness import applied_to, damage_in
from agent.ledger.trouble import disk_trouble, trouble


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
    prepare(path.parent)
    _prepare_file(path)
    try:
        connection = connect(str(path))
    except sqlite3.Error as error:
        raise trouble(error) from error
    try:
        if sound and (damage := damage_in(connection)) is not None:
            raise LedgerDamaged(f"Its file is broken ({damage}).")
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
        sync_file(partial)
        partial.replace(target)
        sync_folder(target.parent)
    except sqlite3.Error as error:
        raise trouble(error) from error
    except OSError as error:
        raise disk_trouble(error, "The ledger's copy cannot be written") from error


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


def prepare(folder: Path) -> None:
    """Create the ledger's folder (0700) where it is not there. Raises LedgerTrouble."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_network_disk(folder)
    except OSError as error:
        raise disk_trouble(error, "The ledger's folder cannot be used") from error


def _prepare_file(path: Path) -> None:
    """Create the file (0600) where it is not there; SQLite keeps its mode.

    The file is never opened when it exists: closing it would drop SQLite's locks of this process.
    """
    try:
        with contextlib.suppress(FileExistsError):
            _create_private(path)
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            with contextlib.suppress(FileNotFoundError):
                _make_private(file)
    except OSError as error:
        raise disk_trouble(error, "The ledger's folder cannot be used") from error


def _create_private(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _make_private(path: Path) -> None:
    """Take other people's access to a file that came from elsewhere (a copy, an old version)."""
    mode = path.stat().st_mode
    if mode & 0o077 and os.name == "posix":
        path.chmod(mode & 0o700)


def _use_wal(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise LedgerTrouble("The ledger's disk does not allow a write-ahead log: use a local disk.")


def _bring_up_to_date(connection: sqlite3.Connection, path: Path | None) -> None:
    """Apply due schema steps in one transaction, after a copy when there is something to lose."""
    applied = applied_to(connection)
    if applied == schema.NAMES:
        return
    if applied and path is not None:
        backup(connection, path.with_name(f"{path.name}.before-{schema.NAMES[-1]}"))
    from agent.ledger.migrations import migrate  # a tenth of a second, only when needed

    connection.execute("BEGIN IMMEDIATE")
    try:
        if applied_to(connection) != schema.NAMES:  # another process may have been quicker
            migrate(connection)
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
