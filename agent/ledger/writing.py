"""Writing: one transaction, from `begin immediate` to a durable commit.

What weighs of it is durable in the evidence right before the commit is: so whatever is acted upon
afterwards stands in two places (S8), and the evidence is never behind.

A light transaction notes what would be found or done again: no kill can take it back, but a power
cut may, until the next durable commit. SQLite keeps the order, so nothing durable ever rests on
something that was lost (https://sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from types import TracebackType

from agent.ledger.connection import Connections
from agent.ledger.evidence import Evidence, Mark
from agent.ledger.export import Exporting
from agent.ledger.operations import OperationWriting
from agent.ledger.pen import WallClock
from agent.ledger.placing import Placing
from agent.ledger.recalling import Recalling
from agent.ledger.reconciling import Reconciling
from agent.ledger.rows import CLIENT, client_of
from agent.ledger.testimony import Testimony, Told
from agent.ledger.trouble import trouble
from agent.ledger.wishes import WishWriting


class Transaction(WishWriting, Placing, OperationWriting, Reconciling, Recalling, Exporting):
    """All that can be written, in one open transaction (engine.ledger_port.Writing)."""

    def __init__(
        self, connection: sqlite3.Connection, now: float, testimony: Testimony | None = None
    ) -> None:
        super().__init__(connection, now, testimony)
        self._doubted: set[int] = set()

    def testified(self) -> Told | None:
        """The evidence's line about this transaction, None where nothing of it weighs."""
        if self._testimony is None or not self._testimony:
            return None
        rows = [
            self._rows(f"SELECT {CLIENT} FROM clients AS c WHERE c.id = ?", (number,))  # noqa: S608
            for number in self._testimony.clients
        ]
        clients = {client.id: client for client in (client_of(found[0]) for found in rows)}
        return self._testimony.content(self._now, clients)


class Write:
    """The context of one transaction: durable when left, undone by any exception."""

    def __init__(
        self,
        connections: Connections,
        clock: WallClock,
        committed: Callable[[], None],
        evidence: Evidence | None = None,
        *,
        light: bool = False,
    ) -> None:
        self._light = light
        self._connections = connections
        self._clock = clock
        self._committed = committed
        self._evidence = evidence

    def __enter__(self) -> Transaction:
        with contextlib.ExitStack() as held:
            held.enter_context(self._connections.writer)
            held.enter_context(self._connections.reader)
            self._connections.check()
            self._connection = connection = self._connections.mine()
            try:
                if connection.in_transaction:
                    raise RuntimeError("this thread already has a transaction open")
                self._begin()
            except sqlite3.Error as error:
                raise trouble(error) from error
            self._held = held.pop_all()
        testimony = None if self._evidence is None else Testimony()
        self._transaction = Transaction(connection, self._clock.now(), testimony)
        return self._transaction

    def _begin(self) -> None:
        try:
            if self._light:
                self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._grow_heavy()
            raise

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
            self._grow_heavy()
            self._held.close()
        if error is None:
            self._committed()

    def _commit(self) -> None:
        before: Mark | None = None
        try:
            before = self._testify()
            self._connection.execute("COMMIT")
            if self._light and before is not None:  # it weighed after all
                self._connections.sync_log()
        except sqlite3.Error as error:
            self._undo(before)
            raise trouble(error) from error
        except BaseException:  # an interrupt: what was not committed must not stay open
            self._undo(before)
            raise

    def _grow_heavy(self) -> None:
        """The next transaction on this connection is durable again."""
        with contextlib.suppress(sqlite3.Error):  # then the connection is lost as a whole
            if self._light and not self._connection.in_transaction:
                self._connection.execute("PRAGMA synchronous = FULL")

    def _testify(self) -> Mark | None:
        """Write the evidence's line and how far it goes; where it went before, if it was written.

        Raises LedgerTrouble: then the transaction is undone as well.
        """
        content = self._transaction.testified()
        before = None if content is None else self._transaction.evidence_mark()
        if self._evidence is None or content is None or before is None:
            return None
        after = self._evidence.append(before, content)
        if after is not None:
            self._transaction.set_evidence_mark(after)
        return before

    def _undo(self, before: Mark | None = None) -> None:
        """Roll back; what fails here was lost with the connection, and so is undone as well."""
        try:
            if self._connection.in_transaction:
                if before is not None and self._evidence is not None:
                    self._evidence.take_back(before)  # while nobody else may write behind it
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            return
