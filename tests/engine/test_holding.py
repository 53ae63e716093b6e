"""Which file holds a document's content, seen now; and what follows when none does."""

from __future__ import annotations

import pytest

from agent.engine.holding import RETURN_PAUSE, Holders
from agent.errors import DiskError, FileDenied, FileTrouble, RootUnavailable
from agent.model.document import Stage
from agent.model.file import FileState
from tests.engine.kit import CONTENT, QUIET, W2, Office

COPY = b"Ash/copy.bin"


def holders(office: Office) -> Holders:
    return Holders(office.ledger, office.disk, office.clock, office.rules)


def test_a_file_at_rest_is_found(office: Office) -> None:
    document = office.arrive()
    found = holders(office).find(document)
    assert found is not None
    assert found.path == W2


def test_a_copy_steps_in_for_a_file_that_went(office: Office) -> None:
    document = office.arrive()
    office.arrive(COPY, CONTENT)
    office.disk.deaf = True
    office.disk.delete(W2)
    found = holders(office).find(document)
    assert found is not None
    assert found.path == COPY
    assert office.file().state is FileState.missing


def test_a_copy_steps_in_for_a_file_that_cannot_be_looked_at(office: Office) -> None:
    document = office.arrive()
    office.arrive(COPY, CONTENT)
    office.disk.troubles[W2] = FileDenied()
    found = holders(office).find(document)
    assert found is not None
    assert found.path == COPY


def test_a_changed_file_settles_anew_and_its_document_waits_for_it(office: Office) -> None:
    document = office.arrive()
    office.disk.deaf = True
    office.disk.write(W2, b"new")
    assert holders(office).find(document) is None
    assert office.file().state is FileState.settling
    waiting = office.ledger.document(document.id)
    assert (waiting.stage, waiting.due_at) == (
        Stage.ready,
        office.clock.steady() + RETURN_PAUSE,
    )


@pytest.mark.parametrize("trouble", [FileDenied(), DiskError()])
def test_trouble_concludes_nothing(office: Office, trouble: FileTrouble) -> None:
    document = office.arrive()
    office.disk.troubles[W2] = trouble
    with pytest.raises(FileTrouble):
        holders(office).find(document)
    assert (office.file().state, office.document()) == (FileState.known, document)


def test_a_root_that_is_away_concludes_nothing(office: Office) -> None:
    document = office.arrive()
    office.disk.there = False
    with pytest.raises(RootUnavailable):
        holders(office).find(document)
    assert office.document() == document


def test_a_deleted_content_is_lost_and_comes_back_with_its_file(office: Office) -> None:
    document = office.arrive()
    office.disk.write(b"Birch/other.bin", b"")  # an empty root would tell nothing
    office.disk.delete(W2)
    assert holders(office).find(document) is None
    assert office.ledger.document(document.id).stage is Stage.lost
    office.arrive()
    assert office.document().id == document.id
    assert office.document().stage is Stage.ready


def test_what_was_read_wrongly_is_looked_at_again(office: Office) -> None:
    document = office.arrive()
    holders(office).changed_unseen(document)
    assert office.file().state is FileState.settling
    assert office.document().problem


def test_a_file_that_settles_in_the_same_moment_keeps_its_document(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = office.arrive()
    office.disk.deaf = True
    ino = office.disk.files[W2]
    office.disk.write(W2, b"another content, soon undone")
    assert holders(office).find(document) is None  # settling again
    ino.content = CONTENT
    office.settle.turn()
    office.clock.advance(QUIET)
    plain = office.ledger.write
    looks = iter((office.settle.turn,))

    def write(*, light: bool = False) -> object:
        """Another thread settles the file just before the transaction."""
        for settle in looks:
            settle()
        return plain(light=light)

    monkeypatch.setattr(office.ledger, "write", write)
    holders(office).find(office.ledger.document(document.id))
    assert office.file().state is FileState.known
    assert office.document().stage is Stage.ready
