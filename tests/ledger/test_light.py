"""Light transactions: they spare the sync, lose nothing to a kill, and never what weighs."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.errors import LedgerTrouble
from agent.ledger.connection import FileConnections
from agent.ledger.evidence import Evidence
from agent.ledger.keeping import open_kept
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.root import FolderRow
from tests.ledger.kit import ROOT, StillClock, add_client, add_document, rows

FULL, NORMAL = 2, 1  # as PRAGMA synchronous tells them
FOLDER = FolderRow(b"Miller", 1, b"digest")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_kept(tmp_path / "home" / "ledger.sqlite3", StillClock()) as made:
        made.root(ROOT)
        yield made


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was synced beside SQLite's own way."""
    told: list[str] = []
    monkeypatch.setattr(FileConnections, "sync_log", lambda self: told.append("log"))
    return told


def synchronous(ledger: Ledger) -> int:
    return int(rows(ledger, "PRAGMA synchronous")[0][0])


def test_light_transaction_leaves_the_sync_out_and_the_next_one_does_not(ledger: Ledger) -> None:
    with ledger.write(light=True) as writing:
        writing.save_folder(1, FOLDER)
        assert synchronous(ledger) == NORMAL
    with ledger.write() as writing:
        writing.save_folder(1, FOLDER)
        assert synchronous(ledger) == FULL


def test_light_transaction_that_fails_leaves_the_next_one_durable(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.write(light=True):
        raise ZeroDivisionError
    assert synchronous(ledger) == FULL
    assert ledger.folder(1, b"Miller") is None


def test_light_transaction_that_cannot_begin_leaves_the_next_one_durable(ledger: Ledger) -> None:
    rows(ledger, "PRAGMA busy_timeout = 1")
    path = rows(ledger, "PRAGMA database_list")[0][2]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerTrouble), ledger.write(light=True):
            pytest.fail("another process is writing")
    assert synchronous(ledger) == FULL


def test_light_transaction_whose_commit_fails_leaves_the_next_one_durable(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = add_client(ledger, state=ClientState.known)
    document = add_document(ledger, client, "w2", Stage.ingesting)

    def full(*asked: object) -> None:
        raise LedgerTrouble("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(Evidence, "append", full)
        with pytest.raises(LedgerTrouble), ledger.write(light=True) as writing:
            writing.move_document(document, document.to(Stage.filed), "completed")
    assert synchronous(ledger) == FULL


def test_kill_right_after_it_loses_nothing(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.write(light=True) as writing:
        writing.save_folder(1, FOLDER)
    # what another process finds, while this one has closed nothing
    after = shutil.copytree(tmp_path / "home", tmp_path / "after")
    with Ledger.open(after / "ledger.sqlite3", StillClock()) as found:
        assert found.folder(1, b"Miller") == FOLDER


def test_what_weighs_is_durable_all_the_same(ledger: Ledger, synced: list[str]) -> None:
    client = add_client(ledger, state=ClientState.known)
    document = add_document(ledger, client, "w2", Stage.ingesting)
    with ledger.write(light=True) as writing:
        writing.move_document(document, document.to(Stage.filed), "completed")
    assert synced == ["log"]


def test_what_does_not_weigh_is_not_synced(ledger: Ledger, synced: list[str]) -> None:
    client = add_client(ledger, state=ClientState.known)
    document = add_document(ledger, client, "w2", Stage.uploading)
    with ledger.write(light=True) as writing:
        writing.note_offset(document, 1)
    assert synced == []


def test_log_that_cannot_be_synced_is_told(ledger: Ledger, tmp_path: Path) -> None:
    connections = FileConnections(tmp_path / "home" / "ledger.sqlite3")
    connections.sync_log()
    (tmp_path / "home" / "ledger.sqlite3-wal").unlink()
    with pytest.raises(LedgerTrouble, match="cannot be made durable"):
        connections.sync_log()
    connections.close()
