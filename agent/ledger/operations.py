"""Operations: the mutations at Filed, announced before they are sent (design.md section 5)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from agent.ledger.documents import SELECT_DOCUMENT
from agent.ledger.pen import Pen, Questions
from agent.ledger.rows import (
    CLIENT,
    OPERATION,
    OPERATION_FACTS,
    client_of,
    document_of,
    guarded_update,
    insertion,
    operation_facts,
    operation_of,
)
from agent.model.attachable import Attachable
from agent.model.operation import OPEN, Operation, OperationKind, OperationState
from agent.model.part import WHOLE, Part
from agent.model.stale import StaleRow

TOGETHER_SECONDS = 2.0  # documents due within this time of now travel in the same call

_OPEN = "(state = 'announced' OR state = 'unknown')"
_HAS_OPEN = f"SELECT 1 FROM operations WHERE client_id = ? AND {_OPEN}"  # noqa: S608
_OPEN_OPERATIONS = f"""
SELECT {OPERATION} FROM operations AS p INDEXED BY operations_open
WHERE {_OPEN} AND client_id % :count = :index ORDER BY id
"""  # noqa: S608
_ADD = insertion("operations", ("kind", "client_id", "upload_ids", "state", "sent_at"))
_MOVE = guarded_update("operations", OPERATION_FACTS)
_ATTACHABLE = f"""
SELECT {CLIENT} FROM (
  SELECT DISTINCT client_id FROM documents INDEXED BY documents_uploaded
  WHERE stage = 'uploaded' AND due_at <= :now AND client_id % :count = :index) AS u
CROSS JOIN clients AS c ON c.id = u.client_id
WHERE c.state IN ('absent', 'known')
  AND NOT EXISTS (SELECT 1 FROM operations WHERE client_id = c.id AND {_OPEN})
ORDER BY c.id
"""  # noqa: S608
_TOGETHER = f"""
{SELECT_DOCUMENT} WHERE o.stage = 'uploaded' AND o.client_id = ? AND o.due_at <= ?
ORDER BY o.id LIMIT ?
"""


class OperationWriting(Pen):
    """The writing of operations in one transaction."""

    def announce(
        self, kind: OperationKind, client_id: int, upload_ids: Sequence[str], at: float
    ) -> Operation:
        """Insert an operation as `announced`.

        Raises StaleRow when this client already has an open one: somebody was quicker.
        """
        if self._rows(_HAS_OPEN, (client_id,)):
            raise StaleRow("the client already has an open operation")
        state = OperationState.announced
        ids = tuple(upload_ids)
        row_id = self._insert(_ADD, (kind.value, client_id, json.dumps(ids), state.value, at))
        self._remember("operation", row_id, None, state.value, kind.value)
        announced = Operation(row_id, kind, client_id, ids, state, at)
        if self._testimony is not None:
            self._testimony.operation(announced)
        return announced

    def move_operation(self, before: Operation, after: Operation, why: str) -> Operation:
        """Write `after` where `before` stands; returns it with its new version.

        A line of history is written unless `why` is empty. Raises StaleRow, and ValueError for one
        that was settled before or that changes its kind or its client.
        """
        same = (before.id, before.kind, before.client_id) == (after.id, after.kind, after.client_id)
        if not same or before.state not in OPEN:
            raise ValueError(f"no move from {before.state} to {after.state}")
        self._set(_MOVE, (*operation_facts(after), before.id, before.version))
        if self._testimony is not None:
            self._testimony.operation(after)
        self._remember("operation", before.id, before.state.value, after.state.value, why)
        return replace(after, version=before.version + 1)


class OperationQuestions(Questions):
    """The reading of operations, and of what may become one."""

    def attachable(self, now: float, batch: int, part: Part = WHOLE) -> Sequence[Attachable]:
        """Clients (absent or known, without an open operation) with a due `uploaded` document.

        Each with up to `batch` of its uploaded documents, those due within two seconds.
        """
        clients = [client_of(row) for row in self._ask(_ATTACHABLE, {"now": now, **_of(part)})]
        found = []
        for client in clients:
            rows = self._ask(_TOGETHER, (client.id, now + TOGETHER_SECONDS, batch))
            found.append(Attachable(client, tuple(document_of(row) for row in rows)))
        return tuple(attachable for attachable in found if attachable.documents)

    def open_operations(self, part: Part = WHOLE) -> Sequence[Operation]:
        """Operations announced or unknown, oldest first."""
        rows = self._ask(_OPEN_OPERATIONS, _of(part))
        return tuple(operation_of(row) for row in rows)

    def claimed_tasks(self, client_id: int) -> frozenset[str]:
        """Task IDs that operations of this client already have."""
        rows = self._ask(
            "SELECT task_id FROM operations WHERE client_id = ? AND task_id IS NOT NULL",
            (client_id,),
        )
        return frozenset(row[0] for row in rows)


def _of(part: Part) -> dict[str, int]:
    return {"index": part.index, "count": part.count}
