"""Reconciling: rows that the evidence remembers and the ledger lacks are written again.

The ledger may be older than the evidence by a moment or by all of it. A row here is no move of the
life of a document (those went through their doors when they happened): it is what a row was, so
it is written as such, whole, and the tables' own CHECKs judge it. Running it again changes nothing.
What Filed certainly has is never taken back: a filed document stays filed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from agent.ledger.clients import SELECT_CLIENT
from agent.ledger.documents import SELECT_DOCUMENT
from agent.ledger.pen import Pen
from agent.ledger.picture import Key, Picture, Remembered, key_of
from agent.ledger.rows import (
    CLIENT_FACTS,
    DOCUMENT_FACTS,
    OPERATION,
    OPERATION_FACTS,
    client_facts,
    client_of,
    document_facts,
    document_of,
    guarded_update,
    insertion,
    operation_facts,
    operation_of,
)
from agent.ledger.testimony import client_weighs, document_weighs
from agent.model.client import Client, ClientState
from agent.model.document import Document, Stage
from agent.model.operation import OPEN, Operation, OperationState
from agent.model.reasons import Reason

_REFUSED = OperationState.refused
WHY = "restored from the evidence"
UNCLEAR = "The ledger was lost, and nobody noted whether Filed took this document."
UNCLEAR_REMEDY = "Look into the client's binder at Filed; retry only if it is not there."
UNCLEAR_CLIENT = "The ledger was lost, and nobody noted whether Filed created this client."
TAKEN = "Another client of the restored ledger has this one's record at Filed."

_ADD_CLIENT = insertion("clients", ("external_id", *CLIENT_FACTS))
_SET_CLIENT = guarded_update("clients", CLIENT_FACTS)
_ADD_OPERATION = insertion("operations", ("kind", "client_id", *OPERATION_FACTS))
_SET_OPERATION = guarded_update("operations", OPERATION_FACTS)
_ADD_DOCUMENT = insertion("documents", ("client_id", "sha256", "size", *DOCUMENT_FACTS))
_DOCUMENT_OF = f"{SELECT_DOCUMENT} WHERE o.client_id = ? AND o.sha256 = ? AND o.size = ?"
_SET_DOCUMENT = guarded_update("documents", DOCUMENT_FACTS)
_OPERATIONS_OF = f"SELECT {OPERATION} FROM operations AS p WHERE p.client_id = ? ORDER BY p.id"  # noqa: S608


@dataclass(frozen=True)
class _Calls:
    """The operations of one client after reconciling; `news` are those the ledger did not know
    to be so: what the evidence says of their documents is newer than what the ledger says."""

    by_upload: dict[str, Operation]
    open: frozenset[int]
    news: frozenset[Key]

    @classmethod
    def of(cls, operations: Iterable[Operation], news: Iterable[Key]) -> _Calls:
        """From the operations in the order of their announcement."""
        all_ = tuple(operations)
        by_upload = {upload: one for one in all_ for upload in one.upload_ids}
        return cls(
            by_upload, frozenset(one.id for one in all_ if one.state in OPEN), frozenset(news)
        )

    def about(self, document: Document) -> Operation | None:
        """The newest call that sent this document's upload, if any did."""
        return self.by_upload.get(document.upload_id or "")


class Reconciling(Pen):
    """The writing of what a picture of the evidence knows better; in one transaction."""

    _follows: bool = False

    def reconcile(self, picture: Picture, *, follows: bool) -> Counter[str]:
        """Bring clients, operations and documents up to the picture; how many rows of each.

        `follows`: the evidence surely begins with all that the ledger knows, so it is the newer
        word on everything; else only where an operation says so.
        """
        self._follows = follows
        done: Counter[str] = Counter()
        for remembered in picture.clients.values():
            if not self._needed(remembered, picture):
                continue
            client = self._restored_client(_not_stuck(remembered), done)
            calls = self._restored_operations(client, remembered, done)
            for content, document in remembered.documents.items():
                self._restore_document(client, document, calls, remembered.at[content], done)
            self._close_unclear(client, done)
        return done

    def _needed(self, remembered: Remembered, picture: Picture) -> bool:
        """Whether there has to be a row: not for a client of which nothing weighs any more."""
        client = remembered.client
        weighs = (
            client_weighs(client),
            any(name == client.external_id for name, _ in picture.confirmed.values()),
            any(map(document_weighs, remembered.documents.values())),
            any(one.state is not _REFUSED for one in remembered.operations.values()),
            self._rows("SELECT 1 FROM clients WHERE external_id = ?", (client.external_id,)),
        )
        return any(weighs)

    # -- clients ---------------------------------------------------------------------------------

    def _restored_client(self, told: Client, done: Counter[str]) -> Client:
        rows = self._rows(f"{SELECT_CLIENT} WHERE c.external_id = ?", (told.external_id,))
        found = client_of(rows[0]) if rows else None
        told = self._unless_taken(told)
        if found is None:
            row_id = self._insert(_ADD_CLIENT, (told.external_id, *client_facts(told)))
            self._record("client", row_id, None, told.state.value, done)
            return replace(told, id=row_id)
        if not _better_client(found, told, follows=self._follows):
            return found
        said = replace(told, id=found.id, due_at=0.0, version=found.version)
        self._set(_SET_CLIENT, (*client_facts(said), found.id, found.version))
        self._record("client", found.id, found.state.value, told.state.value, done)
        return replace(said, version=found.version + 1)

    def _unless_taken(self, told: Client) -> Client:
        """A record at Filed belongs to one client (UNIQUE): the second one waits for a person."""
        taken = "SELECT 1 FROM clients WHERE filed_id = ? AND external_id <> ?"
        if told.filed_id is None or not self._rows(taken, (told.filed_id, told.external_id)):
            return told
        held, reason = ClientState.held, Reason.record_taken.value
        return replace(told, state=held, filed_id=None, reason=reason, said=TAKEN)

    # -- operations ------------------------------------------------------------------------------

    def _restored_operations(
        self, client: Client, remembered: Remembered, done: Counter[str]
    ) -> _Calls:
        """All operations of the client, those that are over first: one at most may be open."""
        known = self._known_operations(client)
        news: set[Key] = set()
        for operation in sorted(remembered.operations.values(), key=lambda one: one.state in OPEN):
            key = key_of(operation)
            before = known.get(key)
            if before is None:
                self._add_operation(client, operation, done)
                news.add(key)
            elif before.state in OPEN and _farther(before, operation):
                after = replace(operation, id=before.id, client_id=client.id)
                self._set(_SET_OPERATION, (*operation_facts(after), before.id, before.version))
                self._record("operation", before.id, before.state.value, after.state.value, done)
                news.add(key)
        return _Calls.of(self._known_operations(client).values(), news)

    def _known_operations(self, client: Client) -> dict[Key, Operation]:
        rows = self._rows(_OPERATIONS_OF, (client.id,))
        return {key_of(one): one for one in map(operation_of, rows)}

    def _add_operation(self, client: Client, operation: Operation, done: Counter[str]) -> None:
        if operation.state is OperationState.refused:
            return  # over without a trace at Filed
        if operation.state in OPEN:
            self._end_other_open(client, done)
        values = (operation.kind.value, client.id, *operation_facts(operation))
        row_id = self._insert(_ADD_OPERATION, values)
        self._record("operation", row_id, None, operation.state.value, done)

    def _end_other_open(self, client: Client, done: Counter[str]) -> None:
        """An open one of which the evidence lost the end (its lines are damaged)."""
        for other in self._known_operations(client).values():
            if other.state in OPEN:
                ended = replace(other, state=OperationState.refused)
                self._set(_SET_OPERATION, (*operation_facts(ended), other.id, other.version))
                self._record("operation", other.id, other.state.value, ended.state.value, done)

    # -- documents -------------------------------------------------------------------------------

    def _restore_document(
        self, client: Client, told: Document, calls: _Calls, at: float, done: Counter[str]
    ) -> None:
        content = (client.id, bytes.fromhex(told.sha256), told.size)
        rows = self._rows(_DOCUMENT_OF, content)
        found = document_of(rows[0]) if rows else None
        if not _newer(found, told, calls, follows=self._follows):
            return
        after = _as_it_was(told, calls)
        if found is None:
            before = None
            row_id = self._insert(_ADD_DOCUMENT, (*content, *document_facts(after)))
        else:
            before, row_id = found.stage.value, found.id
            after = replace(after, replaces=found.replaces)
            self._set(_SET_DOCUMENT, (*document_facts(after), found.id, found.version))
        self._record("document", row_id, before, after.stage.value, done, at)

    def _close_unclear(self, client: Client, done: Counter[str]) -> None:
        """A document whose call is over without a word on it: only a person can find out."""
        rows = self._rows(
            f"{SELECT_DOCUMENT} JOIN operations AS p ON p.id = o.operation_id "
            "WHERE o.client_id = ? AND o.stage = 'attaching' "
            "AND p.state IN ('done', 'refused')",
            (client.id,),
        )
        for document in map(document_of, rows):
            failed = document.to(Stage.failed, problem=UNCLEAR, remedy=UNCLEAR_REMEDY)
            self._set(_SET_DOCUMENT, (*document_facts(failed), document.id, document.version))
            self._record("document", document.id, "attaching", "failed", done)

    def _record(
        self,
        subject: str,
        row_id: int,
        before: str | None,
        after: str,
        done: Counter[str],
        at: float | None = None,
    ) -> None:
        """Count it and write its line of history, with the time at which it first happened."""
        now, self._now = self._now, at or self._now
        self._remember(subject, row_id, before, after, WHY)
        self._now = now
        done[subject] += 1


def _better_client(found: Client, told: Client, *, follows: bool) -> bool:
    """Whether the picture's client takes the row's place."""
    if (found.state, found.filed_id, found.reason) == (told.state, told.filed_id, told.reason):
        return False
    if found.state is ClientState.known and not follows:
        return told.filed_id is not None and told.filed_id != found.filed_id
    return client_weighs(told) or client_weighs(found)


def _newer(found: Document | None, told: Document, calls: _Calls, *, follows: bool) -> bool:
    """Whether the evidence's word on a document takes the place of the ledger's.

    Where it may also be the older one of the two (a copy that was put back), a row that is left as
    it is although the evidence knew better costs a poll or a person's second `retry`.
    """
    if found is None:
        return document_weighs(told)
    if found.stage is Stage.filed:
        return False
    if follows:
        same = (found.stage, found.task_id, found.upload_id)
        weighs = document_weighs(told) or document_weighs(found)
        return weighs and same != (told.stage, told.task_id, told.upload_id)
    call = calls.about(told)
    news = call is not None and key_of(call) in calls.news
    if told.stage is Stage.filed or told.stage is Stage.attaching:
        return told.stage is Stage.filed or (call is not None and call.state in OPEN and news)
    if document_weighs(told):
        ended = (told.stage, found.stage) == (Stage.failed, Stage.ingesting)
        return news or not document_weighs(found) or (ended and told.task_id == found.task_id)
    return found.stage is Stage.attaching and found.operation_id not in calls.open


def _as_it_was(told: Document, calls: _Calls) -> Document:
    """The row: a document with the operation it belongs to, where that is known."""
    call = calls.about(told)
    call_id = None if call is None else call.id
    if told.stage is Stage.attaching and (call is None or call.state not in OPEN):
        failed = replace(told, stage=Stage.failed, problem=UNCLEAR, remedy=UNCLEAR_REMEDY)
        return replace(failed, operation_id=call_id, offset=told.size)
    if told.stage in (Stage.attaching, Stage.ingesting, Stage.filed, Stage.failed):
        return replace(told, operation_id=call_id, offset=told.size)
    if told.stage is Stage.uploaded and told.upload_id is not None:
        return replace(told, offset=told.size)
    return replace(told, stage=Stage.ready, upload_id=None, task_id=None, problem=None, remedy=None)


def _not_stuck(remembered: Remembered) -> Client:
    """The client; one whose creation was announced and then not heard of waits for a person."""
    client = remembered.client
    creating = client.state is ClientState.creating
    if not creating or any(one.state in OPEN for one in remembered.operations.values()):
        return client
    held, reason = ClientState.held, Reason.unconfirmed.value
    return replace(client, state=held, reason=reason, said=UNCLEAR_CLIENT)


def _farther(before: Operation, after: Operation) -> bool:
    """Whether `after` tells more of an open operation than the row does."""
    if after.state not in OPEN:
        return True
    return (after.attempt, after.doubts) > (before.attempt, before.doubts)
