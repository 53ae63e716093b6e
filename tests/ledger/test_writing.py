"""One transaction: compare-and-set, all or nothing, several threads, listeners."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import LedgerTrouble
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState, Kind, Signature
from agent.model.stale import StaleRow
from tests.ledger.kit import (
    ROOT,
    StillClock,
    add_client,
    add_document,
    add_file,
    memory_ledger,
    new_file,
    rows,
)


def test_a_move_from_an_old_look_is_stale_and_nothing_of_it_is_written() -> None:
    with memory_ledger() as ledger:
        document = add_document(ledger, add_client(ledger))
        uploading = document.to(Stage.uploading, upload_id="u", source="s")
        with ledger.write() as writing:
            writing.move_document(document, uploading, "created")
        with pytest.raises(StaleRow), ledger.write() as writing:
            writing.add_file(new_file(), "seen")
            writing.move_document(document, document.to(Stage.lost), "an old look")
        assert ledger.document(document.id).stage is Stage.uploading
        assert ledger.files_in(1, b"Miller") == ()
        assert not rows(ledger, "SELECT 1 FROM history WHERE why = 'an old look'")


def test_each_kind_of_row_is_compared_and_set() -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger)
        document = add_document(ledger, client, stage=Stage.attaching)
        file = add_file(ledger)
        operation = ledger.open_operations()[0]
        with pytest.raises(StaleRow), ledger.write() as writing:
            writing.move_file(replace(file, version=7), file.to(FileState.missing), "old")
        with pytest.raises(StaleRow), ledger.write() as writing:
            writing.postpone_file(replace(file, version=7), replace(file, due_at=1.0))
        with pytest.raises(StaleRow), ledger.write() as writing:
            writing.move_client(replace(client, version=7), client.to(ClientState.absent), "old")
        with pytest.raises(StaleRow), ledger.write() as writing:
            writing.move_operation(replace(operation, version=7), operation, "old")
        with pytest.raises(StaleRow), ledger.write() as writing:
            writing.note_offset(replace(document, version=7), 5)


def test_what_a_move_returns_is_what_the_ledger_holds() -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger, state=ClientState.known)
        document = add_document(ledger, client, stage=Stage.attaching)
        file = add_file(ledger)
        with ledger.write() as writing:
            known = writing.move_file(
                file,
                file.to(FileState.known, document_id=document.id, client_id=client.id),
                "at rest",
            )
        assert ledger.client(client.id) == client
        assert ledger.document(document.id) == document
        assert ledger.file_at(1, b"Miller/w2.pdf") == known
        assert ledger.operation_documents(ledger.open_operations()[0].id) == (document,)


def test_numbers_beyond_64_bits_and_other_kinds_return_as_they_were() -> None:
    signature = Signature(3, -5, 2**70, 2**64 - 1, 2**127)
    odd = replace(new_file(b"\xff\n'", b"\xfe/x"), signature=signature, kind=Kind.online_only)
    with memory_ledger() as ledger:
        with ledger.write() as writing:
            stored = writing.add_file(odd, "seen")
        assert ledger.file_at(1, b"\xfe/x/\xff\n'") == stored == replace(odd, id=stored.id)


def test_a_move_that_the_model_lacks_is_refused() -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger)
        document = add_document(ledger, client, stage=Stage.filed)
        ready = add_document(ledger, client, "other")
        with pytest.raises(ValueError, match="no move from filed to ready"), ledger.write() as w:
            w.move_document(document, replace(document, stage=Stage.ready), "cheating")
        with pytest.raises(ValueError, match="client nor the content"), ledger.write() as w:
            w.move_document(document, replace(document, size=11), "cheating")
        with pytest.raises(ValueError, match="failed needs problem"), ledger.write() as w:
            w.move_document(ready, replace(ready, stage=Stage.failed), "cheating")


def test_any_exception_undoes_all_even_one_that_ends_the_process() -> None:
    with memory_ledger() as ledger:
        for error in (RuntimeError("a fault"), KeyboardInterrupt(), SystemExit()):
            with pytest.raises(type(error)), ledger.write() as writing:
                writing.add_file(new_file(), "seen")
                raise error
            assert ledger.files_in(1, b"Miller") == ()
        add_file(ledger)


def test_a_constraint_that_bites_undoes_all() -> None:
    with memory_ledger() as ledger:
        first, second = add_client(ledger), add_client(ledger, "Smith")
        document, file = add_document(ledger, first), add_file(ledger)
        wrong = file.to(FileState.known, document_id=document.id, client_id=second.id)
        with pytest.raises(ValueError, match="another client"), ledger.write() as writing:
            writing.note_offset(document, 3)
            writing.move_file(file, wrong, "the wrong client")
        assert ledger.document(document.id).offset == 0


def test_a_file_or_an_open_operation_that_is_there_already_is_stale() -> None:
    with memory_ledger() as ledger:
        document = add_document(ledger, add_client(ledger), stage=Stage.attaching)
        add_file(ledger)
        with pytest.raises(StaleRow):
            add_file(ledger)
        operation = ledger.open_operations()[0]
        with pytest.raises(StaleRow), ledger.write() as writing:
            writing.announce(operation.kind, document.client_id, ["other"], 6.0)


def test_a_move_without_a_why_leaves_no_line() -> None:
    with memory_ledger() as ledger:
        document = add_document(ledger, add_client(ledger))
        before = rows(ledger, "SELECT count(*) FROM history")
        with ledger.write() as writing:
            document = writing.move_document(document, document.waiting(5.0), "")
            writing.note_offset(document, 4)
        assert rows(ledger, "SELECT count(*) FROM history") == before
        assert ledger.document(document.id).offset == 4


def test_listeners_hear_commits_only() -> None:
    heard: list[int] = []
    with memory_ledger() as ledger:
        ledger.on_change(lambda: heard.append(len(ledger.files_in(1, b"Miller"))))
        add_file(ledger)
        with pytest.raises(RuntimeError), ledger.write() as writing:
            writing.add_file(new_file(b"b"), "seen")
            raise RuntimeError
        assert heard == [1]


def test_a_second_transaction_in_the_same_thread_is_refused_and_the_first_goes_on() -> None:
    with memory_ledger() as ledger:
        with ledger.write() as writing:
            with pytest.raises(RuntimeError, match="already"):
                ledger.write().__enter__()
            writing.add_file(new_file(), "seen")
        assert len(ledger.files_in(1, b"Miller")) == 1


@pytest.mark.parametrize("in_memory", [True, False])
def test_threads_share_a_ledger_and_no_write_is_lost(tmp_path: Path, in_memory: bool) -> None:
    clock, troubles = StillClock(), list[BaseException]()
    ledger = (
        Ledger.in_memory(clock) if in_memory else Ledger.open(tmp_path / "l" / "l.sqlite", clock)
    )
    with ledger:
        ledger.root(ROOT)
        document = add_document(ledger, add_client(ledger))

        def count_up() -> None:
            try:
                done = 0
                for _ in range(2000):
                    seen = ledger.document(document.id)
                    try:
                        with ledger.write() as writing:
                            writing.move_document(seen, seen.waiting(1.0), "once more")
                    except StaleRow:
                        continue
                    done += 1
                    if done == 25:
                        return
                raise AssertionError("never got through")
            except BaseException as error:
                troubles.append(error)

        threads = [threading.Thread(target=count_up) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not troubles
        assert ledger.document(document.id).attempts == 100


def test_connections_of_ended_threads_are_closed(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "l" / "l.sqlite", StillClock()) as ledger:
        opened: list[sqlite3.Connection] = []
        for _ in range(5):
            thread = threading.Thread(target=lambda: opened.append(ledger._connections.mine()))
            thread.start()
            thread.join(30)
        ledger.root(ROOT)
        assert len(ledger._connections._open) == 1  # type: ignore[attr-defined]  # of a file
        for connection in opened:
            with pytest.raises(sqlite3.ProgrammingError, match="closed"):
                connection.execute("SELECT 1")


def test_a_commit_that_fails_is_trouble_and_leaves_nothing_open() -> None:
    with memory_ledger() as ledger:
        with pytest.raises(LedgerTrouble), ledger.write() as writing:
            writing._execute("PRAGMA defer_foreign_keys = ON")
            writing._execute("INSERT INTO folders (root_id, path) VALUES (99, x'41')")
        add_file(ledger)
        assert rows(ledger, "SELECT root_id FROM folders") == [(1,)]


def test_a_postponed_file_stays_in_its_state() -> None:
    with memory_ledger() as ledger:
        file = add_file(ledger)
        with pytest.raises(ValueError, match="stays"), ledger.write() as writing:
            writing.postpone_file(file, file.to(FileState.missing))


def test_a_thread_that_comes_after_the_end_gets_no_connection(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "l.sqlite", StillClock())
    ledger.close()
    troubles: list[str] = []

    def ask() -> None:
        try:
            ledger.roots()
        except LedgerTrouble as trouble:
            troubles.append(trouble.said)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(30)
    assert troubles == ["The ledger is closed."]


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_closed_ledger_says_so(tmp_path: Path, in_memory: bool) -> None:
    clock = StillClock()
    ledger = Ledger.in_memory(clock) if in_memory else Ledger.open(tmp_path / "l.sqlite", clock)
    ledger.root(ROOT)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerTrouble):
        ledger.roots()
    with pytest.raises(LedgerTrouble), ledger.write():
        pass
