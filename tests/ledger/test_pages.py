"""Pages of the long lists: the right rows, the right totals, and no walk through all rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest

from agent.ledger import pages
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import OPEN, Stage
from agent.model.file import FileState
from agent.model.overview import ClientRow, DocumentRow, HistoryLine
from tests.ledger.kit import (
    ROOT,
    StillClock,
    add_client,
    add_document,
    add_file,
    memory_ledger,
    place,
    rows,
    see,
)

CLOCK = StillClock()


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    CLOCK.at = 1000.0
    with memory_ledger(CLOCK) as ledger:
        yield ledger


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    """Clients miller, Müller and SMITH, a minute apart; ten documents, one a minute, in turn."""
    clients = [
        add_client(ledger, name, ClientState.known) for name in ("miller", "Müller", "SMITH")
    ]
    for number, client in zip(range(10), itertools.cycle(clients), strict=False):
        CLOCK.at += 60
        stage = Stage.filed if number % 2 else Stage.ready
        add_document(ledger, client, f"scan {number}", stage, 10 + number)
    return ledger


def names(page: tuple[int, Sequence[DocumentRow]]) -> tuple[int, list[str]]:
    return page[0], [row.name.removeprefix("scan ").removesuffix(".pdf") for row in page[1]]


def clients(page: tuple[int, Sequence[ClientRow]]) -> tuple[int, list[str]]:
    return page[0], [row.name for row in page[1]]


def ids(page: tuple[int, Sequence[HistoryLine]]) -> tuple[int, list[int]]:
    return page[0], [line.id for line in page[1]]


# -- documents


def test_documents_come_by_pages_with_how_many_there_are(office: Ledger) -> None:
    assert names(office.documents_page(limit=3)) == (10, ["9", "8", "7"])
    assert names(office.documents_page(limit=3, offset=8)) == (10, ["1", "0"])
    assert names(office.documents_page(limit=3, offset=10)) == (10, [])
    assert names(office.documents_page(Stage.filed, limit=2, offset=1)) == (5, ["7", "5"])
    assert names(office.documents_page(Stage.lost)) == (0, [])
    assert names(office.documents_page(client=2)) == (3, ["7", "4", "1"])
    assert names(office.documents_page(Stage.filed, client=2, limit=1)) == (2, ["7"])
    assert office.documents_page()[1] == office.documents(limit=50)


def test_a_document_is_found_by_its_name_or_its_clients(office: Ledger) -> None:
    assert names(office.documents_page(search="SCAN 3")) == (1, ["3"])
    assert names(office.documents_page(search="smi", limit=2)) == (3, ["8", "5"])
    assert names(office.documents_page(search="smi", limit=2, offset=2)) == (3, ["2"])
    assert names(office.documents_page(Stage.filed, search="smi")) == (1, ["5"])
    assert names(office.documents_page(client=1, search="smi")) == (0, [])
    assert names(office.documents_page(search="%")) == (0, [])


@pytest.mark.parametrize("search", ["müll", "MÜLL", "Mu\u0308ll", "ü"])
def test_letters_beyond_ascii_are_found_however_they_are_written(
    office: Ledger, search: str
) -> None:
    assert names(office.documents_page(search=search))[0] == 3
    assert clients(office.clients_page(search)) == (1, ["Müller"])


def test_a_name_in_parts_is_found_by_one_in_whole(office: Ledger) -> None:
    add_document(office, office.client(1), "Gru\u0308n")
    assert names(office.documents_page(search="gr\u00fcn"))[0] == 1


def test_a_search_finds_so_many_and_no_more(
    office: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_FOUND", 4)
    assert names(office.documents_page(search="scan", limit=3, offset=2)) == (4, ["7", "6"])
    total, lines = office.history_page(search="scan", limit=50)
    assert (total, len(lines)) == (4, 4)
    assert lines[0].name == "scan 9.pdf"


def test_one_document_is_shown_alone(office: Ledger) -> None:
    assert office.document_row(4) == office.documents_page(search="scan 3")[1][0]
    with pytest.raises(KeyError):
        office.document_row(11)


# -- clients


def test_clients_come_by_pages_in_the_order_of_their_names(office: Ledger) -> None:
    assert clients(office.clients_page()) == (3, ["miller", "Müller", "SMITH"])
    assert clients(office.clients_page(limit=1, offset=1)) == (3, ["Müller"])
    assert clients(office.clients_page("I", limit=1, offset=1)) == (2, ["SMITH"])
    assert clients(office.clients_page("nobody")) == (0, [])


def test_a_client_is_shown_with_what_belongs_to_it_alone(office: Ledger) -> None:
    (miller,) = office.clients_page(limit=1)[1]
    assert miller.documents == {Stage.ready: 2, Stage.filed: 2}
    assert miller.last_at == 1600.0
    assert [folder.folder for folder in miller.folders] == [b"miller"]
    assert office.clients_overview() == office.clients_page()[1]


def test_the_newest_line_of_the_client_itself_counts_too(ledger: Ledger) -> None:
    client = add_client(ledger)
    CLOCK.at = 2000.0
    with ledger.write() as writing:
        held = client.to(ClientState.held, reason="same-name", said="There is one.")
        writing.move_client(client, held, "held")
    assert ledger.clients_page()[1][0].last_at == 2000.0


def test_files_wait_in_the_nearest_client_folder_above_them(ledger: Ledger) -> None:
    with ledger.write() as writing:
        for folder, name in ((b"", "All"), (b"A", "Ash"), (b"A/b", "Birch"), (b"A\xff", "Cedar")):
            writing.place_client(1, place(name, folder=folder))
    see(ledger, b"", b"A", b"A/b", b"A/b/c", b"A/d", b"A\xff", b"A0", b"\xff\xff")
    for folder in (b"", b"A", b"A/b", b"A/b/c", b"A/d", b"A\xff", b"A0", b"\xff\xff"):
        add_file(ledger, folder=folder)
    known = add_file(ledger, b"left-out.pdf", b"A")
    with ledger.write() as writing:
        writing.move_file(known, known.to(FileState.ignored, reason="name-rule"), "left out")
    waiting = {row.name: row.waiting_files for row in ledger.clients_page()[1]}
    assert waiting == {"All": 3, "Ash": 2, "Birch": 2, "Cedar": 1}


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("miller", [1]),
        ("MILLER", [1]),
        (" Miller ", [1]),
        ("müller", [2]),
        ("Mu\u0308LLER", [2]),
        ("strasse", [4, 5]),
        ("Straße", [4, 5]),
        ("odd", [6]),
        ("SMITH-2025", [3]),
        ("mill", []),
        ("%", []),
        ("", []),
    ],
)
def test_a_client_is_found_by_external_id_or_name(
    office: Ledger, named: str, found: list[int]
) -> None:
    for name in ("STRASSE", "straße", " odd "):
        add_client(office, name)
    assert [number for number, _ in office.clients_named(named)] == found


# -- history


def test_history_comes_by_pages_the_newest_first(office: Ledger) -> None:
    last = office.history(1)[0].id
    assert ids(office.history_page(limit=2)) == (last, [last, last - 1])
    assert ids(office.history_page(limit=5, offset=last - 2)) == (last, [2, 1])
    assert ids(office.history_page(limit=5, offset=last)) == (last, [])
    assert office.history_page()[1] == office.history(50)


def test_history_of_a_client_and_from_a_time_on(office: Ledger) -> None:
    total, lines = office.history_page(client=2, limit=500)
    assert list(lines) == list(office.history(500, client=2))
    assert total == len(lines)
    assert ids(office.history_page(client=2, limit=2, offset=1))[1] == [
        line.id for line in lines[1:3]
    ]
    for since in (0.0, 999.0, 1000.0, 1000.5, 1300.0, 1600.0, 1600.5, 1e12):
        for client in (None, 1, 3):
            told = office.history_page(client, since, limit=500)
            wanted = office.history(500, client, since)
            assert (told[0], list(told[1])) == (len(wanted), list(wanted))


def test_an_empty_history_has_no_page(ledger: Ledger) -> None:
    assert ledger.history_page() == (0, ())
    assert ledger.history_page(since=0.0) == (0, ())
    assert list(ledger.history_all()) == []


def test_lines_have_no_gaps_when_a_transaction_fails(office: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), office.write() as writing:
        writing.place_client(1, place("Gone"))
        raise ZeroDivisionError
    add_client(office, "Elm")
    numbers = [row[0] for row in rows(office, "SELECT id FROM history ORDER BY id")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert office.history_page(limit=1)[0] == len(numbers)


def test_history_is_searched_by_documents_and_clients(office: Ledger) -> None:
    total, lines = office.history_page(search="scan 3")
    assert {line.name for line in lines} == {"scan 3.pdf"}
    assert total == len(lines) == len([one for one in office.history(500) if one.subject_id == 4
                                       and one.subject == "document"])  # fmt: skip
    assert {line.client for line in office.history_page(search="smi", limit=500)[1]} == {"SMITH"}
    assert "client" in {line.subject for line in office.history_page(search="smi", limit=500)[1]}
    assert office.history_page(client=1, search="smi")[0] == 0
    late = office.history_page(since=1400.0, search="smi", limit=500)[1]
    assert {line.at for line in late} == {1540.0}


def test_a_search_of_the_history_finds_the_files_of_a_document(ledger: Ledger) -> None:
    document = add_document(ledger, add_client(ledger, state=ClientState.known), stage=Stage.filed)
    file = add_file(ledger, b"other.pdf")
    with ledger.write() as writing:
        known = file.to(FileState.known, document_id=document.id, client_id=1)
        writing.move_file(file, known, "at rest")
    lines = ledger.history_page(search="w2")[1]
    assert {line.subject.value for line in lines} == {"document", "file"}


def test_all_of_history_comes_in_chunks(office: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_CHUNK", 7)
    assert list(office.history_all()) == list(office.history(500))
    assert list(office.history_all(client=2)) == list(office.history(500, client=2))
    assert list(office.history_all(since=1300.0)) == list(office.history(500, since=1300.0))
    lines = office.history_all()
    first = next(lines)
    add_client(office, "Elm")
    assert [first.id, *(line.id for line in lines)] == list(range(first.id, 0, -1))


# -- days, what moved, what waits


def test_what_was_filed_is_counted_by_spans(office: Ledger) -> None:
    # filed are 1, 3, 5, 7, 9: at 1120, 1240, 1360, 1480, 1600
    spans = [(1000.0, 1240.0), (1240.0, 1481.0), (1481.0, 1600.0), (1600.0, 1601.0)]
    assert office.filed_by_day(spans) == ((1, 11), (3, 13 + 15 + 17), (0, 0), (1, 19))
    assert office.filed_by_day([]) == ()


def test_documents_that_moved_last_come_first(
    office: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    CLOCK.at = 5000.0
    with office.write() as writing:
        document = office.document(3)
        writing.move_document(document, document.to(Stage.lost), "no file holds it")
    moved = office.recent_documents(3)
    assert [(row.id, at) for row, at in moved] == [(3, 5000.0), (10, 1600.0), (9, 1540.0)]
    monkeypatch.setattr(pages, "_LOOKED_BACK", 1)
    assert office.recent_documents(3) == moved
    monkeypatch.setattr(pages, "_LOOKED_BACK", 2000)
    assert len(office.recent_documents(50)) == 10


def test_documents_that_moved_long_ago_fill_them_up(
    office: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for moment, number in ((4000.0, 9), (5000.0, 3)):
        CLOCK.at = moment
        with office.write() as writing:
            document = office.document(number)
            writing.move_document(document, document.to(Stage.lost), "no file holds it")
    monkeypatch.setattr(pages, "_LOOKED_BACK", 1)
    moved = [(row.id, at) for row, at in office.recent_documents(3)]
    assert moved == [(3, 5000.0), (10, 1600.0), (9, 4000.0)]


def test_nothing_has_moved_in_an_empty_ledger(ledger: Ledger) -> None:
    assert ledger.recent_documents() == ()
    assert ledger.last_arrival() is None
    assert (ledger.waiting_count(), ledger.bytes_to_send()) == (0, 0)
    assert (ledger.documents_page(), ledger.clients_page()) == ((0, ()), (0, ()))


def test_what_waits_is_counted_as_it_is_listed(office: Ledger) -> None:
    assert office.waiting_count() == 0
    add_client(office, "Elm", ClientState.held)
    add_document(office, office.client(1), "broken", Stage.failed)
    for stage in sorted(OPEN):
        own = add_client(office, f"Late {stage}", ClientState.known)
        document = add_document(office, own, f"late {stage}", stage)
        with office.write() as writing:
            writing.move_document(document, document.waiting(9.0, problem="no answer"), "later")
    for number in range(3):
        file = add_file(office, b"%d.pdf" % number)
        with office.write() as writing:
            writing.move_file(file, file.to(FileState.held, reason="in-use"), "in use")
    assert office.waiting_count() == len(office.waiting()) == 1 + 1 + len(OPEN) + 3


def test_what_is_still_to_be_sent_is_told_in_bytes(office: Ledger) -> None:
    assert office.bytes_to_send() == 10 + 12 + 14 + 16 + 18
    add_document(office, office.client(1), "half", Stage.uploading, 1000)
    add_document(office, office.client(1), "whole", Stage.uploaded, 100_000)
    assert office.bytes_to_send() == 1000 + 10 + 12 + 14 + 16 + 18


def test_failed_documents_come_before_those_that_are_tried_again(office: Ledger) -> None:
    with office.write() as writing:
        document = office.document(1)
        writing.move_document(document, document.waiting(9.0, problem="no answer"), "later")
    add_document(office, office.client(1), "broken", Stage.failed)
    assert [one.name for one in office.waiting(1)] == ["broken.pdf"]
    assert [one.name for one in office.waiting(2)] == ["broken.pdf", "scan 0.pdf"]


def test_held_files_that_need_a_person_are_among_the_first(ledger: Ledger) -> None:
    for name, reason in ((b"a", "in-use"), (b"b", "empty"), (b"c", "in-use"), (b"d", "link")):
        file = add_file(ledger, name)
        with ledger.write() as writing:
            writing.move_file(file, file.to(FileState.held, reason=reason), "held")
    assert [one.name for one in ledger.waiting(2)] == ["b", "d"]
    assert [one.name for one in ledger.waiting(3)] == ["a", "b", "d"]
    assert ledger.waiting(3)[0].path == ROOT + b"/Miller/a"
