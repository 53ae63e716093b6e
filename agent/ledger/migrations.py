"""The steps of the schema as a migration set of sqlite-utils.

Imported only when a step is due: sqlite-utils costs a tenth of a second, which no reading verb of
the command line should pay.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from agent.ledger.schema import STEPS

SET_NAME = "ledger"


def _statements(script: str) -> Iterator[str]:
    """The single statements of a script; executescript would commit the open transaction."""
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    assert not pending.strip(), "the last statement of a schema step is not complete"


def _step(script: str) -> Callable[[Database], None]:
    def apply(db: Database) -> None:
        for statement in _statements(script):
            db.conn.execute(statement)

    return apply


def migrate(connection: sqlite3.Connection, steps: tuple[tuple[str, str], ...] = STEPS) -> None:
    """Apply every step that is due, inside the transaction that the caller has open.

    All steps become durable together with the caller's commit, or not at all.
    """
    migrations = Migrations(SET_NAME)
    for name, script in steps:
        migrations(name=name)(_step(script))
    db = Database(connection, recursive_triggers=False, execute_plugins=False)
    migrations.apply(db)
