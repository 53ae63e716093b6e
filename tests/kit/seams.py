"""The seam between the engine and its ledger, where a simulation breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from agent.engine.ledger_port import Writing
from agent.ledger.connection import MemoryConnection
from agent.ledger.ledger import Ledger
from agent.ledger.opening import open_memory
from agent.ledger.pen import WallClock
from agent.model.ingestion import Workspace
from tests.kit.faults import Crash, Crossings, Fate

FULL = "The ledger cannot be written."


def fresh_ledger(clock: WallClock) -> Ledger:
    """As Ledger.in_memory, but its tables are copied from a template: ten times as fast."""
    connections = MemoryConnection()
    connections.mine().deserialize(_template())
    return Ledger(connections, clock)


@cache
def _template() -> bytes:
    connection = open_memory().mine()
    try:
        return connection.serialize()
    finally:
        connection.close()


class CrossingLedger:
    """The real ledger, with a crossing before and after each transaction."""

    def __init__(self, ledger: Ledger, crossings: Crossings) -> None:
        self._ledger = ledger
        self._crossings = crossings
        self.writing = False  # nobody else gets a turn while a transaction is open

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._ledger, name)
        self.__dict__[name] = value  # found at once the next time
        return value

    def forget_delays(self) -> None:
        """The first transaction of every start."""
        self._cross(self._ledger.forget_delays)

    def pin_workspace(self, workspace: Workspace) -> None:
        """The first transaction of every sign-in, where there is one."""
        self._cross(lambda: self._ledger.pin_workspace(workspace))

    def _cross(self, act: Callable[[], None]) -> None:
        fate = self._crossings.fate("ledger.write", remote=False)
        if fate is Fate.before:
            raise Crash("before a transaction")
        if fate in (Fate.fails, Fate.fails_late):
            raise self._crossings.ledger_error(FULL)
        act()
        if fate is Fate.after:
            raise Crash("after a transaction")

    @contextmanager
    def write(self, *, light: bool = False) -> Iterator[Writing]:
        fate = self._crossings.fate("ledger.write", remote=False)
        if fate is Fate.before:
            raise Crash("before a transaction")
        if fate is Fate.fails:
            raise self._crossings.ledger_error(FULL)
        self.writing = True
        try:
            with self._ledger.write(light=light) as writing:
                yield writing
                if fate is Fate.fails_late:
                    raise self._crossings.ledger_error(FULL)
        finally:
            self.writing = False
        if fate is Fate.after:
            raise Crash("after a transaction")
