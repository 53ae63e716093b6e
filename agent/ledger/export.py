"""The evidence written anew from a sound ledger: what weighs of all its rows, client by client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.ledger.clients import SELECT_CLIENT
from agent.ledger.doubts import CLAIM, claim_of
from agent.ledger.pen import Pen
from agent.ledger.rows import DOCUMENT, OPERATION, Row, client_of, document_of, operation_of
from agent.ledger.testimony import (
    Testimony,
    Told,
    client_told,
    client_weighs,
    document_told,
    operation_told,
)
from agent.model.client import Client
from agent.model.ingestion import Workspace

DOCUMENTS_IN_LINE = 500

_OPERATIONS = f"""
SELECT {OPERATION} FROM operations AS p WHERE p.client_id = ? AND p.state <> 'refused' ORDER BY p.id
"""  # noqa: S608
# as testimony.document_weighs; the time is when the document came to its stage
_DOCUMENTS = f"""
SELECT {DOCUMENT},
  (SELECT max(at) FROM history
   WHERE subject_id = o.id AND subject = 'document' AND after = o.stage)
FROM documents AS o
WHERE o.client_id = ? AND (o.stage IN ('attaching', 'ingesting', 'filed')
  OR o.stage = 'failed' AND (o.operation_id IS NOT NULL OR o.task_id IS NOT NULL))
ORDER BY o.id
"""  # noqa: S608
_LEFT_OUT = """
SELECT r.path, d.path, f.name FROM files AS f
JOIN folders AS d ON d.id = f.folder_id JOIN roots AS r ON r.id = d.root_id
WHERE f.state = 'ignored' AND f.reason = 'person' ORDER BY f.id
"""
_CONFIRMED = f"""
SELECT {CLAIM}, r.path FROM client_folders AS o JOIN roots AS r ON r.id = o.root_id
WHERE o.standing = 'confirmed' ORDER BY o.root_id, o.folder
"""  # noqa: S608


class Exporting(Pen):
    """The lines of a new evidence, read in one transaction."""

    def evidence_lines(self) -> Iterator[Told]:
        """Every line but the first."""
        clients = {one.id: one for one in map(client_of, self._rows(SELECT_CLIENT))}
        wishes = self._wishes()
        if wishes:
            yield wishes.content(self._now, clients)
        for client in clients.values():
            yield from self._of_client(client)

    def _wishes(self) -> Testimony:
        wishes = Testimony()
        facts: dict[str, str] = dict(self._rows("SELECT name, value FROM facts"))
        if "workspace_id" in facts:
            wishes.workspace(Workspace(facts["workspace_id"], facts.get("workspace_name", "")))
        if "paused_until" in facts:
            wishes.paused(float(facts["paused_until"]))
        for root, folder, name in self._rows(_LEFT_OUT):
            wishes.left_out(root, folder + b"/" + name if folder else name, out=True)
        for *claim, root in self._rows(_CONFIRMED):
            confirmed = claim_of(tuple(claim))
            wishes.confirmed(root, confirmed.place, confirmed.client_id)
        return wishes

    def _of_client(self, client: Client) -> Iterator[Told]:
        operations = self._rows(_OPERATIONS, (client.id,))
        documents = self._rows(_DOCUMENTS, (client.id,))
        if not (operations or documents or client_weighs(client)):
            return
        yield self._line(client, operations, documents[:DOCUMENTS_IN_LINE])
        for start in range(DOCUMENTS_IN_LINE, len(documents), DOCUMENTS_IN_LINE):
            yield self._line(client, (), documents[start : start + DOCUMENTS_IN_LINE])

    def _line(self, client: Client, operations: Sequence[Row], documents: Sequence[Row]) -> Told:
        told: Told = {"client": client_told(client)}
        if operations:
            told["operations"] = [operation_told(operation_of(row)) for row in operations]
        if documents:
            told["documents"] = [
                {**document_told(document_of(row[:-1])), "at": row[-1] or self._now}
                for row in documents
            ]
        return {"at": self._now, "clients": [told]}
