"""documents `uploaded` -> `ingesting`: the commit gate, the intent, then addClientDocuments.

Clients that Filed does not have are created first (engine.creation). What has no clear answer goes
to engine.readback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.engine.creation import Creation
from agent.engine.gate import Gate
from agent.engine.holding import Holders
from agent.engine.ledger_port import Ledger
from agent.engine.outcomes import REFUSED_AFTER_LOSS, note_lost, note_not_sent, note_refused
from agent.engine.ports import Binders, Clock, Disk, Uploads
from agent.engine.rules import Rules
from agent.errors import (
    AgentError,
    FiledRefused,
    FileTrouble,
    OutcomeUnknown,
    ProtocolBroken,
    RootUnavailable,
    UploadGone,
    UploadLocked,
    UploadMismatch,
)
from agent.model.attachable import Attachable
from agent.model.client import Client, ClientState
from agent.model.document import Document, Stage
from agent.model.operation import Operation, OperationKind, OperationState
from agent.model.part import WHOLE, Part

IDLE = 30.0
GATE_PAUSE = 15.0
REFUSED_PAUSE = 5.0
GROUPS = 50  # clients in one turn


class Attach:
    """Announces, sends and settles the two mutations for the clients of its part.

    One operation for each client at a time.
    """

    name = "attach"

    def __init__(
        self,
        ledger: Ledger,
        disk: Disk,
        binders: Binders,
        uploads: Uploads,
        gate: Gate,
        clock: Clock,
        rules: Rules,
        creation: Creation,
        stopping: Callable[[], bool] = lambda: False,
        part: Part = WHOLE,
    ) -> None:
        self._ledger = ledger
        self._binders = binders
        self._uploads = uploads
        self._gate = gate
        self._clock = clock
        self._rules = rules
        self._stopping = stopping
        self._part = part
        self._holders = Holders(ledger, disk, clock, rules)
        self._creation = creation

    def turn(self) -> float:
        """Attach what is uploaded, client by client."""
        if wait := self._gate.closed_for():
            return wait
        groups = self._ledger.attachable(self._clock.steady(), self._rules.batch, self._part)
        for group in groups[:GROUPS]:
            if self._stopping() or self._gate.closed_for():
                break
            try:
                self._gate.ensure_workspace()
                self._attach(group)
            except AgentError as error:
                if not self._gate.failed(error):
                    raise
        return 0.0 if groups else self._until_next()

    def _until_next(self) -> float:
        now = self._clock.steady()
        due = self._ledger.next_due((Stage.uploaded,), after=now)
        return IDLE if due is None else min(IDLE, max(0.05, due - now))

    def _attach(self, group: Attachable) -> None:
        documents = _together(group.documents, self._clock.steady())
        ready = [document for document in documents if self._at_rest(document)]
        if ready and group.client.state is ClientState.absent:
            self._creation.begin(group.client)  # never for a folder that went meanwhile (S4)
        elif ready:
            operation, ready = self._announce(group.client, ready)
            self.send(operation, group.client, ready)

    def _at_rest(self, document: Document) -> bool:
        """The commit gate: some file still holds exactly this content, seen now."""
        try:
            return self._holders.find(document) is not None
        except (RootUnavailable, FileTrouble) as error:
            self._postpone(document, error.said)
            return False

    def _postpone(self, document: Document, why: str) -> None:
        later = replace(document, due_at=self._clock.steady() + GATE_PAUSE)
        with self._ledger.write() as writing:
            writing.move_document(document, later, f"not attached yet: {why}")

    def _announce(
        self, client: Client, documents: Sequence[Document]
    ) -> tuple[Operation, list[Document]]:
        """Durable before the call: which upload IDs, for which client (S8, S1)."""
        if any(document.client_id != client.id for document in documents):
            raise AssertionError("a document of another client must never come here")
        ids = [document.upload_id or "" for document in documents]
        with self._ledger.write() as writing:
            operation = writing.announce(
                OperationKind.add_documents, client.id, ids, self._filed_time()
            )
            attaching = [
                writing.move_document(
                    document,
                    document.to(
                        Stage.attaching, operation_id=operation.id, attempts=document.attempts
                    ),
                    "addClientDocuments announced",
                )
                for document in documents
            ]
        return operation, attaching

    def _filed_time(self) -> float:
        return self._binders.server_time(self._clock.now())

    # -- addClientDocuments --------------------------------------------------------------------

    def send(self, operation: Operation, client: Client, documents: Sequence[Document]) -> None:
        """Send an announced operation and write down its outcome."""
        assert client.filed_id is not None
        try:
            task = self._binders.add_documents(client.filed_id, operation.upload_ids)
        except OutcomeUnknown as error:
            note_lost(self._ledger, operation, error.said)
        except FiledRefused as refusal:
            if operation.doubts:
                note_lost(self._ledger, operation, f"{REFUSED_AFTER_LOSS}: {refusal.said}")
            else:
                self._refused(operation, documents, refusal)
        except AgentError as error:
            self._never_sent(operation, documents, error)
            raise
        else:
            self._gate.fine()
            self.carried_out(operation, documents, task, "addClientDocuments answered")

    def carried_out(
        self, operation: Operation, documents: Sequence[Document], task: str, why: str
    ) -> None:
        """A definite yes: Filed gave a task."""
        due = self._clock.steady() + self._rules.poll_first
        with self._ledger.write() as writing:
            done = replace(operation, state=OperationState.done, task_id=task)
            writing.move_operation(operation, done, why)
            for document in documents:
                ingesting = document.to(Stage.ingesting, task_id=task, due_at=due)
                writing.move_document(document, ingesting, why)

    def _never_sent(
        self, operation: Operation, documents: Sequence[Document], error: AgentError
    ) -> None:
        """A definite no of this sending; with an earlier one in doubt the doubt stays."""
        with self._ledger.write() as writing:
            if not note_not_sent(writing, operation, error.said):
                return
            for document in documents:
                back = document.to(Stage.uploaded, attempts=document.attempts)
                writing.move_document(document, back, f"not sent: {error.said}")

    def _refused(
        self, operation: Operation, documents: Sequence[Document], refusal: FiledRefused
    ) -> None:
        """A definite no: IDs that are gone start anew, the others are tried once more alone."""
        gone = {document.id for document in documents if self.upload_is_gone(document)}
        due = self._clock.steady() + REFUSED_PAUSE
        with self._ledger.write() as writing:
            note_refused(writing, operation, refusal.said)
            for document in documents:
                if document.id in gone:
                    after = document.to(Stage.ready)
                elif document.attempts and not gone:
                    after = document.to(
                        Stage.failed, problem=refusal.said, remedy=type(refusal).advice
                    )
                else:
                    attempts = document.attempts + 1
                    after = document.to(Stage.uploaded, attempts=attempts, due_at=due)
                writing.move_document(document, after, f"Filed refused: {refusal.said}")

    def release(self, operation: Operation, documents: Sequence[Document], why: str) -> None:
        """Surely not carried out: close it, and let the documents come to the gate again."""
        self.end(operation, documents, lambda document: document.to(Stage.uploaded), why)

    def end(
        self,
        operation: Operation,
        documents: Sequence[Document],
        after: Callable[[Document], Document],
        why: str,
    ) -> None:
        """Close an operation without a yes, and move its documents on, in one transaction."""
        with self._ledger.write() as writing:
            note_refused(writing, operation, why)
            for document in documents:
                writing.move_document(document, after(document), why)

    def still_held(self, documents: Sequence[Document]) -> bool:
        """Whether every one of them would still pass the commit gate."""
        return all(self._holders.still_held(document) for document in documents)

    def upload_is_gone(self, document: Document) -> bool:
        """Whether Filed surely no longer has the whole upload (asked by HEAD); doubt means no."""
        try:
            held = self._uploads.offset(document.upload_id or "", document.size)
        except (UploadGone, UploadMismatch):
            return True
        except (UploadLocked, FiledRefused, ProtocolBroken):
            return False
        return held < document.size


def _together(documents: Sequence[Document], now: float) -> Sequence[Document]:
    """What goes into one call: those refused before each by itself, so that one stops no other."""
    refused = [document for document in documents if document.attempts and document.due_at <= now]
    return refused[:1] or [document for document in documents if not document.attempts]
