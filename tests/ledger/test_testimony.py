"""What weighs of a transaction is durable in the evidence before the commit, and only that (S8)."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from agent.errors import LedgerTrouble
from agent.ledger import durable, writing
from agent.ledger.beside import Beside
from agent.ledger.evidence import Mark, Reading, read
from agent.ledger.keeping import open_kept
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from tests.ledger.kit import ROOT, StillClock, add_client, add_document, add_file, rows

CLOCK = StillClock()
posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.sqlite3"


def found(path: Path) -> Reading:
    reading = read(path)
    assert reading is not None
    return reading


def lines(path: Path) -> int:
    return len(list(found(Beside(path).evidence).lines()))


def test_what_does_not_weigh_writes_no_line(path: Path) -> None:
    with open_kept(path, CLOCK) as ledger:
        before = lines(path)
        ledger.root(ROOT)
        client = add_client(ledger)
        document = add_document(ledger, client, "w2", Stage.uploaded)
        file = add_file(ledger)
        with ledger.write() as writing:
            document = writing.move_document(document, document.to(Stage.ready), "expired")
            writing.move_file(file, file.to(FileState.missing), "gone")
            writing.save_records([], 1.0)
            writing.note_agent("well")
        assert lines(path) == before


def test_a_document_on_its_way_writes_a_line_for_each_transaction(path: Path) -> None:
    with open_kept(path, CLOCK) as ledger:
        ledger.root(ROOT)
        client = add_client(ledger, state=ClientState.known)
        before = lines(path)
        add_document(ledger, client, "w2", Stage.filed)  # in one transaction, to its end
        assert lines(path) == before + 1
        line = list(found(Beside(path).evidence).lines())[-1]
        (said,) = line["clients"]
        assert said["client"]["external_id"] == client.external_id
        assert [one["state"] for one in said["operations"]] == ["done"]
        assert [one["stage"] for one in said["documents"]] == ["filed"]
        mark = ledger.evidence_mark()
        assert mark == found(Beside(path).evidence).end


def test_S8_the_line_is_durable_before_the_commit_and_the_mark_is_in_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[tuple[str, int]] = []
    plain = durable.sync_descriptor

    def sync(descriptor: int) -> None:
        plain(descriptor)
        with sqlite3.connect(path) as other:
            order.append(("synced", other.execute("SELECT count(*) FROM operations").fetchone()[0]))
        other.close()

    with open_kept(path, CLOCK) as ledger:
        ledger.root(ROOT)
        client = add_client(ledger, state=ClientState.known)
        monkeypatch.setattr(durable, "sync_descriptor", sync)
        ledger.on_change(lambda: order.append(("committed", lines(path))))
        add_document(ledger, client, "w2", Stage.filed)
        assert order == [("synced", 0), ("committed", 3)]


def test_E02_a_transaction_whose_line_cannot_be_written_is_undone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_kept(path, CLOCK) as ledger:
        ledger.root(ROOT)
        client = add_client(ledger, state=ClientState.known)
        before = Beside(path).evidence.read_bytes()

        def full(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(durable, "sync_descriptor", full)
        with pytest.raises(LedgerTrouble, match="evidence cannot be written"):
            add_document(ledger, client, "w2", Stage.filed)
        assert rows(ledger, "SELECT count(*) FROM documents") == [(0,)]
        assert Beside(path).evidence.read_bytes() == before
        monkeypatch.undo()
        add_document(ledger, client, "w2", Stage.filed)
        assert ledger.evidence_mark() == found(Beside(path).evidence).end


@pytest.mark.parametrize("interrupt", [False, True], ids=["failed", "interrupted"])
def test_E02_a_commit_that_fails_takes_its_line_back(
    path: Path, monkeypatch: pytest.MonkeyPatch, interrupt: bool
) -> None:
    with open_kept(path, CLOCK) as ledger:
        ledger.root(ROOT)
        client = add_client(ledger, state=ClientState.known)
        before = Beside(path).evidence.read_bytes()
        plain = writing.Write._testify

        def testify(self: writing.Write) -> Mark | None:
            mark = plain(self)
            assert len(Beside(path).evidence.read_bytes()) > len(before)
            self._connection.execute("PRAGMA defer_foreign_keys = ON")
            self._connection.execute("UPDATE documents SET replaces = 99")
            if interrupt:  # the very moment before the commit
                self._connection = Interrupted(self._connection)  # type: ignore[assignment]  # a double
            return mark

        monkeypatch.setattr(writing.Write, "_testify", testify)
        with pytest.raises(KeyboardInterrupt if interrupt else LedgerTrouble):
            add_document(ledger, client, "w2", Stage.filed)
        monkeypatch.undo()
        assert Beside(path).evidence.read_bytes() == before
        assert rows(ledger, "SELECT count(*) FROM documents") == [(0,)]
        add_document(ledger, client, "w2", Stage.filed)
        assert ledger.evidence_mark() == found(Beside(path).evidence).end


class Interrupted:
    """A connection that is interrupted at its commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str) -> sqlite3.Cursor:
        if sql == "COMMIT":
            raise KeyboardInterrupt
        return self._connection.execute(sql)

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction


def test_a_command_beside_the_agent_writes_into_the_same_evidence(path: Path) -> None:
    with open_kept(path, CLOCK) as agent, Ledger.open(path, CLOCK, sound=False) as command:
        agent.root(ROOT)
        client = add_client(agent, state=ClientState.known)
        add_document(command, client, "one", Stage.filed)
        add_document(agent, client, "two", Stage.filed)
        command.pause(float("inf"), "a person")
        add_document(agent, client, "three", Stage.filed)
        reading = found(Beside(path).evidence)
        assert (reading.damaged, reading.torn, reading.end) == (0, False, agent.evidence_mark())
    open_kept(path, CLOCK).close()
    assert found(Beside(path).evidence) == reading


def test_a_command_on_an_older_ledger_destroys_no_proof(path: Path) -> None:
    old = path.with_name("old")
    with open_kept(path, CLOCK) as ledger:
        ledger.root(ROOT)
        client = add_client(ledger, state=ClientState.known)
        ledger.backup(old)
        add_document(ledger, client, "one", Stage.filed)
    old.replace(path)
    before = Beside(path).evidence.read_bytes()
    with (
        Ledger.open(path, CLOCK, sound=False) as command,
        pytest.raises(LedgerTrouble, match="next start"),
    ):
        command.pause(float("inf"), "a person")
    assert Beside(path).evidence.read_bytes() == before
    with open_kept(path, CLOCK) as ledger:
        assert [one.stage for one in ledger.documents()] == [Stage.filed]


def test_a_ledger_of_an_agent_that_kept_no_evidence_gets_one_at_its_first_start(
    path: Path,
) -> None:
    with Ledger.open(path, CLOCK) as ledger:
        ledger.root(ROOT)
        add_document(ledger, add_client(ledger, state=ClientState.known), "one", Stage.filed)
    assert not Beside(path).evidence.exists()
    with open_kept(path, CLOCK) as ledger:
        assert ledger.evidence_mark() == found(Beside(path).evidence).end
        assert ledger.incident() is None
    path.unlink()
    with open_kept(path, CLOCK) as ledger:
        assert [one.stage for one in ledger.documents()] == [Stage.filed]
