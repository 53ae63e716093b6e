"""Pages as answers, what waits, the days of the calendar, and the export of the history."""

from __future__ import annotations

import csv
import io
import json
import os
import time
import tracemalloc
from collections.abc import Iterator
from datetime import datetime

import pytest

from agent.control import pages
from agent.control.named import client_named
from agent.control.refused import Refused
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from tests.ledger.kit import (
    ROOT,
    StillClock,
    add_client,
    add_document,
    add_file,
    memory_ledger,
)

CLOCK = StillClock()


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Miller with a filed and a failed document, Smith with none."""
    CLOCK.at = 1000.0
    with memory_ledger(CLOCK) as ledger:
        miller = add_client(ledger, state=ClientState.known)
        add_client(ledger, "Smith", ClientState.held)
        add_document(ledger, miller, "w2", Stage.filed, 100)
        add_document(ledger, miller, "1099", Stage.failed, 20)
        yield ledger


def table(ledger: Ledger, *, since: float | None = None) -> list[dict[str, str]]:
    """The export as a spreadsheet reads it."""
    text = "".join(pages.history_csv(ledger, since=since))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


# -- pages


def test_a_page_tells_what_it_is_a_part_of(ledger: Ledger) -> None:
    told = pages.documents_page(ledger, limit=1, offset=1)
    assert (told["total"], told["offset"], told["limit"]) == (2, 1, 1)
    assert [one["name"] for one in told["documents"]] == ["w2.pdf"]
    found = pages.clients_page(ledger, "smi", limit=5)
    assert (found["total"], found["offset"], found["limit"]) == (1, 0, 5)
    assert [one["name"] for one in found["clients"]] == ["Smith"]
    lines = pages.history_page(ledger, "Smith", 0.0, None, 1, 1)
    assert (lines["total"], lines["offset"], lines["limit"]) == (2, 1, 1)
    assert lines["history"][0]["after"] == "new"


def test_the_client_of_a_page_is_named_as_people_do(ledger: Ledger) -> None:
    for named in ("miller", "Miller-2025", "1"):
        assert pages.documents_page(ledger, client=named)["total"] == 2
    for nobody in ("Nobody", "3", "9" * 400, ""):
        with pytest.raises(Refused, match="no client"):
            pages.documents_page(ledger, client=nobody)
    add_client(ledger, "MILLER")
    with pytest.raises(Refused, match=r"Several clients.*: Miller-2025, MILLER-2025\.$"):
        client_named(ledger, "miller")


def test_a_document_is_told_with_its_story(ledger: Ledger) -> None:
    told = pages.document_story(ledger, 1)
    assert (told["document"]["name"], told["label"]) == ("w2.pdf", "filed")
    assert [line["after"] for line in told["history"]][:2] == ["ready", "uploading"]
    with pytest.raises(KeyError):
        pages.document_story(ledger, 3)


def test_what_needs_a_person_comes_first_and_all_is_counted(ledger: Ledger) -> None:
    for name, reason in ((b"a", "in-use"), (b"b", "empty")):
        file = add_file(ledger, name)
        with ledger.write() as writing:
            writing.move_file(file, file.to(FileState.held, reason=reason), "held")
    told = pages.waiting(ledger, ledger.roots(), limit=4)
    assert told["total"] == 1 + 1 + 1 + 2  # folder, client, document, files
    assert [one["kind"] for one in told["waiting"]] == ["folder", "client", "document", "file"]
    assert all(one["needs_person"] for one in told["waiting"])
    assert pages.waiting(ledger, ledger.roots(), limit=1)["total"] == told["total"]
    last = pages.waiting(ledger, (), limit=9)["waiting"][-1]
    assert (last["label"], last["needs_person"]) == ("in use", False)


# -- days


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> float:
    """A wall clock time of this machine's calendar."""
    return datetime.fromisoformat(text).astimezone().timestamp()


@pytest.mark.skipif(os.name != "posix", reason="tzset is of POSIX")
@pytest.mark.usefixtures("berlin")
def test_days_are_of_this_machines_calendar_and_may_have_23_hours() -> None:
    with memory_ledger(CLOCK) as ledger:
        CLOCK.at = 1000.0
        client = add_client(ledger, state=ClientState.known)
        for number, moment in enumerate(
            (
                "2026-03-28T23:59:59",
                "2026-03-29T00:00:00",  # this day has 23 hours
                "2026-03-29T23:59:59",
                "2026-03-30T00:00:00",
                "2026-03-31T12:00:00",
            )
        ):
            CLOCK.at = at(moment)
            add_document(ledger, client, f"scan {number}", Stage.filed, 10**number)
        told = pages.days(ledger, 4, at("2026-03-31T23:30:00"))["days"]
    assert told == [
        {"day": "2026-03-28", "documents": 1, "bytes": 1},
        {"day": "2026-03-29", "documents": 2, "bytes": 110},
        {"day": "2026-03-30", "documents": 1, "bytes": 1000},
        {"day": "2026-03-31", "documents": 1, "bytes": 10000},
    ]


# -- the export


def test_the_export_holds_every_line_with_a_header(ledger: Ledger) -> None:
    text = "".join(pages.history_csv(ledger))
    assert text.startswith("\ufeffid,at,subject,subject_id,before,after,why,name,path,client\r\n")
    assert text.endswith("\r\n")
    told = table(ledger)
    assert [int(line["id"]) for line in told] == [line.id for line in ledger.history(500)]
    assert told[0]["at"] == "1970-01-01T00:16:40.000+00:00"
    assert table(ledger, since=1000.5) == []


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "＝"])
def test_no_cell_is_a_formula(ledger: Ledger, begin: str) -> None:
    name = f'{begin}HYPERLINK("x","y")'
    add_document(ledger, ledger.client(1), name)
    (line,) = [line for line in table(ledger) if "HYPERLINK" in line["name"]]
    assert line["name"] == f"'{name}.pdf"
    (told,) = [line for line in exported(ledger) if "HYPERLINK" in str(line["name"])]
    assert told["name"] == f"{name}.pdf"  # no spreadsheet reads this one


def test_quotes_commas_and_lines_stay_in_their_cell(ledger: Ledger) -> None:
    add_document(ledger, ledger.client(1), 'a "b",\r\nc')
    assert '"a ""b"",\r\nc.pdf"' in "".join(pages.history_csv(ledger))
    assert table(ledger)[0]["name"] == 'a "b",\r\nc.pdf'


def test_a_name_that_is_no_text_is_escaped(ledger: Ledger) -> None:
    add_file(ledger, b"dr\xffft.pdf")
    assert table(ledger)[0]["path"] == (ROOT + b"/Miller/dr").decode() + "\\xffft.pdf"


def exported(ledger: Ledger) -> list[dict[str, object]]:
    told: dict[str, list[dict[str, object]]] = json.loads("".join(pages.history_json(ledger)))
    assert list(told) == ["history"]
    return told["history"]


def test_the_export_as_json_is_that_of_the_verb(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pages.history_page(ledger, limit=500)["history"]
    assert exported(ledger) == whole
    monkeypatch.setattr(pages, "_TOGETHER", 3)
    assert exported(ledger) == whole
    assert [int(line["id"]) for line in table(ledger)] == [line["id"] for line in whole]
    with memory_ledger() as empty:
        assert exported(empty) == []
        assert len("".join(pages.history_csv(empty)).splitlines()) == 1


def test_an_export_of_an_unknown_client_is_refused_before_its_first_line(ledger: Ledger) -> None:
    for export in (pages.history_csv, pages.history_json):
        with pytest.raises(Refused):
            export(ledger, "Nobody")


@pytest.mark.slow
def test_a_hundred_thousand_lines_are_never_held(ledger: Ledger) -> None:
    connection = ledger._connections.mine()
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        "INSERT INTO history (at, subject, subject_id, before, after, why) "
        "SELECT i, 'document', 1, 'ready', 'uploaded', 'every byte at Filed' FROM n"
    )
    tracemalloc.start()
    try:
        lines = sum(piece.count("\n") for piece in pages.history_csv(ledger))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert lines > 100_000
    assert most < 8 << 20, f"{most} bytes"
