"""Pages of the long lists, with how many there are in all: quick with a million documents.

Only the rows of the page are joined with what belongs to them. A total comes from the tally, or
from an index; a search counts up to MOST_FOUND.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from agent.ledger.history import History
from agent.ledger.overview import OF_STAGE, Overview, like, plain
from agent.ledger.pen import Values
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.overview import ClientRow, DocumentRow, HistoryLine

MOST_FOUND = 10_000  # what a search finds: nobody turns further pages
_MOST_SUBJECTS = 1_000  # documents, and clients, whose lines a search of the history finds
_LOOKED_BACK = 2_000  # lines of history that are looked at for what moved last
_CHUNK = 1_000  # lines of history held at once while all of them are told

_IDS = "SELECT o.id FROM documents AS o WHERE {} ORDER BY o.id DESC LIMIT :limit OFFSET :offset"
_SUM = "SELECT coalesce(sum(number), 0) FROM tally WHERE subject = ?"
_BY_NAME = "SELECT id FROM clients {} ORDER BY name COLLATE NOCASE, id LIMIT :limit OFFSET :offset"
# a name is compared as `same_name` does only where LIKE, which folds ASCII alone, cannot tell
_NAMED = """
SELECT id, external_id, name FROM clients
WHERE name LIKE ? ESCAPE '\\' OR name GLOB '*[^ -~]*' OR name GLOB ' *' OR name GLOB '* '
"""
_LINES_FOUND = """
WITH d AS MATERIALIZED (
  SELECT o.id FROM documents AS o WHERE {documents} ORDER BY o.id DESC LIMIT :subjects),
c AS MATERIALIZED (SELECT id FROM clients WHERE {clients} ORDER BY id DESC LIMIT :subjects)
SELECT h.id FROM d CROSS JOIN history AS h ON h.subject_id = d.id
  WHERE h.subject = 'document' AND h.id >= :first
UNION ALL SELECT h.id FROM d CROSS JOIN files AS f ON f.document_id = d.id
  CROSS JOIN history AS h ON h.subject_id = f.id WHERE h.subject = 'file' AND h.id >= :first
UNION ALL SELECT h.id FROM c CROSS JOIN history AS h ON h.subject_id = c.id
  WHERE h.subject = 'client' AND h.id >= :first
ORDER BY 1 DESC LIMIT :most
"""
_FILED = """
SELECT count(*), coalesce(sum(o.size), 0) FROM history AS h
CROSS JOIN documents AS o ON o.id = h.subject_id
WHERE h.subject = 'document' AND h.after = 'filed' AND h.at >= ? AND h.at < ?
"""
_MOVED = """
SELECT subject_id, max(id), at FROM history
WHERE subject = 'document' AND id > (SELECT max(id) FROM history) - ?
GROUP BY +subject_id ORDER BY 2 DESC LIMIT ?
"""
_PROBLEMS = "SELECT count(*) FROM documents WHERE problem IS NOT NULL AND stage = '{}'"
_RETRIED = (Stage.ready, Stage.uploading, Stage.uploaded, Stage.attaching, Stage.ingesting)


class Pages(Overview, History):
    """The questions of the page."""

    def documents_page(
        self,
        stage: Stage | None = None,
        client: int | None = None,
        search: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[int, Sequence[DocumentRow]]:
        """How many there are, and a page of them, the newest first.

        `search` is part of the name of document or client; it finds the newest MOST_FOUND.
        """
        only, values = _documents_only(stage, client, search)
        if search is not None:
            found = self._document_ids(only, values, MOST_FOUND, 0)
            return len(found), self.document_rows(found[offset : offset + limit])
        total = self._documents_in_all(only, values, stage, client)
        return total, self.document_rows(self._document_ids(only, values, limit, offset))

    def _document_ids(
        self, only: str, values: dict[str, object], limit: int, offset: int
    ) -> list[int]:
        rows = self._ask(_IDS.format(only), values | {"limit": limit, "offset": offset})
        return [row[0] for row in rows]

    def _documents_in_all(
        self, only: str, values: dict[str, object], stage: Stage | None, client: int | None
    ) -> int:
        if client is not None:
            count = f"SELECT count(*) FROM documents AS o WHERE {only}"  # noqa: S608
            return self._number(count, values)
        if stage is None:
            return self._number(_SUM, ("document",))
        return self.counts().documents[stage]

    def clients_page(
        self, search: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[int, Sequence[ClientRow]]:
        """How many clients there are, and a page of them by name. `search`: part of the name."""
        where, values = "", dict[str, object]()
        if search is not None:
            found, values = like(search, "name")
            where = f"WHERE {found}"
            total = self._number(f"SELECT count(*) FROM clients {where}", values)  # noqa: S608
        else:
            total = self._number(_SUM, ("client",))
        page: dict[str, object] = {"limit": limit, "offset": offset}
        rows = self._ask(_BY_NAME.format(where), values | page)
        return total, self.client_rows([row[0] for row in rows])

    def clients_named(self, named: str) -> Sequence[tuple[int, str]]:
        """ID and external ID of the client with this external ID; else of those of this name.

        Names are compared as agent.model.naming.same_name does.
        """
        rows = self._ask("SELECT id, external_id FROM clients WHERE external_id = ?", (named,))
        if rows:
            return tuple((row[0], row[1]) for row in rows)
        wanted = _folded(named)
        rows = self._ask(_NAMED, (plain(wanted),))
        return tuple((row[0], row[1]) for row in rows if _folded(row[2]) == wanted)

    def history_page(
        self,
        client: int | None = None,
        since: float | None = None,
        search: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[int, Sequence[HistoryLine]]:
        """How many lines there are, and a page of them, the newest first.

        `since` is a wall clock time: the lines that were written from then on. `search` is part
        of the name of a document or client; it finds the newest MOST_FOUND lines.
        """
        first, last = self._lines_since(since)
        found: Sequence[int]
        if search is not None:
            found = self._lines_found(client, search, first)
        elif client is not None:
            found = self.line_ids_of_client(client, first)
        else:
            found = range(last, first - 1, -1)
        return len(found), self.history_lines(found[offset : offset + limit])

    def history_all(
        self, client: int | None = None, since: float | None = None
    ) -> Iterator[HistoryLine]:
        """Every line that there is now, the newest first; only _CHUNK of them are held at once."""
        first, last = self._lines_since(since)
        found: Sequence[int] = range(last, first - 1, -1)
        if client is not None:
            found = self.line_ids_of_client(client, first)
        for start in range(0, len(found), _CHUNK):
            yield from self.history_lines(found[start : start + _CHUNK])

    def _lines_since(self, since: float | None) -> tuple[int, int]:
        """The numbers of the first and the last line; they have no gaps, for none ever goes.

        The first is looked for as in a book: a clock that was set back does not matter elsewhere.
        """
        first, last = 1, self._number("SELECT coalesce(max(id), 0) FROM history")
        if since is None:
            return first, last
        after = last + 1
        while first < after:
            middle = (first + after) // 2
            if self._ask("SELECT at FROM history WHERE id = ?", (middle,))[0][0] < since:
                first = middle + 1
            else:
                after = middle
        return first, last

    def _lines_found(self, client: int | None, search: str, first: int) -> list[int]:
        documents, values = _documents_only(None, client, search)
        clients, _ = like(search, "name")
        if client is not None:
            clients += " AND id = :client"
        values |= {"first": first, "subjects": _MOST_SUBJECTS, "most": MOST_FOUND}
        return [
            row[0]
            for row in self._ask(_LINES_FOUND.format(documents=documents, clients=clients), values)
        ]

    def filed_by_day(self, days: Sequence[tuple[float, float]]) -> Sequence[tuple[int, int]]:
        """Documents and bytes filed in each span of wall clock, from its begin up to its end."""
        return tuple((row[0], row[1]) for day in days for row in self._ask(_FILED, day))

    def recent_documents(self, limit: int = 5) -> Sequence[tuple[DocumentRow, float | None]]:
        """Documents that moved last, each with the wall clock of its move.

        They are looked for in the last _LOOKED_BACK lines; the newest documents fill them up.
        """
        moved = {row[0]: row[2] for row in self._ask(_MOVED, (_LOOKED_BACK, limit))}
        for number in self._document_ids("TRUE", {}, limit, 0):
            if len(moved) < limit and number not in moved:
                moved[number] = self._moved_at(number)
        rows = {row.id: row for row in self.document_rows(list(moved))}
        return tuple((rows[number], at) for number, at in moved.items())

    def _moved_at(self, document: int) -> float | None:
        rows = self._ask(
            "SELECT at FROM history WHERE subject_id = ? AND subject = 'document' "
            "ORDER BY id DESC LIMIT 1",
            (document,),
        )
        return rows[0][0] if rows else None

    def waiting_count(self) -> int:
        """How many `waiting` would tell: held clients and files, documents with a problem."""
        counts = self.counts()
        troubled = sum(self._number(_PROBLEMS.format(stage.value)) for stage in _RETRIED)
        held = counts.clients[ClientState.held] + counts.files[FileState.held]
        return held + counts.documents[Stage.failed] + troubled

    def bytes_to_send(self) -> int:
        """Bytes of the documents that are ready or uploading, each with its whole size."""
        return self._number(
            "SELECT coalesce(sum(bytes), 0) FROM tally "
            "WHERE subject = 'document' AND state IN ('ready', 'uploading')"
        )

    def _number(self, sql: str, values: Values = ()) -> int:
        number: int = self._ask(sql, values)[0][0]
        return number


def _documents_only(
    stage: Stage | None, client: int | None, search: str | None
) -> tuple[str, dict[str, object]]:
    """The condition on documents `o`, and the values that it names."""
    only, values = ["TRUE"], dict[str, object]()
    if stage is not None:
        only.append(OF_STAGE[stage])
    if client is not None:
        only.append("o.client_id = :client")
        values["client"] = client
    if search is not None:
        document, values_found = like(search, "o.name")
        name, _ = like(search, "name")
        only.append(f"({document} OR o.client_id IN (SELECT id FROM clients WHERE {name}))")  # noqa: S608
        values |= values_found
    return " AND ".join(only), values


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).casefold())
