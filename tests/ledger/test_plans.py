"""What is asked at every turn, or by whoever waits for the answer, walks no whole table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from agent.ledger.ledger import Ledger
from agent.ledger.pen import Values
from agent.ledger.rows import Row
from agent.model.client import ClientState
from agent.model.document import OPEN, Stage
from agent.model.file import FileState
from tests.ledger.kit import StillClock, add_client, add_document

NOW = 1e9
LARGE = ("files", "documents", "history", "folders", "f", "o", "h", "d")


class Planned(Ledger):
    """A ledger that notes how SQLite goes about each question."""

    plans: list[str] = []

    def _ask(self, sql: str, values: Values = ()) -> list[Row]:
        plan = self._connections.mine().execute(f"EXPLAIN QUERY PLAN {sql}", values)
        self.plans += [row[3] for row in plan]
        return super()._ask(sql, values)


def _documents(stage: Stage, ledger: Ledger) -> object:
    return ledger.documents(stage)


QUESTIONS: Sequence[tuple[str, Callable[[Ledger], object]]] = [
    ("counts", lambda ledger: ledger.counts()),
    ("held_by_reason", lambda ledger: ledger.held_by_reason()),
    ("waiting", lambda ledger: ledger.waiting(20)),
    *((f"documents {stage}", partial(_documents, stage)) for stage in sorted(OPEN)),
    ("documents of a client", lambda ledger: ledger.documents(client=1)),
    ("files that settle", lambda ledger: ledger.files_in_state(FileState.settling, 20)),
    ("settling", lambda ledger: ledger.settling(NOW, 500)),
    ("next_look", lambda ledger: ledger.next_look(NOW)),
    ("next_due", lambda ledger: ledger.next_due(OPEN, NOW)),
    ("attachable", lambda ledger: ledger.attachable(NOW, 50)),
    ("ingesting", lambda ledger: ledger.ingesting(NOW, 500)),
    ("open_operations", lambda ledger: ledger.open_operations()),
    ("operation_documents", lambda ledger: ledger.operation_documents(1)),
    ("claimed_tasks", lambda ledger: ledger.claimed_tasks(1)),
    ("unfinished", lambda ledger: ledger.unfinished([1])),
    ("some_known", lambda ledger: ledger.some_known(1, 50)),
    ("shut_folders", lambda ledger: ledger.shut_folders(1)),
    ("file_at", lambda ledger: ledger.file_at(1, b"Ash/a.pdf")),
    ("files_in", lambda ledger: ledger.files_in(1, b"Ash")),
    ("holders", lambda ledger: ledger.holders(1)),
    ("may_return", lambda ledger: ledger.may_return(ledger.document(1))),
    ("clients_in", lambda ledger: ledger.clients_in(list(ClientState), NOW)),
]


@pytest.mark.parametrize("ask", [pytest.param(ask, id=name) for name, ask in QUESTIONS])
def test_a_question_asked_often_finds_its_rows_by_an_index(ask: Callable[[Ledger], object]) -> None:
    with Planned.in_memory(StillClock()) as ledger:
        assert isinstance(ledger, Planned)
        ledger.root(b"/offices")
        add_document(ledger, add_client(ledger), size=10)
        ledger.plans = []
        ask(ledger)
        assert [plan for plan in ledger.plans if _walks_a_large_table(plan)] == []


def test_the_due_ones_among_many_that_rest_are_found_by_their_due_time() -> None:
    with Planned.in_memory(StillClock()) as ledger:
        assert isinstance(ledger, Planned)
        ledger.plans = []
        ledger.settling(NOW, 500)
        ledger.next_look(NOW)
        by_due = [plan for plan in ledger.plans if "files_settling (due_at<?)" in plan]
        after = [plan for plan in ledger.plans if "files_settling (due_at>?)" in plan]
        assert by_due, ledger.plans
        assert after, ledger.plans


def test_folders_that_cannot_be_listed_are_found_among_the_held_files_only() -> None:
    with Planned.in_memory(StillClock()) as ledger:
        assert isinstance(ledger, Planned)
        ledger.plans = []
        ledger.shut_folders(1)
        assert ledger.plans[0] == "SCAN f USING INDEX files_held"


def test_a_start_forgets_delays_without_a_look_at_all_that_is_filed() -> None:
    with Planned.in_memory(StillClock()) as ledger:
        asked: list[str] = []
        connection = ledger._connections.mine()
        connection.set_trace_callback(asked.append)
        ledger.forget_delays()
        connection.set_trace_callback(None)
        updates = [sql for sql in asked if sql.startswith("UPDATE")]
        plans = [connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall() for sql in updates]
        told = [row[3] for plan in plans for row in plan]
        assert [plan for plan in told if _walks_a_large_table(plan)] == []
        assert len(updates) == 2 + len(OPEN | {Stage.failed}) + 1


def _walks_a_large_table(plan: str) -> bool:
    """Whether a line of a plan reads every row; a partial index holds those that matter only."""
    words = plan.split()
    partial = "USING" in words and not plan.endswith(("sqlite_autoindex_documents_2",))
    return words[0] == "SCAN" and words[1] in LARGE and not partial
