"""How SQLite finds the rows of a page: by an index that holds few, never by all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from agent.ledger.ledger import Ledger
from agent.model.document import OPEN, Stage
from tests.ledger.kit import ROOT, StillClock, add_client, add_document
from tests.ledger.test_plans import Planned, _walks_a_large_table

ASKED: Sequence[tuple[str, Callable[[Ledger], object]]] = [
    ("documents that are lost", lambda ledger: ledger.documents_page(Stage.lost)),
    ("documents of a client", lambda ledger: ledger.documents_page(client=1)),
    ("clients", lambda ledger: ledger.clients_page()),
    ("history of a client", lambda ledger: ledger.history_page(client=1)),
    ("history since", lambda ledger: ledger.history_page(since=1.0)),
    ("days", lambda ledger: ledger.filed_by_day([(0.0, 1.0)])),
    ("arrival", lambda ledger: ledger.last_arrival()),
    ("waiting_count", lambda ledger: ledger.waiting_count()),
    ("waiting", lambda ledger: ledger.waiting(9)),
    ("bytes_to_send", lambda ledger: ledger.bytes_to_send()),
    ("held_by_reason", lambda ledger: ledger.held_by_reason()),
    ("a document", lambda ledger: ledger.document_row(1)),
    ("waiting below", lambda ledger: ledger._waiting_below(1, b"Miller")),
]


@pytest.mark.parametrize("ask", [pytest.param(ask, id=name) for name, ask in ASKED])
def test_a_page_finds_its_rows_by_an_index(ask: Callable[[Ledger], object]) -> None:
    with Planned.in_memory(StillClock()) as ledger:
        assert isinstance(ledger, Planned)
        ledger.root(ROOT)
        add_document(ledger, add_client(ledger), size=10)
        ledger.plans = []
        ask(ledger)
        assert [plan for plan in ledger.plans if _walks_a_large_table(plan)] == []


def test_what_is_asked_every_second_is_found_in_indexes_of_the_few() -> None:
    with Planned.in_memory(StillClock()) as ledger:
        assert isinstance(ledger, Planned)
        ledger.plans = []
        ledger.held_by_reason()
        assert ledger.plans == ["SCAN files USING COVERING INDEX files_held_reason"]
        ledger.plans = []
        ledger.documents_page(Stage.lost)
        assert "SEARCH o USING COVERING INDEX documents_lost (stage=?)" in ledger.plans
        ledger.plans = []
        ledger.filed_by_day([(0.0, 1.0)])
        assert "SEARCH h USING COVERING INDEX history_filed (at>? AND at<?)" in ledger.plans
        ledger.plans = []
        ledger.recent_documents()
        assert ledger.plans[0] == "SEARCH history USING INTEGER PRIMARY KEY (rowid>?)"
        ledger.plans = []
        ledger.waiting_count()
        assert [plan for plan in ledger.plans if "documents" in plan] == [
            "SEARCH documents USING INDEX documents_problem (stage=?)"
        ] * len(OPEN)
