"""What still moves by itself, and files by where they lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.ledger.ledger import Ledger
from agent.ledger.opening import copy_file
from agent.ledger.unfinished import _UNFINISHED, Unfinished
from agent.model.client import ClientState
from agent.model.document import Document, Stage
from agent.model.file import FileState
from tests.ledger.kit import (
    StillClock,
    add_client,
    add_document,
    add_file,
    memory_ledger,
    rows,
    see,
)

NOTHING = Unfinished(0, 0, 0, 0, 0, 0, 0)


def known_as(ledger: Ledger, document: Document, name: bytes = b"w2.pdf") -> None:
    """A file that is known as this document."""
    file = add_file(ledger, name)
    facts = {"document_id": document.id, "client_id": document.client_id}
    with ledger.write() as writing:
        writing.move_file(file, file.to(FileState.known, **facts), "at rest")


def test_an_empty_ledger_is_finished() -> None:
    with memory_ledger() as ledger:
        assert ledger.unfinished([1]) == NOTHING
        assert ledger.unfinished([]) == NOTHING
        assert NOTHING.nothing


def test_settling_files_count_where_their_folder_is_available() -> None:
    with memory_ledger() as ledger:
        add_file(ledger)
        left = ledger.unfinished([1])
        assert left == replace(NOTHING, settling=1)
        assert left.only_settling
        assert not left.nothing
        assert ledger.unfinished([2]) == NOTHING


def test_a_held_file_counts_until_somebody_looked_at_it() -> None:
    with memory_ledger() as ledger:
        file = add_file(ledger)
        with ledger.write() as writing:
            held = writing.move_file(file, file.to(FileState.held, reason="empty"), "empty")
        assert ledger.unfinished([1]).unseen == 1
        with ledger.write() as writing:
            later = held.to(FileState.held, reason="empty", due_at=1e15)
            writing.move_file(held, later, "empty")
        assert ledger.unfinished([1]) == NOTHING


def test_a_held_client_counts_until_somebody_looked_at_it_and_then_stops_its_documents() -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger, state=ClientState.held)
        known_as(ledger, add_document(ledger, client))
        assert ledger.unfinished([1]) == replace(NOTHING, clients=1)
        with ledger.write() as writing:
            held = client.to(ClientState.held, reason="archived", due_at=5.0)
            writing.move_client(client, held, "archived")
        assert ledger.unfinished([1]).nothing


@pytest.mark.parametrize("stage", [Stage.ready, Stage.uploading, Stage.uploaded])
def test_a_document_counts_while_a_file_of_an_available_folder_holds_it(stage: Stage) -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger, state=ClientState.known)
        known_as(ledger, add_document(ledger, client, stage=stage))
        assert ledger.unfinished([1]) == replace(NOTHING, documents=1)
        assert ledger.unfinished([]) == NOTHING


def test_a_document_that_filed_has_counts_wherever_its_file_went() -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger, state=ClientState.known)
        add_document(ledger, client, stage=Stage.ingesting)
        assert ledger.unfinished([]) == replace(NOTHING, documents=1)


def test_an_open_call_counts() -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger, state=ClientState.known)
        add_document(ledger, client, stage=Stage.attaching)
        assert ledger.unfinished([]) == replace(NOTHING, documents=1, operations=1)


@pytest.mark.parametrize("stage", [Stage.filed, Stage.failed, Stage.lost])
def test_a_document_at_its_end_does_not_count(stage: Stage) -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger, state=ClientState.known)
        add_document(ledger, client, stage=stage)
        assert ledger.unfinished([1]).nothing


def test_a_document_without_a_file_is_told_apart() -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger, state=ClientState.known)
        add_document(ledger, client)
        left = ledger.unfinished([1])
        assert left == replace(NOTHING, orphans=1)
        assert left.only_settling
        assert not left.nothing


def test_documents_that_wait_after_an_error_are_counted() -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger, state=ClientState.known)
        document = add_document(ledger, client)
        known_as(ledger, document)
        with ledger.write() as writing:
            writing.move_document(document, document.waiting(9.0, problem="502"), "502")
        assert ledger.unfinished([1]).only_trouble
        known_as(ledger, add_document(ledger, client, "other"), b"other.pdf")
        left = ledger.unfinished([1])
        assert (left.documents, left.troubled) == (2, 1)
        assert not left.only_trouble


def test_the_question_walks_along_indexes_only() -> None:
    with memory_ledger() as ledger:
        plan = rows(ledger, "EXPLAIN QUERY PLAN " + _UNFINISHED.format(roots="1, 2"))
        scans = [row[3] for row in plan if row[3].startswith("SCAN ")]
        tables = ("SCAN f", "SCAN o", "SCAN files", "SCAN documents", "SCAN clients", "SCAN c")
        assert not [scan for scan in scans if scan in tables]


def test_bytes_to_send_are_those_not_wholly_at_filed() -> None:
    with memory_ledger() as ledger:
        client = add_client(ledger, state=ClientState.known)
        assert ledger.bytes_to_send() == 0
        add_document(ledger, client, "a", size=5)
        add_document(ledger, client, "b", Stage.uploading, size=7)
        add_document(ledger, client, "c", Stage.uploaded, size=11)
        add_document(ledger, client, "d", Stage.filed, size=13)
        assert ledger.bytes_to_send() == 12


def test_a_write_from_outside_is_noticed(tmp_path: Path) -> None:
    clock = StillClock()
    with Ledger.open(tmp_path / "l", clock) as one, Ledger.open(tmp_path / "l", clock) as other:
        before = one.version_outside()
        one.pause(1e9, "me")
        assert one.version_outside() == before
        other.resume("somebody else")
        assert one.version_outside() != before


def test_files_are_found_below_a_folder_and_by_state() -> None:
    with memory_ledger() as ledger:
        see(ledger, b"Miller", b"Miller/2025", b"Miller2")
        for folder in (b"Miller", b"Miller/2025", b"Miller2"):
            add_file(ledger, folder=folder)
        assert len(ledger.files_below(1, b"")) == 3
        found = {file.folder for file in ledger.files_below(1, b"Miller")}
        assert found == {b"Miller", b"Miller/2025"}
        paths = [path for path, _ in ledger.files_in_state(FileState.settling, 2)]
        assert paths == [b"/srv/clients/Miller/w2.pdf", b"/srv/clients/Miller/2025/w2.pdf"]
        assert ledger.held_by_reason() == {}


def test_a_copy_leaves_the_ledger_alone(tmp_path: Path) -> None:
    clock = StillClock()
    path, copy = tmp_path / "ledger", tmp_path / "copy"
    with Ledger.open(path, clock) as ledger:
        ledger.root(b"/srv/clients")
        copy_file(path, copy)
        with Ledger.open(copy, clock) as other:
            other.root(b"/srv/other")
            assert len(other.roots()) == 2
        assert len(ledger.roots()) == 1


def test_an_agents_note_is_kept() -> None:
    with memory_ledger() as ledger:
        assert ledger.agent_note() is None
        with ledger.write() as writing:
            writing.note_agent("{}")
        assert ledger.agent_note() == "{}"
