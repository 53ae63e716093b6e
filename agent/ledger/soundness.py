"""Whether a ledger's file is sound, and whose it is; nothing is changed by looking."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import LedgerDamaged, LedgerTrouble
from agent.ledger import schema
from agent.ledger.connection import BUSY_SECONDS, connect
from agent.ledger.engine_facts import FILLED
from agent.ledger.trouble import error_name, trouble

if TYPE_CHECKING:
    from agent.ledger.evidence import Mark

_MIGRATIONS_TABLE = "_sqlite_migrations"  # the name that sqlite-utils gives it


@dataclass(frozen=True, slots=True)
class Look:
    """What a ledger's file looks like before anything of it is changed.

    `damage` is SQLite's name for it, None: sound. `fresh`: no client and no document is in it.
    `mark` is how far it has taken in its evidence, None: it never had any.
    """

    damage: str | None
    fresh: bool = True
    mark: Mark | None = None


def look_at(path: Path, *, thorough: bool = False) -> Look:
    """Look at an existing ledger of any age.

    `thorough` checks every index and reference as well (half as long again as the quick check); so
    is one that was not closed, or whose length is none. Raises LedgerTrouble for what is no
    damage: locked, read-only, foreign, of a newer version.
    """
    from agent.ledger.evidence import Mark  # commands that only read never look so closely

    try:
        with _only_looking(path) as connection:
            applied = applied_to(connection)  # a newer version's file is refused, sound or not
            thorough = thorough or _odd(path, connection)
            damage = damage_in(connection, thorough=thorough)
            if damage is not None or not applied:
                return Look(damage)
            fact = connection.execute("SELECT value FROM facts WHERE name = 'evidence'").fetchone()
            fresh = not connection.execute(FILLED).fetchone()[0]
            return Look(None, fresh, Mark.read(fact[0] if fact else None))
    except sqlite3.Error as error:
        found = trouble(error)
        if isinstance(found, LedgerDamaged):
            return Look(error_name(error))
        raise found from error


def _odd(path: Path, connection: sqlite3.Connection) -> bool:
    """Whether the agent before did not close it, or a piece of its last page is lacking."""
    wal = path.with_name(path.name + "-wal")
    page: int = connection.execute("PRAGMA page_size").fetchone()[0]
    return (wal.exists() and wal.stat().st_size > 0) or path.stat().st_size % page != 0


@contextlib.contextmanager
def _only_looking(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that neither writes the -wal into the file nor deletes it when it is closed:
    both are set aside as they are. What a crash left half done may need one that writes."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS
    )
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.Error as error:
        connection.close()
        if not error_name(error).startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
            raise
        connection = connect(str(path))
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def reading(copy: Path) -> Iterator[sqlite3.Connection]:
    """A copy that nobody writes, opened without making any file beside it."""
    connection = sqlite3.connect(f"{copy.absolute().as_uri()}?immutable=1", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def damage_of(copy: Path) -> str | None:
    """The damage of a copy that nobody writes, checked wholly; None: it is sound."""
    try:
        with reading(copy) as connection:
            return damage_in(connection, thorough=True)
    except sqlite3.Error as error:
        return error_name(error)


def damage_in(connection: sqlite3.Connection, *, thorough: bool = False) -> str | None:
    """SQLite's name for the damage of a ledger, None: it is sound. Raises sqlite3.Error."""
    checks = ["integrity_check(1)", "foreign_key_check"] if thorough else ["quick_check(1)"]
    try:
        for check in checks:
            found = connection.execute(f"PRAGMA {check}").fetchone()
            if found is not None and found[0] != "ok":
                return "SQLITE_CORRUPT"
    except sqlite3.Error as error:
        if isinstance(trouble(error), LedgerDamaged):
            return error_name(error)
        raise
    return None


def applied_to(connection: sqlite3.Connection) -> tuple[str, ...]:
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
