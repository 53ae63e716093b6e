"""documents `ingesting` -> `filed`: one question about many clients; only COMPLETED counts."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agent.engine.gate import Gate
from agent.engine.ledger_port import Ledger
from agent.engine.ports import Binders, Clock
from agent.engine.rules import Rules
from agent.errors import AgentError
from agent.model.document import Document, Stage
from agent.model.ingestion import Task, Verdict
from agent.model.patience import poll_delay

IDLE = 30.0
FETCH = 1000
CLIENTS_AT_ONCE = 50
TASK_LIMITS = (20, 100, 500)
UNLISTED = "Filed does not list its task"
UNLISTED_TRIES = 15  # polls, which is about ten minutes
PATIENT_TRIES = 40  # polls, about half an hour; from then on every five minutes
PATIENT_PAUSE = 300.0
DAY_TRIES = PATIENT_TRIES + 280  # polls, about a day
DAY_LONG = "Filed has been at work on it for a day"

Pair = tuple[Document, str]


class Ingest:
    """Polls Filed's tasks until each has said COMPLETED or FAILED."""

    name = "ingest"

    def __init__(
        self,
        ledger: Ledger,
        binders: Binders,
        gate: Gate,
        clock: Clock,
        rules: Rules,
        rng: random.Random,
    ) -> None:
        self._ledger = ledger
        self._binders = binders
        self._gate = gate
        self._clock = clock
        self._rules = rules
        self._rng = rng

    def turn(self) -> float:
        """Ask about every due task."""
        now = self._clock.steady()
        # with one due, all that soon will be are asked about in the same breath
        pairs = self._ledger.ingesting(now + self._rules.poll_first, FETCH)
        if not any(document.due_at <= now for document, _ in pairs):
            due = self._ledger.next_due((Stage.ingesting,), after=now)
            return IDLE if due is None else min(IDLE, max(0.05, due - now))
        if wait := self._gate.closed_for():
            return wait
        try:
            self._gate.ensure_workspace()
            for some in _by_clients(pairs):
                self._poll(some, TASK_LIMITS)
                self._gate.fine(changed=False)
        except AgentError as error:
            if not self._gate.failed(error, changed=False):
                raise
        return 0.0

    def _poll(self, pairs: Sequence[Pair], limits: Sequence[int]) -> None:
        clients = sorted({client for _, client in pairs})
        page = self._binders.tasks(clients, limits[0])
        tasks = {task.id: task for some in page.tasks.values() for task in some}
        missing = [pair for pair in pairs if pair[0].task_id not in tasks]
        found = [pair for pair in pairs if pair[0].task_id in tasks]
        deeper = [pair for pair in missing if pair[1] in page.full and len(limits) > 1]
        unlisted = [pair for pair in missing if pair not in deeper]
        with self._ledger.write() as writing:
            for document, _ in found:
                after, why = self._after(document, tasks[document.task_id or ""])
                writing.move_document(document, after, why)
            for document, _ in unlisted:
                after, why = self._unlisted(document)
                writing.move_document(document, after, why)
        if deeper:
            self._poll(deeper, limits[1:])

    def _after(self, document: Document, task: Task) -> tuple[Document, str]:
        if task.verdict is Verdict.filed:
            return document.to(Stage.filed), "Filed's task is COMPLETED"
        if task.verdict is Verdict.failed:
            problem = task.trouble or "Filed's task FAILED without a message."
            remedy = "Look at the document and at the client's binder at Filed, then retry."
            return document.to(Stage.failed, problem=problem, remedy=remedy), problem
        slow = DAY_LONG if document.attempts >= DAY_TRIES else None
        why = "" if slow is None or document.problem == slow else slow
        return document.waiting(self._next_poll(document), problem=slow), why

    def _unlisted(self, document: Document) -> tuple[Document, str]:
        """A task may show late; a list may drop it. After some minutes a person must look."""
        first = document.problem != UNLISTED
        tries = 0 if first else document.attempts
        if tries >= UNLISTED_TRIES:
            remedy = "Look into the client's binder at Filed; retry only if it is not there."
            return document.to(Stage.failed, problem=UNLISTED, remedy=remedy), UNLISTED
        later = document.waiting(self._next_poll(document), problem=UNLISTED)
        return (replace(later, attempts=1) if first else later), (UNLISTED if first else "")

    def _next_poll(self, document: Document) -> float:
        if document.attempts > PATIENT_TRIES:
            return self._clock.steady() + PATIENT_PAUSE
        delay = poll_delay(
            document.attempts,
            first=self._rules.poll_first,
            most=self._rules.poll_most,
            rng=self._rng,
        )
        return self._clock.steady() + delay


def _by_clients(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    """The pairs in portions of at most CLIENTS_AT_ONCE clients."""
    by_client: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_client[pair[1]].append(pair)
    clients = list(by_client)
    for start in range(0, len(clients), CLIENTS_AT_ONCE):
        yield [
            pair
            for client in clients[start : start + CLIENTS_AT_ONCE]
            for pair in by_client[client]
        ]
