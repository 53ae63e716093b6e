"""A ledger that is closed while other threads use it: they are told, and nothing else happens."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agent.errors import LedgerTrouble
from agent.ledger.connection import FileConnections
from agent.ledger.ledger import Ledger
from agent.system.clock import SystemClock

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

# in a process of its own: what is looked for takes the whole process down
CLOSED_UNDER_A_QUESTION = f"""
import sys, threading, time
from pathlib import Path
from agent.errors import LedgerTrouble
from agent.ledger.ledger import Ledger
from agent.system.clock import SystemClock

ledger = Ledger.open(Path(sys.argv[1]), SystemClock())
begun, told = threading.Event(), []

def ask():
    ledger.counts()
    begun.set()
    try:
        ledger._ask({LONG!r})
    except LedgerTrouble as error:
        told.append(type(error).__name__)

asking = threading.Thread(target=ask)
asking.start()
begun.wait(10)
time.sleep(0.3)
start = time.monotonic()
ledger.close()
took = time.monotonic() - start
asking.join(10)
assert not asking.is_alive(), "it goes on for ever"
assert took < 5, took
print(told)
"""


@pytest.mark.slow
def test_a_question_under_way_is_broken_off(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOSED_UNDER_A_QUESTION, str(tmp_path / "ledger.sqlite3")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    assert done.stdout.strip() == "['LedgerTrouble']"


def test_a_thread_that_is_known_is_told_as_well(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", SystemClock())
    asked, closed, told = threading.Event(), threading.Event(), []

    def ask() -> None:
        ledger.counts()
        asked.set()
        closed.wait(10)
        for question in (ledger.counts, lambda: ledger.write().__enter__()):
            try:
                question()
            except LedgerTrouble as error:
                told.append(error.said)

    thread = threading.Thread(target=ask)
    thread.start()
    asked.wait(10)
    ledger.close()
    closed.set()
    thread.join(10)
    assert told == ["The ledger is closed."] * 2


def test_a_connection_that_stays_in_use_is_left_to_its_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ledger.connection.CLOSE_SECONDS", 0.05)
    Ledger.open(tmp_path / "ledger.sqlite3", SystemClock()).close()
    connections = FileConnections(tmp_path / "ledger.sqlite3")
    held, over = threading.Event(), threading.Event()
    found: list[int] = []

    def hold() -> None:
        with connections.reader:
            connection = connections.mine()
            held.set()
            over.wait(10)
            found.append(connection.execute("SELECT 1").fetchone()[0])
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    connections.close()
    over.set()
    thread.join(10)
    assert found == [1]
