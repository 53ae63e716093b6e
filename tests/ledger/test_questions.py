"""What each worker is given, and what it is not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest

from agent.errors import WrongWorkspace
from agent.ledger.ledger import Ledger
from agent.model.client import ClientRecord, ClientState
from agent.model.document import Stage
from agent.model.file import File, FileState
from agent.model.ingestion import Workspace
from agent.model.root import FolderRow, RootIdentity
from tests.ledger.kit import (
    ROOT,
    StillClock,
    add_client,
    add_document,
    add_file,
    digest,
    memory_ledger,
    place,
)

CLOCK = StillClock()


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    CLOCK.at = 1000.0
    with memory_ledger(CLOCK) as ledger:
        yield ledger


def hold(ledger: Ledger, file: File, due_at: float) -> File:
    with ledger.write() as writing:
        held = file.to(FileState.held, reason="in-use", due_at=due_at)
        return writing.move_file(file, held, "in use")


def know(ledger: Ledger, file: File, document_id: int, client_id: int) -> File:
    with ledger.write() as writing:
        known = file.to(FileState.known, document_id=document_id, client_id=client_id)
        return writing.move_file(file, known, "at rest")


def wait(ledger: Ledger, document_id: int, due_at: float) -> None:
    with ledger.write() as writing:
        document = ledger.document(document_id)
        writing.move_document(document, document.waiting(due_at), "later")


# -- look


def test_a_root_keeps_its_row_and_what_is_saved_of_it(ledger: Ledger) -> None:
    root = ledger.root(ROOT)
    saved = replace(
        root, identity=RootIdentity(2**63, 2**100), unavailable="It is away.", scanned_at=7.5
    )
    with ledger.write() as writing:
        writing.save_root(saved)
    assert ledger.root(ROOT) == saved
    assert ledger.root_path(root.id) == ROOT
    with pytest.raises(KeyError):
        ledger.root_path(99)


def test_a_folder_is_known_from_its_listing_until_it_is_forgotten(ledger: Ledger) -> None:
    row = FolderRow(b"Miller", 2**65, b"digest", 3.0)
    add_file(ledger, folder=b"Miller")
    assert ledger.folders(1) == {}
    assert ledger.folder(1, b"Miller") is None
    with ledger.write() as writing:
        writing.save_folder(1, row)
        writing.save_folder(1, FolderRow(b"", 1, b""))
    assert ledger.folders(1) == {b"Miller": row, b"": FolderRow(b"", 1, b"")}
    assert ledger.folder(1, b"Miller") == row
    with ledger.write() as writing:
        writing.forget_folder(1, b"Miller")
    assert set(ledger.folders(1)) == {b""}
    assert len(ledger.files_in(1, b"Miller")) == 1


def test_a_folder_in_doubt_is_compared_again_at_the_next_scan(ledger: Ledger) -> None:
    add_file(ledger, folder=b"never listed")
    with ledger.write() as writing:
        writing.save_folder(1, FolderRow(b"Miller", 5, b"digest", 3.0))
        for folder in (b"Miller", b"never listed", b"not known"):
            writing.doubt_folder(1, folder)
    assert ledger.folders(1) == {b"Miller": FolderRow(b"Miller", 5, b"", 3.0)}


def test_a_learned_settle_time_survives_a_listing_made_meanwhile(ledger: Ledger) -> None:
    with ledger.write() as writing:
        writing.learn_quiet(1, b"Miller", 30.0)
        writing.save_folder(1, FolderRow(b"Miller", 1, b"a"))
        writing.learn_quiet(1, b"Miller", 30.0)
        writing.save_folder(1, FolderRow(b"Miller", 2, b"b"))
        writing.save_folder(1, FolderRow(b"Miller", 3, b"c", 20.0))
    assert ledger.folder(1, b"Miller") == FolderRow(b"Miller", 3, b"c", 30.0)


def test_files_are_found_by_folder_and_by_path(ledger: Ledger) -> None:
    top, below = add_file(ledger, b"a", b""), add_file(ledger, b"a", b"Miller/2025")
    add_file(ledger, b"b", b"Miller")
    assert ledger.files_in(1, b"") == (top,)
    assert ledger.file_at(1, b"a") == top
    assert ledger.file_at(1, b"Miller/2025/a") == below
    assert ledger.file_at(1, b"Miller/a") is None
    assert ledger.file_at(2, b"a") is None


def test_some_known_files_of_this_root_are_given(ledger: Ledger) -> None:
    document = add_document(ledger, add_client(ledger))
    add_file(ledger, b"settling")
    known = [know(ledger, add_file(ledger, b"%d" % n), document.id, 1) for n in range(3)]
    assert set(ledger.some_known(1, 9)) == set(known)
    assert len(ledger.some_known(1, 2)) == 2
    assert ledger.some_known(ledger.root(b"/other").id, 9) == ()


# -- settle


def test_due_settling_and_held_files_are_given_oldest_first(ledger: Ledger) -> None:
    held = hold(ledger, add_file(ledger, b"held"), 50.0)
    first, second = add_file(ledger, b"1"), add_file(ledger, b"2")
    base = add_file(ledger, b"later")
    with ledger.write() as writing:
        later = writing.postpone_file(base, replace(base, due_at=60.0))
    assert ledger.settling(49.0, 9) == (first, second)
    assert ledger.settling(50.0, 9) == (held, first, second)
    assert ledger.settling(60.0, 9) == (held, first, second, later)
    assert ledger.settling(60.0, 2) == (held, first)


def test_of_many_due_files_those_come_that_were_due_first(ledger: Ledger) -> None:
    first, second = add_file(ledger, b"1"), add_file(ledger, b"2")
    with ledger.write() as writing:
        first = writing.postpone_file(first, replace(first, due_at=20.0))
        second = writing.postpone_file(second, replace(second, due_at=10.0))
    assert ledger.settling(30.0, 1) == (second,)
    assert ledger.settling(30.0, 2) == (first, second)


def test_a_file_that_points_to_it_or_could_be_it_may_return_as_the_content(
    ledger: Ledger,
) -> None:
    client = add_client(ledger)
    document = add_document(ledger, client, size=10)
    assert not ledger.may_return(document)
    file = add_file(ledger)
    assert ledger.may_return(document), "equal size, client unknown"
    assert not ledger.may_return(replace(document, size=11))
    know(ledger, file, document.id, client.id)
    assert not ledger.may_return(document), "it is no longer settling"
    with ledger.write() as writing:
        known = ledger.holders(document.id)[0]
        bigger = replace(known.signature, size=99)
        writing.move_file(known, known.to(FileState.settling, signature=bigger), "changed")
    assert ledger.may_return(document), "it pointed to it"
    other = add_document(ledger, add_client(ledger, "Smith"), size=99)
    assert not ledger.may_return(other), "equal size, but another client's"


def test_only_known_files_hold_a_document(ledger: Ledger) -> None:
    client = add_client(ledger)
    document = add_document(ledger, client)
    one = know(ledger, add_file(ledger, b"1"), document.id, client.id)
    two = know(ledger, add_file(ledger, b"2"), document.id, client.id)
    with ledger.write() as writing:
        writing.move_file(two, two.to(FileState.missing), "gone")
    assert ledger.holders(document.id) == (one,)


def test_a_content_is_one_document_for_each_client(ledger: Ledger) -> None:
    first, second = add_client(ledger), add_client(ledger, "Smith")
    with ledger.write() as writing:
        one = writing.hold_document(first.id, digest("a"), 5, "a.pdf", None)
        copy = writing.hold_document(first.id, digest("a").upper(), 5, "copy.pdf", None)
        other = writing.hold_document(second.id, digest("a"), 5, "a.pdf", one.id)
    assert copy == one
    assert other.id != one.id
    assert ledger.document(other.id).replaces == one.id


def test_a_lost_content_that_is_found_again_is_ready(ledger: Ledger) -> None:
    lost = add_document(ledger, add_client(ledger), stage=Stage.lost)
    with ledger.write() as writing:
        found = writing.hold_document(1, lost.sha256, lost.size, "again.pdf", None)
    assert (found.id, found.stage, found.name) == (lost.id, Stage.ready, "again.pdf")
    assert ledger.document(lost.id) == found


def test_a_digest_that_is_none_is_refused(ledger: Ledger) -> None:
    add_client(ledger)
    for wrong in ("abc", "no digest", "00"):
        with pytest.raises(ValueError), ledger.write() as writing:
            writing.hold_document(1, wrong, 5, "a.pdf", None)


# -- clients


def test_clients_are_given_by_state_once_due(ledger: Ledger) -> None:
    new, known = add_client(ledger), add_client(ledger, "Smith", ClientState.known)
    with ledger.write() as writing:
        later = writing.move_client(new, replace(new, due_at=9.0), "")
    assert ledger.clients_in((ClientState.new, ClientState.known), 8.0) == (known,)
    assert ledger.clients_in((ClientState.new, ClientState.known), 9.0) == (later, known)
    assert ledger.clients_in((), 9.0) == ()
    with pytest.raises(KeyError):
        ledger.client(99)


def test_the_listing_of_fileds_clients_is_replaced_as_a_whole(ledger: Ledger) -> None:
    one = ClientRecord("1", "Miller", "m", "active", "F1040", 2025, "2025-01-01")
    two = replace(one, id="2")
    assert (ledger.remembered(), ledger.remembered_at()) == ((), None)
    with ledger.write() as writing:
        writing.save_records((two, one, one), 5.0)
    assert (set(ledger.remembered()), ledger.remembered_at()) == ({one, two}, 5.0)
    with ledger.write() as writing:
        writing.save_records((), 6.0)
    assert (ledger.remembered(), ledger.remembered_at()) == ((), 6.0)


# -- engine


def test_the_ledger_serves_one_workspace_only(ledger: Ledger) -> None:
    assert ledger.workspace() is None
    ledger.pin_workspace(Workspace("w1", "Firm"))
    ledger.pin_workspace(Workspace("w1", "Firm, renamed"))
    assert ledger.workspace() == Workspace("w1", "Firm, renamed")
    with pytest.raises(WrongWorkspace):
        ledger.pin_workspace(Workspace("w2", "Other"))


def test_a_pause_ends_by_itself_or_by_resuming(ledger: Ledger) -> None:
    assert ledger.paused_until() is None
    ledger.pause(1010.0, "a person")
    assert ledger.paused_until() == 1010.0
    CLOCK.at = 1010.0
    assert ledger.paused_until() is None
    ledger.pause(math.inf, "a person")
    assert ledger.paused_until() == math.inf
    ledger.resume("a person")
    ledger.resume("a person")
    assert ledger.paused_until() is None
    said = [line.after for line in ledger.history()]
    assert said == ["working", "paused", "paused"]


def test_at_a_start_everything_is_due(ledger: Ledger) -> None:
    client = add_client(ledger)
    document = add_document(ledger, client)
    wait(ledger, document.id, 99.0)
    hold(ledger, add_file(ledger), 1e15)
    with ledger.write() as writing:
        writing.move_client(client, replace(client, due_at=99.0), "")
    ledger.forget_delays()
    assert ledger.next_due((Stage.ready,)) == 0.0
    assert len(ledger.settling(0.0, 9)) == len(ledger.clients_in(("new",), 0.0)) == 1


INDEXED = {
    "settling": ("files_settling", "files_held"),
    "to_upload": ("documents_sending",),
    "ingesting": ("documents_due",),
    "next_due": ("documents_due",),
    "may_return": ("files_document", "files_settling_size"),
    "holders": ("files_document",),
    "operation_documents": ("documents_attaching",),
    "open_operations": ("operations_open",),
    "attachable": ("documents_uploaded", "operations_open"),
}


def test_the_hot_questions_walk_along_their_indexes(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = add_document(ledger, add_client(ledger, state=ClientState.known))
    plans: list[str] = []
    ask = Ledger._ask

    def explained(self: Ledger, sql: str, values: object = ()) -> object:
        plan = self._connections.mine().execute(f"EXPLAIN QUERY PLAN {sql}", values)  # type: ignore[arg-type]  # as given
        plans.extend(row[3] for row in plan)
        return ask(self, sql, values)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr(Ledger, "_ask", explained)
    arguments: dict[str, tuple[object, ...]] = {
        "settling": (1.0, 9),
        "to_upload": (1.0, 9),
        "ingesting": (1.0, 9),
        "next_due": ((Stage.ingesting,),),
        "may_return": (document,),
        "holders": (1,),
        "operation_documents": (1,),
        "open_operations": (),
        "attachable": (1.0, 9),
    }
    for name, indexes in INDEXED.items():
        plans.clear()
        getattr(ledger, name)(*arguments[name])
        for index in indexes:
            assert any(index in step for step in plans), (name, plans)


def test_placing_again_asks_little(ledger: Ledger) -> None:
    add_client(ledger, state=ClientState.known)
    asked: list[str] = []
    ledger._connections.mine().set_trace_callback(asked.append)
    with ledger.write() as writing:
        writing.place_client(1, place())
    ledger._connections.mine().set_trace_callback(None)
    assert len(asked) <= 5, asked
