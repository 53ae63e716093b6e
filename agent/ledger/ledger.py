"""The ledger: the only memory and the only queue (design.md sections 1 and 3)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from agent.ledger.asking import Asking
from agent.ledger.clients import ClientQuestions
from agent.ledger.connection import Connections
from agent.ledger.documents import DocumentQuestions
from agent.ledger.engine_facts import FactQuestions
from agent.ledger.files import FileQuestions
from agent.ledger.history import History
from agent.ledger.opening import backup, open_file, open_memory
from agent.ledger.operations import OperationQuestions
from agent.ledger.overview import Overview
from agent.ledger.paths import PathQuestions
from agent.ledger.pen import WallClock
from agent.ledger.trouble import trouble
from agent.ledger.unfinished import UnfinishedQuestions
from agent.ledger.writing import Write
from agent.model.ingestion import Workspace
from agent.model.root import Root


class Ledger(
    FileQuestions,
    DocumentQuestions,
    ClientQuestions,
    OperationQuestions,
    FactQuestions,
    Overview,
    History,
    PathQuestions,
    UnfinishedQuestions,
    Asking,
):
    """One ledger; threads may share it. Fulfils engine.ledger_port.Ledger.

    Any call may raise LedgerTrouble.
    """

    def __init__(self, connections: Connections, clock: WallClock) -> None:
        super().__init__(connections, clock)
        self._listeners: tuple[Callable[[], None], ...] = ()

    @classmethod
    def open(cls, path: Path, clock: WallClock, *, sound: bool = True) -> Ledger:
        """The ledger at `path`, created (0600 in a 0700 folder) when it is not there.

        `sound=False` leaves out the check of the whole file. Raises LedgerTrouble: not on a
        network drive, not damaged, not of a newer version.
        """
        return cls(open_file(path, sound=sound), clock)

    @classmethod
    def in_memory(cls, clock: WallClock) -> Ledger:
        """A fresh ledger in memory, for the simulator; it lives until it is closed."""
        return cls(open_memory(), clock)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of all threads; any later call raises LedgerTrouble."""
        self._connections.close()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit, on the thread that wrote; it must not raise."""
        self._listeners = (*self._listeners, listener)

    def write(self) -> Write:
        """`begin immediate` .. commit; durable when it ends. An exception undoes all of it.

        Raises StaleRow (agent.model.stale) when a compare-and-set missed; RuntimeError when this
        thread already writes.
        """
        return Write(self._connections, self._clock, self._tell)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def pin_workspace(self, workspace: Workspace) -> None:
        """Remember the workspace at the first sign-in. Raises WrongWorkspace for another one."""
        known = self.workspace()
        if known is None or (known.id, known.name) != (workspace.id, workspace.name):
            with self.write() as writing:
                writing.pin(workspace)

    def forget_delays(self) -> None:
        """Make everything due at once; called at start, since due times belong to one process."""
        with self.write() as writing:
            writing.forget_delays()

    def root(self, path: bytes) -> Root:
        """The row of this root, inserted when new."""
        for root in self.roots():
            if root.path == path:
                return root
        with self.write() as writing:
            return writing.add_root(path)

    def backup(self, target: Path) -> None:
        """Copy the ledger to `target` (0600), whole or not at all, while others go on writing."""
        try:
            with self._connections.reader:
                backup(self._connections.mine(), target)
        except sqlite3.Error as error:
            raise trouble(error) from error
