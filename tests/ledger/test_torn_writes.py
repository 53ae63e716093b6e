"""The power fails at any moment: nothing acknowledged is lost, and the ledger is sound (E03, S8).

The ledger's own statements are taken down from a real ledger and run once on a file system that
remembers what was synced (tests.kit.torn); each cut is then opened as the agent opens its ledger.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from agent.errors import LedgerTrouble
from agent.ledger import connection as connections
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from tests.kit.depth import depth
from tests.kit.torn import Cut, cuts, record
from tests.ledger.kit import ROOT, StillClock, add_client, add_document, add_file, see

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
CUTS = depth("CUTS", 1_000, 20_000)
STAGES = (Stage.filed, Stage.attaching, Stage.uploading, Stage.failed, Stage.lost, Stage.ready)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a ledger told SQLite while some clients and documents went their way."""
    plain, told = connections.connect, list[str]()

    def traced(target: str) -> sqlite3.Connection:
        connection = plain(target)
        connection.set_trace_callback(told.append)
        return connection

    monkeypatch.setattr(connections, "connect", traced)
    with Ledger.in_memory(StillClock()) as ledger:
        ledger.root(ROOT)
        for number in range(6):
            name = f"Miller {number}"
            see(ledger, name.encode())
            client = add_client(ledger, name, ClientState.known)
            for place, stage in enumerate(STAGES):
                add_file(ledger, f"{place}.pdf".encode(), name.encode())
                add_document(ledger, client, f"{name} {place}", stage)
    # a statement is told again for each trigger that it sets off
    return [line for line, _ in itertools.groupby(told) if not line.startswith("--")]


@pytest.fixture
def synchronous(tmp_path: Path) -> int:
    """The setting with which the agent's ledger is really opened."""
    with Ledger.open(tmp_path / "asked" / "ledger.sqlite3", StillClock()) as ledger:
        value: int = ledger._connections.mine().execute("PRAGMA synchronous").fetchone()[0]
    return value


def outcome(cut: Cut, folder: Path) -> str:
    """Sound, or what is wrong after this cut."""
    folder.mkdir()
    path = folder / "ledger.sqlite3"
    path.write_bytes(cut.db)
    path.with_name(path.name + "-wal").write_bytes(cut.wal)
    try:
        with Ledger.open(path, StillClock()) as ledger:
            connection = ledger._connections.mine()
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
            rows = connection.execute("SELECT count(*) FROM history").fetchone()[0]
    except LedgerTrouble as trouble:
        return trouble.said
    if found != "ok" or dangling:
        return f"damaged: {found}"
    return "sound" if cut.acked <= rows <= cut.most else f"{rows} rows, not {cut.acked}..{cut.most}"


@pytest.mark.slow
@pytest.mark.deep
@pytest.mark.timeout(900)
def test_E03_power_cut_loses_nothing_that_was_acknowledged(
    statements: list[str], synchronous: int, tmp_path: Path
) -> None:
    print(f"SEED={SEED}")
    events = record(tmp_path, statements, synchronous)
    assert sum(event.kind == "acked" for event in events) > 50
    assert sum(event.kind == "sync" and event.file == "db" for event in events) > 3, "checkpoints"
    for number, cut in enumerate(cuts(events, CUTS, random.Random(SEED))):
        found = outcome(cut, tmp_path / str(number))
        assert found == "sound", f"SEED={SEED}, cut {number} after event {cut.at}: {found}"
        shutil.rmtree(tmp_path / str(number))


@pytest.mark.slow
@pytest.mark.parametrize("weaker", [0, 1])
def test_E03_with_weaker_syncing_the_same_cuts_lose_something(
    statements: list[str], tmp_path: Path, weaker: int
) -> None:
    """The check can fail: OFF (0) and NORMAL (1) are told apart from FULL by the same cuts."""
    events = record(tmp_path, statements, weaker)
    found = [
        outcome(cut, tmp_path / str(number))
        for number, cut in enumerate(cuts(events, 60, random.Random(7)))
    ]
    assert any(one != "sound" for one in found)
