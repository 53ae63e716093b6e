"""The lines of history, and everything that waits: what `history`, `explain`, `status` show."""

from __future__ import annotations

import json
from collections.abc import Sequence

from agent.ledger.overview import full_path
from agent.ledger.pen import Questions
from agent.ledger.rows import Row
from agent.model.document import OPEN, Stage
from agent.model.overview import HistoryLine, Subject, Waiting
from agent.words.catalogue import REASONS

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
_GIVEN = "SELECT value FROM json_each(?)"  # any number of IDs, as one value
_PAUSED_BY = """
SELECT why FROM history WHERE subject_id = 0 AND subject = 'agent' AND after = 'paused'
ORDER BY id DESC LIMIT 1
"""
_NEWEST_LINE = """
(SELECT max(id) FROM history WHERE subject_id = {id} AND subject = '{subject}')
"""
_ENDS_ITSELF = {reason.value for reason, words in REASONS.items() if not words.person}
_REASONS_HELD = "SELECT DISTINCT reason FROM files WHERE state = 'held' ORDER BY reason"
_FILES_HELD = "SELECT id FROM files WHERE state = 'held' AND reason = ? ORDER BY id LIMIT ?"
_TROUBLED = (
    "SELECT id FROM documents WHERE problem IS NOT NULL AND stage = '{}' ORDER BY id LIMIT ?"
)
_CLIENTS_HELD = (
    "SELECT id FROM clients WHERE state = 'held' ORDER BY name COLLATE NOCASE, id LIMIT ?"
)
_HELD_FILES = f"""
SELECT 'file', f.id, f.state, f.name, r.path, d.path, f.name, c.name, f.reason,
  coalesce(h.why, f.reason), NULL, h.at
FROM files AS f JOIN folders AS d ON d.id = f.folder_id JOIN roots AS r ON r.id = d.root_id
LEFT JOIN clients AS c ON c.id = f.client_id
LEFT JOIN history AS h ON h.id = {_NEWEST_LINE.format(id="f.id", subject="file")}
WHERE f.id IN ({_GIVEN}) ORDER BY r.path, d.path, f.name
"""  # noqa: S608
_DOCUMENTS = f"""
SELECT 'document', o.id, o.stage, o.name, NULL, NULL, NULL, c.name, NULL, o.problem, o.remedy, h.at
FROM documents AS o JOIN clients AS c ON c.id = o.client_id
LEFT JOIN history AS h ON h.id = {_NEWEST_LINE.format(id="o.id", subject="document")}
WHERE o.id IN ({_GIVEN})
ORDER BY o.stage = 'failed' DESC, o.id
"""  # noqa: S608
_HELD_CLIENTS = f"""
SELECT 'client', c.id, c.state, c.name, NULL, NULL, NULL, c.name, c.reason,
  coalesce(c.said, c.reason), NULL, h.at
FROM clients AS c
LEFT JOIN history AS h ON h.id = {_NEWEST_LINE.format(id="c.id", subject="client")}
WHERE c.id IN ({_GIVEN}) ORDER BY c.name COLLATE NOCASE, c.id
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
        given = json.dumps(list(ids))
        rows = self._ask(f"{_LINE} WHERE h.id IN ({_GIVEN}) ORDER BY h.id DESC", (given,))
        return tuple(_line_of(row) for row in rows)

    def line_ids_of_client(self, client: int, first: int) -> list[int]:
        """The numbers of a client's lines from `first` on, the newest first."""
        rows = self._ask(
            f"SELECT h.id FROM history AS h WHERE {_OF_CLIENT} AND h.id >= :first "  # noqa: S608
            "ORDER BY h.id DESC",
            {"client": client, "first": first},
        )
        return [row[0] for row in rows]

    def paused_by(self) -> str | None:
        """How the newest pause was noted: "paused by" somebody; None before the first one."""
        rows = self._ask(_PAUSED_BY)
        return rows[0][0] if rows else None

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

        Failed documents come before those that will be tried again. Where there are more held
        files than `limit`, those that need a person are among the first.
        """
        picked = (
            (_HELD_CLIENTS, self._ids(_CLIENTS_HELD, limit)),
            (_DOCUMENTS, self._troubled(limit)),
            (_HELD_FILES, self._held_files(limit)),
        )
        return tuple(
            _waiting_of(row)
            for question, ids in picked
            for row in self._ask(question, (json.dumps(ids),))
        )

    def _troubled(self, limit: int) -> list[int]:
        """Up to `limit` documents with a problem, the failed ones first."""
        failed = self._ids(_TROUBLED.format(Stage.failed.value), limit)
        others = [
            number
            for stage in sorted(OPEN)
            for number in self._ids(_TROUBLED.format(stage.value), limit)
        ]
        return failed + sorted(others)[: limit - len(failed)]

    def _held_files(self, limit: int) -> list[int]:
        """Up to `limit` held files, those first that need a person; along an index of reasons."""
        reasons = [row[0] for row in self._ask(_REASONS_HELD)]
        held: list[int] = []
        for reason in sorted(reasons, key=_ENDS_ITSELF.__contains__):
            held += self._ids(_FILES_HELD, reason, limit - len(held))
        return held

    def _ids(self, sql: str, *values: object) -> list[int]:
        return [row[0] for row in self._ask(sql, values)]


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
