"""What the command line, the tray and the page ask: counts, documents, clients."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from unicodedata import normalize

from agent.ledger.clients import SELECT_CLIENT
from agent.ledger.pen import Questions
from agent.ledger.rows import Row, client_of
from agent.model.client import ClientState
from agent.model.document import OPEN, Stage
from agent.model.file import FileState
from agent.model.overview import ClientFolder, ClientRow, Counts, DocumentRow

_DOCUMENTS = """
SELECT o.id, o.client_id, c.name, o.name, o.size, lower(hex(o.sha256)), o.stage, o.offset,
  o.problem, o.remedy, o.upload_id, o.task_id,
  (SELECT max(at) FROM history
   WHERE subject_id = o.id AND subject = 'document' AND after = 'filed')
FROM documents AS o JOIN clients AS c ON c.id = o.client_id
"""
_PAGE = "WHERE {} ORDER BY o.id DESC LIMIT :limit OFFSET :offset"
# each only where it is asked for, and a stage as a word: else no index serves
OF_STAGE = {stage: f"o.stage = '{stage.value}'" for stage in Stage}
_OF_CLIENT = "o.client_id = :client"
_PATHS = """
SELECT r.path, d.path, f.name FROM files AS f
JOIN folders AS d ON d.id = f.folder_id JOIN roots AS r ON r.id = d.root_id
WHERE f.document_id = ? AND f.state = 'known' ORDER BY f.id
"""
_STAGES_OF = """
SELECT client_id, stage, count(*) FROM documents WHERE client_id IN ({}) GROUP BY client_id, stage
"""
_LAST_OF = """
SELECT client_id, max(at) FROM (
  SELECT subject_id AS client_id, at FROM history WHERE subject_id IN ({}) AND subject = 'client'
  UNION ALL SELECT o.client_id, h.at FROM documents AS o
  CROSS JOIN history AS h ON h.subject_id = o.id AND h.subject = 'document'
  WHERE o.client_id IN ({}))
GROUP BY client_id
"""
_FOLDERS_OF = """
SELECT o.root_id, r.path, o.folder, o.standing, o.client_id FROM client_folders AS o
JOIN roots AS r ON r.id = o.root_id WHERE o.client_id IN ({}) ORDER BY o.root_id, o.folder
"""
_OWNERS_BELOW = """
SELECT folder FROM client_folders WHERE root_id = :root AND folder >= :first AND folder < :after
"""
_WAITING_BELOW = """
SELECT d.path, count(*) FROM folders AS d CROSS JOIN files AS f ON f.folder_id = d.id
WHERE d.root_id = :root AND (d.path = :folder OR d.path >= :first AND d.path < :after)
  AND +f.state IN ('settling', 'held')
GROUP BY d.id
"""
_TOGETHER = 500  # clients that are asked for together


class Overview(Questions):
    """The lists of documents and clients, and the counts."""

    def counts(self) -> Counts:
        """How many documents, files and clients stand where; cheap enough to ask every second."""
        number: dict[tuple[str, str], int] = defaultdict(int)
        size: dict[str, int] = defaultdict(int)
        for subject, state, count, total in self._ask("SELECT * FROM tally"):
            number[subject, state] = count
            if subject == "document":
                size[state] = total
        return Counts(
            documents={stage: number["document", stage.value] for stage in Stage},
            files={state: number["file", state.value] for state in FileState},
            clients={state: number["client", state.value] for state in ClientState},
            bytes_filed=size[Stage.filed],
            bytes_open=sum(size[stage] for stage in OPEN),
        )

    def documents(
        self,
        stage: Stage | None = None,
        client: int | None = None,
        search: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[DocumentRow]:
        """Documents, the newest first. `search` is part of the name of document or client."""
        only, values = ["TRUE"], dict[str, object]()
        if stage is not None:
            only.append(OF_STAGE[stage])
        if client is not None:
            only.append(_OF_CLIENT)
        if search is not None:
            found, values = like(search, "o.name")
            only.append(f"({found} OR {like(search, 'c.name')[0]})")
        values |= {"client": client, "limit": limit, "offset": offset}
        rows = self._ask(_DOCUMENTS + _PAGE.format(" AND ".join(only)), values)
        return tuple(self._document_row(row) for row in rows)

    def document_rows(self, ids: Sequence[int]) -> Sequence[DocumentRow]:
        """The documents with these numbers, the newest first."""
        if not ids:
            return ()
        marks = ", ".join("?" * len(ids))
        rows = self._ask(f"{_DOCUMENTS} WHERE o.id IN ({marks}) ORDER BY o.id DESC", tuple(ids))
        return tuple(self._document_row(row) for row in rows)

    def _document_row(self, row: Row) -> DocumentRow:
        paths = tuple(full_path(*parts) for parts in self._ask(_PATHS, (row[0],)))
        id_, client_id, client, name, size, sha256, stage, offset = row[:8]
        problem, remedy, upload_id, task_id, filed_at = row[8:]
        return DocumentRow(
            id=id_,
            client_id=client_id,
            client=client,
            name=name,
            size=size,
            sha256=sha256,
            stage=Stage(stage),
            offset=offset,
            problem=problem,
            remedy=remedy,
            upload_id=upload_id,
            task_id=task_id,
            filed_at=filed_at,
            paths=paths,
        )

    def document_row(self, document_id: int) -> DocumentRow:
        """One document. Raises KeyError."""
        rows = self.document_rows([document_id])
        if not rows:
            raise KeyError(document_id)
        return rows[0]

    def clients_overview(self) -> Sequence[ClientRow]:
        """All clients by name, each with what became of its documents."""
        rows = self._ask("SELECT id FROM clients ORDER BY name COLLATE NOCASE, id")
        ids = [row[0] for row in rows]
        parts = (ids[start : start + _TOGETHER] for start in range(0, len(ids), _TOGETHER))
        return tuple(row for part in parts for row in self.client_rows(part))

    def client_rows(self, ids: Sequence[int]) -> Sequence[ClientRow]:
        """These clients in this order, each with what became of its documents.

        Only what belongs to them is looked at: some milliseconds for each fifty.
        """
        if not ids:
            return ()
        marks = ", ".join("?" * len(ids))
        clients = {
            client.id: client
            for client in map(client_of, self._ask(f"{SELECT_CLIENT} WHERE c.id IN ({marks})", ids))
        }
        stages: dict[int, dict[Stage, int]] = defaultdict(dict)
        for client_id, stage, count in self._ask(_STAGES_OF.format(marks), ids):
            stages[client_id][Stage(stage)] = count
        last: dict[int, float] = dict(self._ask(_LAST_OF.format(marks, marks), (*ids, *ids)))
        folders, waiting = self._folders_of(ids)
        return tuple(
            ClientRow(
                number,
                clients[number].name,
                clients[number].external_id,
                clients[number].tax_year,
                clients[number].return_type,
                clients[number].filed_id,
                clients[number].state,
                clients[number].reason,
                clients[number].said,
                stages[number],
                waiting[number],
                last.get(number),
                tuple(folders[number]),
            )
            for number in ids
        )

    def _folders_of(self, ids: Sequence[int]) -> tuple[dict[int, list[ClientFolder]], Counter[int]]:
        """Each client's folders, and how many files wait below them."""
        folders: dict[int, list[ClientFolder]] = defaultdict(list)
        waiting: Counter[int] = Counter()
        files = self.counts().files
        any_waits = files[FileState.settling] or files[FileState.held]
        for root_id, root, folder, standing, client_id in self._ask(
            _FOLDERS_OF.format(", ".join("?" * len(ids))), ids
        ):
            folders[client_id].append(ClientFolder(root, folder, standing))
            if any_waits:
                waiting[client_id] += self._waiting_below(root_id, folder)
        return folders, waiting

    def _waiting_below(self, root_id: int, folder: bytes) -> int:
        """Files that wait in a client folder, but not in another client folder further down."""
        # b"0" comes right after b"/", and no folder's name is beyond b"\xff..."
        first, after = (folder + b"/", folder + b"0") if folder else (b"\0", b"\xff" * 8)
        place = {"root": root_id, "folder": folder, "first": first, "after": after}
        owners = {folder} | {row[0] for row in self._ask(_OWNERS_BELOW, place)}
        total = 0
        for path, count in self._ask(_WAITING_BELOW, place):
            if next(above for above in _with_parents(path) if above in owners) == folder:
                total += count
        return total


def full_path(root: bytes, folder: bytes, name: bytes) -> bytes:
    """The absolute path of a file, b"/" between the parts below its root."""
    below = folder + b"/" + name if folder else name
    return root.rstrip(b"/") + b"/" + below


def _with_parents(folder: bytes) -> Iterable[bytes]:
    """The folder itself, then each folder above it; the root b"" comes last."""
    while folder:
        yield folder
        folder = folder.rpartition(b"/")[0]
    yield b""


def like(search: str, column: str) -> tuple[str, dict[str, object]]:
    """The condition that `search` is part of a name in this column, and the values that it names.

    LIKE folds the case of ASCII alone: other letters are looked for in every way of writing them.
    """
    written = {search}
    if not search.isascii():
        cases = (search, search.lower(), search.upper(), search.title())
        written = {normalize(form, text) for text in cases for form in ("NFC", "NFD")}
    values: dict[str, object] = {
        f"search{number}": f"%{plain(text)}%" for number, text in enumerate(sorted(written))
    }
    return "(" + " OR ".join(f"{column} LIKE :{name} ESCAPE '\\'" for name in values) + ")", values


def plain(search: str) -> str:
    """The text with LIKE's own signs taken literally."""
    for sign in ("\\", "%", "_"):
        search = search.replace(sign, "\\" + sign)
    return search
