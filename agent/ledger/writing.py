"""Writing: one transaction, from `begin immediate` to a durable commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from types import TracebackType

from agent.ledger.connection import Connections
from agent.ledger.engine_facts import FactWriting
from agent.ledger.operations import OperationWriting
from agent.ledger.pen import WallClock
from agent.ledger.placing import Placing
from agent.ledger.trouble import trouble
from agent.ledger.wishes import WishWriting


class Transaction(WishWriting, Placing, OperationWriting, FactWriting):
    """All that can be written, in one open transaction (engine.ledger_port.Writing)."""

    def __init__(self, connection: sqlite3.Connection, now: float) -> None:
        super().__init__(connection, now)
        self._doubted: set[int] = set()


class Write:
    """The context of one transaction: durable when left, undone by any exception."""

    def __init__(
        self, connections: Connections, clock: WallClock, committed: Callable[[], None]
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._committed = committed

    def __enter__(self) -> Transaction:
        self._connections.writer.__enter__()
        try:
            self._connections.check()
            connection = self._connections.mine()
            if connection.in_transaction:
                raise RuntimeError("this thread already has a transaction open")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._connections.writer.__exit__(None, None, None)
            raise trouble(error) from error
        except BaseException:
            self._connections.writer.__exit__(None, None, None)
            raise
        self._connection = connection
        return Transaction(connection, self._clock.now())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._commit()
            else:
                self._undo()
        finally:
            self._connections.writer.__exit__(None, None, None)
        if error is None:
            self._committed()

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            raise trouble(error) from error
        except BaseException:  # an interrupt: what was not committed must not stay open
            self._undo()
            raise

    def _undo(self) -> None:
        """Roll back; what fails here was lost with the connection, and so is undone as well."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            return
