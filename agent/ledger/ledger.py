"""The ledger: the only memory and the only queue (design.md sections 1 and 3).

What only writing needs is imported at the first writing: `status` is asked often, and only reads.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import LedgerDamaged, LedgerTrouble
from agent.ledger.asking import Asking
from agent.ledger.beside import Beside
from agent.ledger.clients import ClientQuestions
from agent.ledger.connection import Connections
from agent.ledger.documents import DocumentQuestions
from agent.ledger.engine_facts import FactQuestions
from agent.ledger.files import FileQuestions
from agent.ledger.opening import backup, open_file, open_memory
from agent.ledger.operations import OperationQuestions
from agent.ledger.pages import Pages
from agent.ledger.paths import PathQuestions
from agent.ledger.pen import WallClock
from agent.ledger.trouble import trouble
from agent.ledger.unfinished import UnfinishedQuestions
from agent.model.ingestion import Workspace
from agent.model.root import Root

if TYPE_CHECKING:
    from agent.ledger.backups import Backups
    from agent.ledger.evidence import Evidence, Mark
    from agent.ledger.writing import Write


class Ledger(
    FileQuestions,
    DocumentQuestions,
    ClientQuestions,
    OperationQuestions,
    FactQuestions,
    Pages,
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
        self._evidence: Evidence | None = None
        self._backups: Backups | None = None
        self._ended: Callable[[Mark], None] | None = None
        self._told_to: Path | None = None  # evidence that is another's, who holds the lock

    @classmethod
    def open(cls, path: Path, clock: WallClock, *, sound: bool = True) -> Ledger:
        """The ledger at `path`, created (0600 in a 0700 folder) when it is not there.

        For everybody but the agent that owns it (see keeping): nothing is restored here, but what
        is written goes into the evidence, too. `sound=False` leaves out the check of the whole
        file. Raises LedgerTrouble: not on a network drive, not damaged or lost, not of a newer
        version.
        """
        beside = Beside(path)
        if beside.empty and beside.remembers:
            raise LedgerDamaged("Its file is gone or empty.")
        ledger = cls(open_file(path, sound=sound), clock)
        if beside.evidence.exists():
            ledger._told_to = beside.evidence
        return ledger

    @classmethod
    def in_memory(cls, clock: WallClock) -> Ledger:
        """A fresh ledger in memory, for the simulator; it lives until it is closed."""
        return cls(open_memory(), clock)

    def keep(
        self,
        evidence: Evidence,
        backups: Backups | None = None,
        ended: Callable[[Mark], None] | None = None,
    ) -> None:
        """Write what weighs into `evidence` as well; `backups` is where back_up() copies to, and
        `ended` is called once everything is closed."""
        self._evidence = evidence
        self._backups = backups
        self._ended = ended

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of all threads; any later call raises LedgerTrouble.

        The agent's own (see keeping) notes that its end was a clean one.
        """
        mark = None
        if self._ended is not None:
            with contextlib.suppress(LedgerTrouble):
                mark = self.evidence_mark()
        self._connections.close()
        if self._ended is not None and mark is not None:
            self._ended(mark)
        self._ended = None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit, on the thread that wrote; it must not raise."""
        self._listeners = (*self._listeners, listener)

    def write(self, *, light: bool = False) -> Write:
        """`begin immediate` .. commit; durable when it ends. An exception undoes all of it.

        A `light` one may be lost in a power cut, until the next that is not: for what would only
        be looked up, read or sent once more. What weighs is durable all the same.

        Raises StaleRow (agent.model.stale) when a compare-and-set missed; RuntimeError when this
        thread already writes.
        """
        from agent.ledger.writing import Write

        if self._evidence is None and self._told_to is not None:
            from agent.ledger.evidence import Evidence

            self._evidence = Evidence(self._told_to, ours=False)
        return Write(self._connections, self._clock, self._tell, self._evidence, light=light)

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

    def copied_at(self) -> float | None:
        """When the newest daily copy was made; None where there is none. Raises LedgerTrouble."""
        newest = None if self._backups is None else self._backups.newest()
        return None if newest is None else newest.at

    def back_up(self) -> bool:
        """Make a daily copy and check it wholly; False: nothing happened since the last one.

        Raises LedgerDamaged when the check finds damage, LedgerTrouble when it cannot be written.
        """
        if self._backups is None:
            return False
        newest = self._backups.newest()
        try:
            with self._connections.reader:
                live = self._connections.mine()
                if not self._backups.changed_since(newest, live):
                    return False
                self._backups.make(live, self._clock.now())
        except sqlite3.Error as error:
            raise trouble(error) from error
        return True

    def backup(self, target: Path) -> None:
        """Copy the ledger to `target` (0600), whole or not at all, while others go on writing."""
        try:
            with self._connections.reader:
                backup(self._connections.mine(), target)
        except sqlite3.Error as error:
            raise trouble(error) from error
