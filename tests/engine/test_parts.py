"""Several clients attached at once: each worker has clients of its own, and no other's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from agent.model.document import Stage
from agent.model.operation import OperationState
from agent.model.part import WHOLE, parts
from tests.engine.kit import Office
from tests.kit.simulation import RULES

CLIENTS = (b"Ash", b"Birch", b"Cedar", b"Dogwood", b"Elm")


@pytest.fixture
def crowd() -> Iterator[Office]:
    """Five clients with a document each, all uploaded; three attach at once."""
    with Office(attaching=3) as office:
        for client in CLIENTS:
            office.write(client + b"/w2.bin", b"of " + client)
        office.rest()
        office.busy(office.find)
        office.busy(office.upload)
        office.clock.advance(RULES.debounce)
        yield office


def test_each_client_is_in_one_part() -> None:
    for count in (1, 2, 4):
        for client in range(40):
            assert sum(part.holds(client) for part in parts(count)) == 1
    assert all(WHOLE.holds(client) for client in range(5))


def test_every_client_is_attached_once_by_its_own_worker(crowd: Office) -> None:
    attached = []
    for worker in crowd.attaches:
        before = len(crowd.filed.lines)
        crowd.busy(worker)
        attached.append(len(crowd.filed.lines) - before)
    assert sum(attached) == len(CLIENTS)
    assert all(attached), "a worker had nothing to do"
    assert crowd.stages() == {Stage.ingesting: len(CLIENTS)}


def test_what_one_sends_just_now_no_other_takes_for_lost(crowd: Office) -> None:
    first, *others = crowd.attaches
    plain = crowd.filed.add_documents
    states: list[OperationState] = []

    def while_it_is_sent(client_id: str, upload_ids: Sequence[str]) -> str:
        crowd.filed.add_documents = plain  # type: ignore[method-assign]  # once is enough
        for other in others:
            crowd.busy(other)
        states.extend(operation.state for operation in crowd.ledger.open_operations())
        return plain(client_id, upload_ids)

    crowd.filed.add_documents = while_it_is_sent  # type: ignore[method-assign]  # watched
    crowd.busy(first)
    assert states == [OperationState.announced]
    assert crowd.stages() == {Stage.ingesting: len(CLIENTS)}
    assert len(crowd.filed.lines) == len(CLIENTS)


def test_what_was_open_at_the_start_is_read_back_by_its_own_worker(crowd: Office) -> None:
    for part, worker in zip(parts(3), crowd.attaches, strict=True):
        mine = {group.client.id for group in crowd.ledger.attachable(1e12, 20, part)}
        crowd.busy(worker)
        assert not {one.client_id for one in crowd.ledger.open_operations()} & mine
    assert crowd.ledger.open_operations() == ()
