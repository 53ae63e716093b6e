"""What people see: counts, lists, what waits, history; and what they may ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.overview import ClientFolder, Retried, Subject
from tests.ledger.kit import (
    ROOT,
    StillClock,
    add_client,
    add_document,
    add_file,
    memory_ledger,
    place,
)

CLOCK = StillClock()


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Miller is known with three documents, Smith is held; one file is known, one is held."""
    CLOCK.at = 1000.0
    with memory_ledger(CLOCK) as ledger:
        miller = add_client(ledger, state=ClientState.known)
        CLOCK.at = 1001.0
        filed = add_document(ledger, miller, "w2", Stage.filed, 100)
        add_document(ledger, miller, "1099", Stage.failed, 20)
        add_document(ledger, miller, "50%_off", Stage.uploading, 3)
        CLOCK.at = 1002.0
        known, held = add_file(ledger), add_file(ledger, b"draft.pdf", b"Miller/in")
        with ledger.write() as writing:
            at_rest = known.to(FileState.known, document_id=filed.id, client_id=miller.id)
            writing.move_file(known, at_rest, "at rest")
            writing.move_file(held, held.to(FileState.held, reason="in-use"), "open in a program")
        CLOCK.at = 1003.0
        add_client(ledger, "Smith", ClientState.held)
        yield ledger


def test_counts_tell_how_many_stand_where(ledger: Ledger) -> None:
    counts = ledger.counts()
    stages = {Stage.filed: 1, Stage.failed: 1, Stage.uploading: 1}
    assert counts.documents == {stage: stages.get(stage, 0) for stage in Stage}
    states = {FileState.known: 1, FileState.held: 1}
    assert counts.files == {state: states.get(state, 0) for state in FileState}
    clients = {ClientState.known: 1, ClientState.held: 1}
    assert counts.clients == {state: clients.get(state, 0) for state in ClientState}
    assert (counts.bytes_filed, counts.bytes_open) == (100, 3)


def test_a_document_is_shown_with_its_files_and_when_it_was_filed(ledger: Ledger) -> None:
    (row,) = ledger.documents(stage=Stage.filed)
    assert (row.client, row.name, row.size, row.stage) == ("Miller", "w2.pdf", 100, Stage.filed)
    assert (row.upload_id, row.task_id, row.filed_at) == ("up-1-w2", "task-1", 1001.0)
    assert row.paths == (ROOT + b"/Miller/w2.pdf",)
    assert row.sha256 == ledger.document(row.id).sha256
    (failed,) = ledger.documents(stage=Stage.failed)
    assert (failed.problem, failed.remedy) == ("Filed refused it", "Save it as PDF")
    assert (failed.filed_at, failed.paths) == (None, ())


def test_documents_are_searched_by_client_and_by_name(ledger: Ledger) -> None:
    def names(**wanted: object) -> list[str]:
        return [row.name for row in ledger.documents(**wanted)]  # type: ignore[arg-type]  # mixed

    assert names() == ["50%_off.pdf", "1099.pdf", "w2.pdf"]
    assert names(limit=1, offset=1) == ["1099.pdf"]
    assert names(search="W2") == ["w2.pdf"]
    assert names(search="mill") == names()
    assert names(search="0%_O") == ["50%_off.pdf"]
    assert names(search="%") == ["50%_off.pdf"]
    assert names(client=2) == []
    assert names(client=1, stage=Stage.failed) == ["1099.pdf"]


def test_clients_are_shown_with_what_became_of_their_documents(ledger: Ledger) -> None:
    miller, smith = ledger.clients_overview()
    assert (miller.name, miller.filed_id, miller.state) == (
        "Miller",
        "filed-Miller",
        ClientState.known,
    )
    assert miller.documents == {Stage.filed: 1, Stage.failed: 1, Stage.uploading: 1}
    assert (miller.waiting_files, miller.last_at) == (1, 1001.0)
    assert miller.folders == (ClientFolder(ROOT, b"Miller", "owner"),)
    assert (smith.reason, smith.said) == ("same-name", "Filed has that name.")
    assert (smith.documents, smith.waiting_files, smith.last_at) == ({}, 0, 1003.0)


def test_everything_that_waits_is_listed_with_its_reason(ledger: Ledger) -> None:
    client, document, file = ledger.waiting()
    assert (client.subject, client.name, client.reason, client.said, client.since) == (
        Subject.client,
        "Smith",
        "same-name",
        "Filed has that name.",
        1003.0,
    )
    assert (document.subject, document.name, document.client, document.said, document.remedy) == (
        Subject.document,
        "1099.pdf",
        "Miller",
        "Filed refused it",
        "Save it as PDF",
    )
    assert (file.subject, file.name, file.path, file.reason, file.said, file.since) == (
        Subject.file,
        "draft.pdf",
        ROOT + b"/Miller/in/draft.pdf",
        "in-use",
        "open in a program",
        1002.0,
    )


def test_a_document_that_will_be_tried_again_is_listed_after_the_failed_ones(
    ledger: Ledger,
) -> None:
    (row,) = ledger.documents(stage=Stage.uploading)
    with ledger.write() as writing:
        document = ledger.document(row.id)
        waits = document.waiting(9.0, problem="no answer")
        writing.move_document(document, waits, "no answer")
    listed = [(one.state, one.said) for one in ledger.waiting() if one.subject is Subject.document]
    assert listed == [("failed", "Filed refused it"), ("uploading", "no answer")]


def test_the_history_tells_the_newest_first_of_all_or_of_one_client(ledger: Ledger) -> None:
    lines = ledger.history(limit=500)
    assert [line.id for line in lines] == list(range(len(lines), 0, -1))
    assert {line.client for line in ledger.history(limit=500, client=2)} == {"Smith"}
    of_miller = ledger.history(limit=500, client=1)
    assert {line.subject for line in of_miller} == {
        Subject.client,
        Subject.document,
        Subject.operation,
        Subject.file,
    }
    assert len(of_miller) + 2 + 2 == len(lines), "all but Smith's two and the draft's two"
    assert [line.at for line in ledger.history(since=1003.0)] == [1003.0, 1003.0]
    assert len(ledger.history(limit=2)) == 2


def test_the_story_of_a_file_is_its_own_and_its_documents(ledger: Ledger) -> None:
    file = ledger.file_at(1, b"Miller/w2.pdf")
    assert file is not None
    story = [(line.subject.value, line.after) for line in ledger.history_of_file(file.id)]
    assert story == [
        ("document", "ready"),
        ("document", "uploading"),
        ("document", "uploaded"),
        ("operation", "announced"),
        ("document", "attaching"),
        ("operation", "done"),
        ("document", "ingesting"),
        ("document", "filed"),
        ("file", "settling"),
        ("file", "known"),
    ]
    assert ledger.history_of_file(file.id)[-1].path == ROOT + b"/Miller/w2.pdf"
    document = ledger.history_of_document(1)
    assert [line.after for line in document] == [after for _, after in story[:8]]
    assert document[0].name == "w2.pdf"
    assert ledger.history_of_file(99) == ()


# -- wishes


def test_retrying_all_frees_what_failed_and_what_is_held(ledger: Ledger) -> None:
    assert ledger.retry_all("a person") == Retried(documents=1, clients=1, files=1)
    assert ledger.waiting() == ()
    assert ledger.documents(stage=Stage.failed) == ()
    assert ledger.counts().files[FileState.settling] == 1
    assert ledger.client(2).state is ClientState.new
    assert {line.why for line in ledger.history(limit=3)} == {"tried again by a person"}
    assert ledger.retry_all("a person") == Retried()


def test_retrying_some_leaves_the_others_alone(ledger: Ledger) -> None:
    (failed,) = ledger.documents(stage=Stage.failed)
    (filed,) = ledger.documents(stage=Stage.filed)
    retried = ledger.retry(documents=(failed.id, filed.id, 99), clients=(1,), who="a person")
    assert retried == Retried(documents=1)
    held = next(one.id for one in ledger.waiting() if one.subject is Subject.file)
    assert ledger.retry(files=(held, 99), who="a person") == Retried(files=1)
    assert ledger.retry(clients=(2, 1, 99), who="a person") == Retried(clients=1)


def test_retrying_a_document_that_waits_makes_it_due(ledger: Ledger) -> None:
    (row,) = ledger.documents(stage=Stage.uploading)
    with ledger.write() as writing:
        document = ledger.document(row.id)
        writing.move_document(document, document.waiting(99.0, problem="no answer"), "no answer")
    assert ledger.retry(documents=(row.id,), who="a person") == Retried(documents=1)
    waiting = ledger.document(row.id)
    assert (waiting.stage, waiting.due_at, waiting.upload_id) == (
        Stage.uploading,
        0.0,
        row.upload_id,
    )
    assert ledger.retry(documents=(row.id,), who="a person") == Retried(), "it is due already"


def test_a_person_leaves_a_file_out_and_takes_it_in_again(ledger: Ledger) -> None:
    for path in (b"Miller/w2.pdf", b"Miller/in/draft.pdf"):
        ignored = ledger.ignore(ROOT, path, "a person", "a draft")
        assert (ignored.state, ignored.reason) == (FileState.ignored, "person")
        assert ledger.ignore(ROOT, path, "a person").version == ignored.version + 1
        assert ledger.unignore(ROOT, path, "a person").state is FileState.settling
        with pytest.raises(KeyError):
            ledger.unignore(ROOT, path, "a person")
    with pytest.raises(KeyError):
        ledger.ignore(ROOT, b"Miller/none.pdf", "a person")
    assert "left out by a person: a draft" in {line.why for line in ledger.history()}


def test_files_below_a_folder_count_for_the_nearest_client(ledger: Ledger) -> None:
    with ledger.write() as writing:
        writing.place_client(1, place("Inner", folder=b"Miller/in"))
    waiting = {row.name: row.waiting_files for row in ledger.clients_overview()}
    assert waiting == {"Inner": 1, "Miller": 0, "Smith": 0}
