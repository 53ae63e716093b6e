"""Which documents are uploaded, attached and polled, and which are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.operation import OperationKind, OperationState
from tests.ledger.kit import (
    StillClock,
    add_client,
    add_document,
    memory_ledger,
    rows,
)

CLOCK = StillClock()


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    CLOCK.at = 1000.0
    with memory_ledger(CLOCK) as ledger:
        yield ledger


def wait(ledger: Ledger, document_id: int, due_at: float) -> None:
    with ledger.write() as writing:
        document = ledger.document(document_id)
        writing.move_document(document, document.waiting(due_at), "later")


# -- upload


@pytest.mark.parametrize("state", list(ClientState))
def test_documents_are_uploaded_unless_their_client_is_new_or_held(
    ledger: Ledger, state: ClientState
) -> None:
    document = add_document(ledger, add_client(ledger, state=state))
    wanted = state in (ClientState.absent, ClientState.creating, ClientState.known)
    assert ledger.to_upload(1.0, 9) == ((document,) if wanted else ())


def test_ready_and_uploading_documents_are_given_once_due_oldest_first(ledger: Ledger) -> None:
    client = add_client(ledger, state=ClientState.known)
    ids = [add_document(ledger, client, stage.value, stage).id for stage in list(Stage)[:3]]
    add_document(ledger, client, "lost", Stage.lost)
    add_document(ledger, client, "failed", Stage.failed)
    assert [document.id for document in ledger.to_upload(1.0, 9)] == ids[:2]
    assert [document.id for document in ledger.to_upload(1.0, 1)] == ids[:1]
    wait(ledger, ids[0], 2.0)
    assert [document.id for document in ledger.to_upload(1.0, 9)] == ids[1:2]
    assert ledger.next_due((Stage.ready,)) == 2.0
    assert ledger.next_due((Stage.ready, Stage.uploading)) == 0.0
    assert ledger.next_due((Stage.attaching,)) is None
    assert ledger.next_due(()) is None


# -- attach


def test_uploaded_documents_of_a_client_are_attached_together(ledger: Ledger) -> None:
    client = add_client(ledger, state=ClientState.known)
    other = add_client(ledger, "Smith", ClientState.absent)
    ids = [add_document(ledger, client, f"{n}", Stage.uploaded).id for n in range(4)]
    add_document(ledger, client, "uploading", Stage.uploading)
    theirs = add_document(ledger, other, "theirs", Stage.uploaded)
    for document_id, due_at in zip(ids, (10.0, 11.9, 12.1, 10.0), strict=True):
        wait(ledger, document_id, due_at)

    def batches(now: float, batch: int) -> list[tuple[int, list[int]]]:
        found = ledger.attachable(now, batch)
        return [(one.client.id, [document.id for document in one.documents]) for one in found]

    assert batches(9.0, 9) == [(other.id, [theirs.id])]
    assert batches(10.0, 9)[0] == (client.id, [ids[0], ids[1], ids[3]])
    assert batches(10.0, 2)[0] == (client.id, ids[:2])


@pytest.mark.parametrize("state", list(ClientState))
def test_only_clients_that_are_known_or_absent_are_attached_to(
    ledger: Ledger, state: ClientState
) -> None:
    add_document(ledger, add_client(ledger, state=state), stage=Stage.uploaded)
    wanted = state in (ClientState.absent, ClientState.known)
    assert bool(ledger.attachable(1.0, 9)) is wanted


@pytest.mark.parametrize("state", list(OperationState))
def test_a_client_with_an_open_operation_waits(ledger: Ledger, state: OperationState) -> None:
    client = add_client(ledger, state=ClientState.known)
    add_document(ledger, client, stage=Stage.uploaded)
    with ledger.write() as writing:
        operation = writing.announce(OperationKind.create_client, client.id, (), 5.0)
        if state is not OperationState.announced:
            moved = replace(operation, state=state, task_id="t", attempt=2, doubts=1)
            operation = writing.move_operation(operation, moved, "moved")
    is_open = state in (OperationState.announced, OperationState.unknown)
    assert ledger.open_operations() == ((operation,) if is_open else ())
    assert bool(ledger.attachable(1.0, 9)) is not is_open


def test_a_settled_operation_never_moves_again(ledger: Ledger) -> None:
    document = add_document(ledger, add_client(ledger), stage=Stage.ingesting)
    done = rows(ledger, "SELECT state, task_id FROM operations")
    assert done == [("done", "task-1")]
    assert ledger.claimed_tasks(document.client_id) == {"task-1"}
    assert ledger.claimed_tasks(99) == frozenset()
    with ledger.write() as writing:
        operation = writing.announce(OperationKind.create_client, document.client_id, (), 5.0)
        refused = replace(operation, state=OperationState.refused)
        refused = writing.move_operation(operation, refused, "refused")
    with pytest.raises(ValueError, match="no move from refused"), ledger.write() as writing:
        writing.move_operation(refused, operation, "again")


# -- ingest


def test_ingesting_documents_come_with_their_clients_id_once_due(ledger: Ledger) -> None:
    client = add_client(ledger, state=ClientState.known)
    document = add_document(ledger, client, stage=Stage.ingesting)
    wait(ledger, document.id, 9.0)
    assert ledger.ingesting(8.0, 9) == ()
    assert ledger.ingesting(9.0, 9) == ((ledger.document(document.id), "filed-Miller"),)
