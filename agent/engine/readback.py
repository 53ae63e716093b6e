"""Operations whose answer was lost: waited out, read back at Filed, and only then repeated.

Section 5 of the design and reliability.md 4: in 800 simulated schedules a naive retry broke the
contract in 344, this in none. An operation found open at start counts as lost.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from agent.engine.attach import Attach
from agent.engine.creation import Creation
from agent.engine.gate import Gate
from agent.engine.ledger_port import Ledger
from agent.engine.outcomes import note_lost
from agent.engine.ports import Binders, Clock
from agent.engine.rules import Rules
from agent.errors import AgentError, LedgerTrouble
from agent.model.client import Client
from agent.model.document import Document, Stage
from agent.model.ingestion import Task
from agent.model.operation import Operation, OperationKind, OperationState
from agent.model.part import WHOLE, Part

log = logging.getLogger(__name__)

IDLE = 30.0
PUT_OFF = 60.0
SKEW = 120.0  # seconds of doubt about Filed's clock
TASK_LIMITS = (20, 100, 500)
MOST_SENDINGS = 4  # documents: at least once, after three empty read-backs
MOST_CREATIONS = 2  # clients: at most once; after two doubts a person decides


class ReadBack:
    """Settles every open operation of its part within the quiet window and one look (L2)."""

    name = "read-back"

    def __init__(
        self,
        ledger: Ledger,
        binders: Binders,
        attach: Attach,
        creation: Creation,
        gate: Gate,
        clock: Clock,
        rules: Rules,
        part: Part = WHOLE,
    ) -> None:
        self._ledger = ledger
        self._binders = binders
        self._attach = attach
        self._creation = creation
        self._gate = gate
        self._clock = clock
        self._rules = rules
        self._part = part
        self._quiet_until: dict[tuple[int, int], float] = {}

    def turn(self) -> float:
        """Look after every operation whose quiet window has passed."""
        self._doubt_announced()
        operations = self._ledger.open_operations(self._part)
        if not operations:
            self._quiet_until.clear()
            return IDLE
        waits = [self._quiet_for(operation) for operation in operations]
        due = [operation for operation, wait in zip(operations, waits, strict=True) if wait <= 0]
        if not due:
            return max(0.05, min(waits))
        if wait := self._gate.closed_for():
            return wait
        for operation in due:
            try:
                self._gate.ensure_workspace()
                self._settle(operation)
            except LedgerTrouble:
                raise
            except AgentError as error:
                if self._gate.failed(error):
                    return self._gate.closed_for()
                self._put_off(operation, error)
        return 0.0

    def _put_off(self, operation: Operation, error: AgentError) -> None:
        """One that cannot be read back holds up no other (L6)."""
        log.warning("an operation could not be read back: %s", type(error).title)
        again = self._clock.monotonic() + PUT_OFF
        self._quiet_until[operation.id, operation.doubts] = again

    def _doubt_announced(self) -> None:
        """Nobody is sending for these clients now (this worker and their attach share one thread):
        an operation that is still announced belongs to a process that ended while it was sent."""
        for operation in self._ledger.open_operations(self._part):
            if operation.state is OperationState.announced:
                note_lost(self._ledger, operation, "its answer was never seen")

    def _quiet_for(self, operation: Operation) -> float:
        """Seconds left of this sending's quiet window; it starts when we first see the doubt."""
        now = self._clock.monotonic()
        key = (operation.id, operation.doubts)
        until = self._quiet_until.setdefault(key, now + self._rules.quiet_window)
        return until - now

    def _settle(self, operation: Operation) -> None:
        client = self._ledger.client(operation.client_id)
        if operation.kind is OperationKind.create_client:
            self._settle_creation(operation, client)
        else:
            self._settle_documents(operation, client)

    # -- createClient --------------------------------------------------------------------------

    def _settle_creation(self, operation: Operation, client: Client) -> None:
        records = self._creation.register.list_again()
        self._gate.fine(changed=False)
        if any(record.external_id == client.external_id for record in records):
            doubt = self._creation.adopt(operation, client, records)
            if doubt:
                self._creation.park(operation, client, doubt)
        elif operation.attempt >= MOST_CREATIONS:
            why = "createClient was sent twice and the client is not listed at Filed."
            self._creation.park(operation, client, why)
        else:
            self._creation.send(self._again(operation), client)

    # -- addClientDocuments --------------------------------------------------------------------

    def _settle_documents(self, operation: Operation, client: Client) -> None:
        documents = self._ledger.operation_documents(operation.id)
        task = self._find_task(operation, client)
        self._gate.fine(changed=False)
        if task is not None:
            self._attach.carried_out(operation, documents, task.id, "found at Filed by read-back")
        elif gone := self._gone(documents):
            why = "no task at Filed, and uploads are gone there"
            self._attach.end(operation, documents, lambda one: _anew(one, gone), why)
        elif operation.attempt >= MOST_SENDINGS:
            self._give_up(operation, documents)
        elif not self._attach.still_held(documents):
            why = "no task at Filed, and a file changed meanwhile: through the gate again"
            self._attach.release(operation, documents, why)
        else:
            self._attach.send(self._again(operation), client, documents)

    def _find_task(self, operation: Operation, client: Client) -> Task | None:
        """A BINDER task of this client since the intent that no other operation claims."""
        assert client.filed_id is not None
        claimed = self._ledger.claimed_tasks(client.id)
        since = operation.sent_at - SKEW
        for limit in TASK_LIMITS:
            page = self._binders.tasks((client.filed_id,), limit)
            tasks = page.tasks.get(client.filed_id, ())
            fitting = [task for task in tasks if task.id not in claimed]
            fitting = [task for task in fitting if self._may_be(task, operation, since)]
            if fitting:
                return min(fitting, key=lambda task: task.started_at or 0.0)
            if client.filed_id not in page.full:
                break
        return None

    def _gone(self, documents: Sequence[Document]) -> frozenset[int]:
        """The documents whose uploads Filed no longer holds, although it lists no task.

        A call that names one of them can never be carried out again, nor was it before: that would
        have taken all of them into a task.
        """
        gone = (one.id for one in documents if self._attach.upload_is_gone(one))
        return frozenset(gone)

    def _give_up(self, operation: Operation, documents: Sequence[Document]) -> None:
        problem = "Filed never confirmed this document, although it was sent several times."
        remedy = "Look into the client's binder at Filed; retry only if it is not there."
        self._attach.end(
            operation,
            documents,
            lambda document: document.to(Stage.failed, problem=problem, remedy=remedy),
            problem,
        )

    def _again(self, operation: Operation) -> Operation:
        """Announce the next sending of the same IDs, durably, before it leaves."""
        again = replace(operation, state=OperationState.announced, attempt=operation.attempt + 1)
        with self._ledger.write() as writing:
            return writing.move_operation(operation, again, "not found at Filed: sent again")

    def _may_be(self, task: Task, operation: Operation, since: float) -> bool:
        """Begun since the intent, by us, with as many uploads; as far as Filed tells."""
        if task.started_at is not None and task.started_at < since:
            return False
        if task.triggered_by and self._gate.user_id and task.triggered_by != self._gate.user_id:
            return False
        return task.upload_count is None or task.upload_count == len(operation.upload_ids)


def _anew(document: Document, gone: frozenset[int]) -> Document:
    """What is gone is sent anew; what is there waits to be attached again."""
    return document.to(Stage.ready if document.id in gone else Stage.uploaded)
