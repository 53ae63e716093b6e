"""The pen: what all writing in one transaction shares."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from agent.ledger.connection import Connections
from agent.ledger.rows import Row
from agent.ledger.trouble import trouble
from agent.model.stale import StaleRow

if TYPE_CHECKING:
    from agent.ledger.testimony import Testimony

_HISTORY = (
    "INSERT INTO history (at, subject, subject_id, before, after, why) VALUES (?, ?, ?, ?, ?, ?)"
)

Values = Sequence[object] | Mapping[str, object]


class WallClock(Protocol):
    """The time of the lines of history; agent.system.clock and the tests' clock fit."""

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""


class Pen:
    """One open transaction on one connection."""

    def __init__(
        self, connection: sqlite3.Connection, now: float, testimony: Testimony | None = None
    ) -> None:
        self._connection = connection
        self._now = now
        self._testimony = testimony  # None: this ledger keeps no evidence

    def _execute(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """Run one statement. Raises LedgerTrouble, or ValueError for a row that may not be."""
        try:
            return self._connection.execute(sql, values)
        except sqlite3.IntegrityError as error:
            raise ValueError(f"the ledger refuses this row: {error}") from error
        except sqlite3.Error as error:
            raise trouble(error) from error

    def _rows(self, sql: str, values: Values = ()) -> list[Row]:
        return self._execute(sql, values).fetchall()

    def _insert(self, sql: str, values: Sequence[object]) -> int:
        """Insert one row; returns its id."""
        row_id = self._execute(sql, values).lastrowid
        assert row_id is not None
        return row_id

    def _set(self, guarded: str, values: Sequence[object]) -> None:
        """Compare and set (see rows.guarded_update). Raises StaleRow when the row has moved on."""
        if self._execute(guarded, values).rowcount != 1:
            raise StaleRow("the row has moved on since it was read")

    def _remember(
        self, subject: str, subject_id: int, before: str | None, after: str, why: str
    ) -> None:
        """Write one line of history; none where `why` is empty (a wait of moments)."""
        if why:
            self._execute(_HISTORY, (self._now, subject, subject_id, before, after, why))


class Questions:
    """What all reading shares: rows for a question, asked on the calling thread's connection."""

    def __init__(self, connections: Connections, clock: WallClock) -> None:
        self._connections = connections
        self._clock = clock

    def _ask(self, sql: str, values: Values = ()) -> list[Row]:
        """All rows of the answer. Raises LedgerTrouble."""
        try:
            with self._connections.reader:
                return self._connections.mine().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise trouble(error) from error
