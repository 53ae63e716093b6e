"""The lines of history, and everything that waits: what `history`, `explain`, `status` show."""

from __future__ import annotations

from collections.abc import Sequence

from agent.ledger.overview import full_path
from agent.ledger.pen import Questions
from agent.ledger.rows import Row
from agent.model.overview import HistoryLine, Subject, Waiting

_LINE = """
SELECT h.id, h.at, h.subject, h.subject_id, h.before, h.after, h.why,
  coalesce(o.name, c.name), r.path, d.path, f.name, c.name
FROM history AS h
LEFT JOIN files AS f ON h.subject = 'file' AND f.id = h.subject_id
LEFT JOIN folders AS d ON d.id = f.folder_id
LEFT JOIN roots AS r ON r.id = d.root_id
LEFT JOIN documents AS o ON h.subject = 'document' AND o.id = h.subject_id
LEFT JOIN operations AS p ON h.subject = 'operation' AND p.id = h.subject_id
LEFT JOIN clients AS c ON c.id = coalesce(f.client_id, o.client_id, p.client_id,
  CASE h.subject WHEN 'client' THEN h.subject_id END)
"""
_OF_CLIENT = """
h.id IN (
  SELECT id FROM history WHERE subject = 'client' AND subject_id = :client
  UNION ALL SELECT h.id FROM documents AS o
    JOIN history AS h ON h.subject_id = o.id AND h.subject = 'document'
    WHERE o.client_id = :client
  UNION ALL SELECT h.id FROM operations AS p
    JOIN history AS h ON h.subject_id = p.id AND h.subject = 'operation'
    WHERE p.client_id = :client
  UNION ALL SELECT h.id FROM documents AS o JOIN files AS f ON f.document_id = o.id
    JOIN history AS h ON h.subject_id = f.id AND h.subject = 'file'
    WHERE o.client_id = :client)
"""
_OF_DOCUMENT = """
h.id IN (
  SELECT id FROM history WHERE subject = 'document' AND subject_id = :document
  UNION ALL SELECT h.id FROM documents AS o
    JOIN history AS h ON h.subject_id = o.operation_id AND h.subject = 'operation'
    WHERE o.id = :document
  UNION ALL SELECT id FROM history WHERE subject = 'file' AND subject_id = :file)
"""
_LAST_ARRIVAL = """
SELECT min(at) FROM history
WHERE subject_id = (SELECT max(id) FROM documents) AND subject = 'document'
"""
_NEWEST_LINE = """
(SELECT max(id) FROM history WHERE subject_id = {id} AND subject = '{subject}')
"""
_HELD_FILES = f"""
SELECT 'file', f.id, f.state, f.name, r.path, d.path, f.name, c.name, f.reason,
  coalesce(h.why, f.reason), NULL, h.at
FROM files AS f JOIN folders AS d ON d.id = f.folder_id JOIN roots AS r ON r.id = d.root_id
LEFT JOIN clients AS c ON c.id = f.client_id
LEFT JOIN history AS h ON h.id = {_NEWEST_LINE.format(id="f.id", subject="file")}
WHERE f.state = 'held' ORDER BY r.path, d.path, f.name LIMIT ?
"""  # noqa: S608
_DOCUMENTS = f"""
SELECT 'document', o.id, o.stage, o.name, NULL, NULL, NULL, c.name, NULL, o.problem, o.remedy, h.at
FROM documents AS o JOIN clients AS c ON c.id = o.client_id
LEFT JOIN history AS h ON h.id = {_NEWEST_LINE.format(id="o.id", subject="document")}
WHERE (o.stage = 'failed' OR o.problem IS NOT NULL AND (o.stage = 'ready'
  OR o.stage = 'uploading' OR o.stage = 'uploaded' OR o.stage = 'attaching'
  OR o.stage = 'ingesting'))
ORDER BY o.stage = 'failed' DESC, o.id LIMIT ?
"""  # noqa: S608
_HELD_CLIENTS = f"""
SELECT 'client', c.id, c.state, c.name, NULL, NULL, NULL, c.name, c.reason,
  coalesce(c.said, c.reason), NULL, h.at
FROM clients AS c
LEFT JOIN history AS h ON h.id = {_NEWEST_LINE.format(id="c.id", subject="client")}
WHERE c.state = 'held' ORDER BY c.name COLLATE NOCASE, c.id LIMIT ?
"""  # noqa: S608


class History(Questions):
    """What happened, and what waits."""

    def history(
        self, limit: int = 100, client: int | None = None, since: float | None = None
    ) -> Sequence[HistoryLine]:
        """The newest lines first; of one client with its documents and files, where asked."""
        only = ["TRUE"]
        if client is not None:
            only.append(_OF_CLIENT)
        if since is not None:
            only.append("h.at >= :since")
        rows = self._ask(
            f"{_LINE} WHERE {' AND '.join(only)} ORDER BY h.id DESC LIMIT :limit",
            {"client": client, "since": since, "limit": limit},
        )
        return tuple(_line_of(row) for row in rows)

    def last_arrival(self) -> float | None:
        """When the newest document began (wall clock); None before the first one."""
        at: float | None = self._ask(_LAST_ARRIVAL)[0][0]
        return at

    def history_lines(self, ids: Sequence[int]) -> Sequence[HistoryLine]:
        """The lines with these numbers, the newest first."""
        marks = ", ".join("?" * len(ids))
        rows = self._ask(f"{_LINE} WHERE h.id IN ({marks}) ORDER BY h.id DESC", tuple(ids))
        return tuple(_line_of(row) for row in rows)

    def line_ids_of_client(self, client: int, first: int) -> list[int]:
        """The numbers of a client's lines from `first` on, the newest first."""
        rows = self._ask(
            f"SELECT h.id FROM history AS h WHERE {_OF_CLIENT} AND h.id >= :first "  # noqa: S608
            "ORDER BY h.id DESC",
            {"client": client, "first": first},
        )
        return [row[0] for row in rows]

    def history_of_document(self, document_id: int) -> Sequence[HistoryLine]:
        """The document's way, with the calls that attached it; oldest first."""
        return self._story(document_id, None)

    def history_of_file(self, file_id: int) -> Sequence[HistoryLine]:
        """The file's way and that of the document it points at; oldest first."""
        rows = self._ask("SELECT document_id FROM files WHERE id = ?", (file_id,))
        return self._story(rows[0][0] if rows else None, file_id)

    def _story(self, document_id: int | None, file_id: int | None) -> Sequence[HistoryLine]:
        rows = self._ask(
            f"{_LINE} WHERE {_OF_DOCUMENT} ORDER BY h.id",
            {"document": document_id, "file": file_id},
        )
        return tuple(_line_of(row) for row in rows)

    def waiting(self, limit: int = 1000) -> Sequence[Waiting]:
        """Held clients, documents with a problem, held files: up to `limit` of each.

        Failed documents come before those that will be tried again.
        """
        found: list[Waiting] = []
        for question in (_HELD_CLIENTS, _DOCUMENTS, _HELD_FILES):
            found += [_waiting_of(row) for row in self._ask(question, (limit,))]
        return tuple(found)


def _line_of(row: Row) -> HistoryLine:
    id_, at, subject, subject_id, before, after, why, name, root, folder, file, client = row
    path = None if file is None else full_path(root, folder, file)
    return HistoryLine(
        id_, at, Subject(subject), subject_id, before, after, why, name, path, client
    )


def _waiting_of(row: Row) -> Waiting:
    subject, id_, state, name, root, folder, file, client, reason, said, remedy, since = row
    path = None
    if file is not None:
        path = full_path(root, folder, file)
        name = file.decode("utf-8", "replace")
    return Waiting(
        Subject(subject), id_, state, name, path, client, reason, said or "", remedy, since
    )
