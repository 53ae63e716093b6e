"""The answers with many rows: a page of each list, what waits, the days, and the export.

Each takes the ledger and plain values; whoever answers a question of the door calls it on a thread
of its own. Any of them may raise LedgerTrouble; Refused: no such client.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from agent.control.answers import client_answer, document_answer, history_answer, waits_answer
from agent.control.calendar import last_days
from agent.control.door_shapes import (
    ClientsPageAnswer,
    DaysAnswer,
    DocumentsPageAnswer,
    DocumentStoryAnswer,
    HistoryPageAnswer,
    WaitingAnswer,
)
from agent.control.named import client_named
from agent.control.shapes import HistoryAnswer
from agent.control.waits import what_waits
from agent.model.document import Stage
from agent.model.root import Root
from agent.words.catalogue import STAGES

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger

COLUMNS = tuple(HistoryAnswer.__annotations__)
_BYTE_ORDER_MARK = "\ufeff"  # a spreadsheet takes the file for UTF-8 only with it
# what a spreadsheet takes for the begin of a formula, full-width signs included
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_TOGETHER = 500  # lines of the export that are handed on at once


def documents_page(
    ledger: Ledger,
    stage: Stage | None = None,
    client: str | None = None,
    search: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> DocumentsPageAnswer:
    """GET /v1/documents."""
    total, rows = ledger.documents_page(stage, _number(ledger, client), search, limit, offset)
    listed = [document_answer(row) for row in rows]
    return {"total": total, "offset": offset, "limit": limit, "documents": listed}


def document_story(ledger: Ledger, document: int) -> DocumentStoryAnswer:
    """GET /v1/documents/ID. Raises KeyError."""
    row = ledger.document_row(document)
    lines = ledger.history_of_document(document)
    return {
        "document": document_answer(row),
        "label": STAGES[row.stage],
        "history": [history_answer(line) for line in lines],
    }


def clients_page(
    ledger: Ledger, search: str | None = None, limit: int = 50, offset: int = 0
) -> ClientsPageAnswer:
    """GET /v1/clients."""
    total, rows = ledger.clients_page(search, limit, offset)
    listed = [client_answer(row) for row in rows]
    return {"total": total, "offset": offset, "limit": limit, "clients": listed}


def history_page(
    ledger: Ledger,
    client: str | None = None,
    since: float | None = None,
    search: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> HistoryPageAnswer:
    """GET /v1/history; `since` is a wall clock time."""
    total, lines = ledger.history_page(_number(ledger, client), since, search, limit, offset)
    listed = [history_answer(line) for line in lines]
    return {"total": total, "offset": offset, "limit": limit, "history": listed}


def waiting(ledger: Ledger, away: Sequence[Root], limit: int = 200) -> WaitingAnswer:
    """GET /v1/waiting; `away` are the watched folders that cannot be looked at."""
    found = what_waits(ledger, away, limit, moving=True)
    first = sorted(found, key=lambda one: not one.words.person)[:limit]
    total = len(away) + ledger.waiting_count()
    return {"total": total, "waiting": [waits_answer(one) for one in first]}


def days(ledger: Ledger, number: int, now: float) -> DaysAnswer:
    """GET /v1/days: the last `number` days of this machine's calendar, today included."""
    spans = last_days(number, now)
    filed = ledger.filed_by_day([(begin, end) for _, begin, end in spans])
    return {
        "days": [
            {"day": day.isoformat(), "documents": documents, "bytes": size}
            for (day, _, _), (documents, size) in zip(spans, filed, strict=True)
        ]
    }


def history_csv(
    ledger: Ledger, client: str | None = None, since: float | None = None
) -> Iterator[str]:
    """GET /v1/export/history.csv: the newest first, in pieces of whole lines (RFC 4180).

    A text that a spreadsheet would take for a formula gets an apostrophe before it. Refused comes
    here, not at the first piece.
    """
    return _as_csv(_exported(ledger, client, since))


def _as_csv(told: Iterator[HistoryAnswer]) -> Iterator[str]:
    yield _BYTE_ORDER_MARK + _table([COLUMNS])
    for lines in _in_pieces(told):
        yield _table([[_cell(value) for value in line.values()] for line in lines])


def history_json(
    ledger: Ledger, client: str | None = None, since: float | None = None
) -> Iterator[str]:
    """GET /v1/export/history.json: HistoryLinesAnswer in pieces, a line of history in each line.

    Refused comes here, not at the first piece.
    """
    return _as_json(_exported(ledger, client, since))


def _as_json(told: Iterator[HistoryAnswer]) -> Iterator[str]:
    before = '{"history": [\n'
    for lines in _in_pieces(told):
        yield before + ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        before = ",\n"
    yield "\n]}\n" if before.startswith(",") else before + "]}\n"


def _exported(ledger: Ledger, client: str | None, since: float | None) -> Iterator[HistoryAnswer]:
    return map(history_answer, ledger.history_all(_number(ledger, client), since))


def _in_pieces(lines: Iterator[HistoryAnswer]) -> Iterator[list[HistoryAnswer]]:
    while piece := list(islice(lines, _TOGETHER)):
        yield piece


def _table(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _number(ledger: Ledger, client: str | None) -> int | None:
    return None if client is None else client_named(ledger, client)
