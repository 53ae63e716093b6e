"""E1: while the ledger's disk is full nobody asks Filed, and nothing ends."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest

from agent.engine.crew import Bell, Crew
from agent.engine.ledger_port import Ledger, Writing
from agent.engine.room import LOOK, Room
from agent.errors import LedgerFull, LedgerTrouble
from agent.ledger.ledger import Ledger as RealLedger
from agent.ledger.trouble import disk_trouble, trouble
from tests.engine.kit import Office
from tests.engine.test_crew import PATIENCE, Odd
from tests.kit.clock import JumpingClock


class FullLedger:
    """The real one in memory, on a disk that may be full."""

    def __init__(self, clock: JumpingClock) -> None:
        self.real = RealLedger.in_memory(clock)
        self.full = True
        self.tries = 0

    @contextmanager
    def write(self, *, light: bool = False) -> Iterator[Writing]:
        self.tries += 1
        with self.real.write(light=light) as writing:
            yield writing
            if self.full:
                raise LedgerFull("The disk that holds the ledger is full.")


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def ledger(clock: JumpingClock) -> Iterator[FullLedger]:
    made = FullLedger(clock)
    yield made
    made.real.close()


def test_E01_room_is_tried_every_few_seconds_until_something_can_be_written(
    clock: JumpingClock, ledger: FullLedger
) -> None:
    room = Room(cast("Ledger", ledger), clock)
    assert room.closed_for() == 0.0
    room.lacks(LedgerFull())
    assert (room.closed_for(), ledger.tries) == (LOOK, 0)
    for tries in (1, 2, 3):
        clock.advance(LOOK)
        assert room.closed_for() == LOOK
        clock.advance(LOOK / 2)
        assert 0.0 < room.closed_for() <= LOOK
        clock.advance(LOOK / 2)
        assert ledger.tries == tries
    ledger.full = False
    assert isinstance(room.trouble, LedgerFull)
    assert room.closed_for() == 0.0
    assert room.trouble is None


def test_E01_without_room_no_worker_asks_filed(office: Office) -> None:
    office.arrive()
    office.busy(office.find)
    before = office.asked()
    office.gate.room.lacks(LedgerFull())
    for worker in (*office.uploads, office.attach, office.find):
        assert worker.turn() > 0.0
    assert office.asked() == before
    office.clock.advance(LOOK)
    office.busy(office.upload)
    assert office.asked() != before


def test_E01_a_worker_that_meets_a_full_disk_tells_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.engine.crew.FULL_PAUSE", 0.01)
    told = threading.Event()
    worker = Odd("writer", LedgerFull(), LedgerFull())
    crew = Crew((worker,), Bell())
    crew.on_full = lambda error: told.set()
    crew.start()
    assert told.wait(PATIENCE)
    assert worker.idle.wait(PATIENCE)
    assert crew.fatal is None
    assert crew.stop(PATIENCE)


@pytest.mark.parametrize("name", ["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"])
def test_E01_sqlite_s_words_for_a_full_disk_are_known(name: str) -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorname = name
    assert type(trouble(error)) is LedgerFull


@pytest.mark.parametrize(
    ("error", "kind"),
    [(OSError(28, "No space left"), LedgerFull), (OSError(5, "IO"), LedgerTrouble)],
)
def test_E01_the_disk_s_words_are_known_as_well(error: OSError, kind: type[LedgerTrouble]) -> None:
    found = disk_trouble(error, "The copy cannot be written")
    assert type(found) is kind
    assert found.said.startswith("The copy cannot be written: ")
