"""Documents: what upload, attach and ingest ask, and what they write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from agent.ledger.pen import Pen, Questions
from agent.ledger.rows import (
    DOCUMENT,
    DOCUMENT_FACTS,
    document_facts,
    document_of,
    guarded_update,
    insertion,
)
from agent.model.document import MOVES, NEEDS, Document, Stage
from agent.model.moves import check_move

ANY_SIZE = (0, (1 << 63) - 1)
SELECT_DOCUMENT = f"SELECT {DOCUMENT} FROM documents AS o"  # noqa: S608
_ADD = insertion(
    "documents", ("client_id", "sha256", "size", "name", "stage", "replaces")
)  # fmt: skip
_MOVE = guarded_update("documents", DOCUMENT_FACTS)
_MOVES_OR_STAY = {stage: moves | {stage} for stage, moves in MOVES.items()}

# written with OR, not IN: so SQLite sees that the partial indexes serve
_TO_UPLOAD = f"""
{SELECT_DOCUMENT} INDEXED BY documents_sending JOIN clients AS c ON c.id = o.client_id
WHERE (o.stage = 'ready' OR o.stage = 'uploading') AND o.due_at <= ?
  AND o.client_id NOT IN (SELECT value FROM json_each(?)) AND o.size BETWEEN ? AND ?
  AND c.state IN ('absent', 'creating', 'known')
ORDER BY o.id LIMIT ?
"""  # noqa: S608
_INGESTING = f"""
SELECT {DOCUMENT}, c.filed_id FROM documents AS o JOIN clients AS c ON c.id = o.client_id
WHERE o.stage = 'ingesting' AND o.due_at <= ? AND c.filed_id IS NOT NULL
ORDER BY o.due_at, o.id LIMIT ?
"""  # noqa: S608
_NEXT_DUE = {
    stage: (
        f"SELECT min(due_at) FROM documents WHERE stage = '{stage.value}' AND due_at > ?"  # noqa: S608
    )
    for stage in Stage
}


class DocumentWriting(Pen):
    """The writing of documents in one transaction."""

    _doubted: set[int]  # clients that place_client just gave as held: see placing

    def hold_document(
        self, client_id: int, sha256: str, size: int, name: str, replaces: int | None
    ) -> Document:
        """The document of this content: found, or inserted as `ready`; a `lost` one is `ready`.

        `sha256` is hexadecimal. Raises ValueError for a client that is in doubt (S1).
        """
        if client_id in self._doubted:
            raise ValueError("the folder's client is in doubt: no document goes there")
        digest = bytes.fromhex(sha256)
        rows = self._rows(
            f"{SELECT_DOCUMENT} WHERE o.client_id = ? AND o.sha256 = ? AND o.size = ?",
            (client_id, digest, size),
        )
        if rows:
            found = document_of(rows[0])
            if found.stage is not Stage.lost:
                return found
            again = found.to(Stage.ready, name=name)
            return self.move_document(found, again, "a file holds this content again")
        ready = Stage.ready
        row_id = self._insert(_ADD, (client_id, digest, size, name, ready.value, replaces))
        self._remember("document", row_id, None, ready.value, "a new content was found")
        return Document(row_id, client_id, sha256.lower(), size, name, ready, replaces=replaces)

    def move_document(self, before: Document, after: Document, why: str) -> Document:
        """Write `after` where `before` stands; returns it with its new version.

        A line of history is written unless `why` is empty. Raises StaleRow, and ValueError for a
        move that agent.model.document does not have.
        """
        if _content(before) != _content(after):
            raise ValueError("a move changes neither the client nor the content of a document")
        check_move(before.stage, after.stage, _MOVES_OR_STAY, NEEDS, after)
        self._set(_MOVE, (*document_facts(after), before.id, before.version))
        if self._testimony is not None:
            self._testimony.document(before, after)
        self._remember("document", before.id, before.stage.value, after.stage.value, why)
        return replace(after, version=before.version + 1)

    def note_offset(self, document: Document, offset: int) -> Document:
        """Write the offset hint alone, without a line of history and without a new version.

        An offset that advanced ends what went wrong before: attempts and problem are forgotten.
        Raises StaleRow when the document has moved on.
        """
        noted = replace(document, offset=offset)
        if offset > document.offset:
            noted = replace(noted, attempts=0, problem=None)
        self._set(
            "UPDATE documents SET offset = ?, attempts = ?, problem = ? "
            "WHERE id = ? AND version = ?",
            (noted.offset, noted.attempts, noted.problem, document.id, document.version),
        )
        return noted


class DocumentQuestions(Questions):
    """The reading of documents."""

    def document(self, document_id: int) -> Document:
        """One document; KeyError when there is none."""
        rows = self._ask(f"{SELECT_DOCUMENT} WHERE o.id = ?", (document_id,))
        if not rows:
            raise KeyError(document_id)
        return document_of(rows[0])

    def to_upload(
        self,
        now: float,
        limit: int,
        sizes: tuple[int, int] = ANY_SIZE,
        without: Iterable[int] = (),
    ) -> Sequence[Document]:
        """Documents `ready` or `uploading`, due, whose client is absent, creating or known.

        Oldest id first; only of these sizes, and not of the clients `without`.
        """
        values = (now, json.dumps(list(without)), *sizes, limit)
        return tuple(document_of(row) for row in self._ask(_TO_UPLOAD, values))

    def operation_documents(self, operation_id: int) -> Sequence[Document]:
        """The documents that an operation is about, in stage `attaching`."""
        rows = self._ask(
            f"{SELECT_DOCUMENT} WHERE o.operation_id = ? AND o.stage = 'attaching' ORDER BY o.id",
            (operation_id,),
        )
        return tuple(document_of(row) for row in rows)

    def ingesting(self, now: float, limit: int) -> Sequence[tuple[Document, str]]:
        """Due documents in `ingesting`, each with its client's ID at Filed; longest due first."""
        rows = self._ask(_INGESTING, (now, limit))
        return tuple((document_of(row[:-1]), row[-1]) for row in rows)

    def next_due(self, stages: Iterable[Stage], after: float = -1.0) -> float | None:
        """The earliest due_at beyond `after` of documents in these stages, None for none."""
        times = [self._ask(_NEXT_DUE[stage], (after,))[0][0] for stage in stages]
        return min((time for time in times if time is not None), default=None)


def _content(document: Document) -> tuple[int, int, str, int]:
    return document.id, document.client_id, document.sha256, document.size
