"""What the command line, the tray and the page ask: counts, documents, clients."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

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
WHERE {} ORDER BY o.id DESC LIMIT :limit OFFSET :offset
"""
# each only where it is asked for, and a stage as a word: else no index serves
_OF_STAGE = {stage: f"o.stage = '{stage.value}'" for stage in Stage}
_OF_CLIENT = "o.client_id = :client"
_FOUND = "(o.name LIKE :search ESCAPE '\\' OR c.name LIKE :search ESCAPE '\\')"
_PATHS = """
SELECT r.path, d.path, f.name FROM files AS f
JOIN folders AS d ON d.id = f.folder_id JOIN roots AS r ON r.id = d.root_id
WHERE f.document_id = ? AND f.state = 'known' ORDER BY f.id
"""
_LAST = """
SELECT client_id, max(at) FROM (
  SELECT subject_id AS client_id, at FROM history WHERE subject = 'client'
  UNION ALL SELECT o.client_id, h.at FROM documents AS o
  JOIN history AS h ON h.subject_id = o.id AND h.subject = 'document')
GROUP BY client_id
"""
_WAITING_IN = """
SELECT d.root_id, d.path, count(*) FROM files AS f JOIN folders AS d ON d.id = f.folder_id
WHERE f.state = 'settling' GROUP BY d.id
UNION ALL
SELECT d.root_id, d.path, count(*) FROM files AS f JOIN folders AS d ON d.id = f.folder_id
WHERE f.state = 'held' GROUP BY d.id
"""


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
        only = ["TRUE"]
        if stage is not None:
            only.append(_OF_STAGE[stage])
        if client is not None:
            only.append(_OF_CLIENT)
        if search is not None:
            only.append(_FOUND)
        wanted = {
            "client": client,
            "search": None if search is None else f"%{_plain(search)}%",
            "limit": limit,
            "offset": offset,
        }
        rows = self._ask(_DOCUMENTS.format(" AND ".join(only)), wanted)
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

    def clients_overview(self) -> Sequence[ClientRow]:
        """All clients by name, each with what became of its documents."""
        stages: dict[int, dict[Stage, int]] = defaultdict(dict)
        for client_id, stage, count in self._ask(
            "SELECT client_id, stage, count(*) FROM documents GROUP BY client_id, stage"
        ):
            stages[client_id][Stage(stage)] = count
        last: dict[int, float] = {row[0]: row[1] for row in self._ask(_LAST)}
        folders, waiting = self._folders_by_client()
        rows = self._ask(f"{SELECT_CLIENT} ORDER BY c.name COLLATE NOCASE, c.id")
        return tuple(
            ClientRow(
                client.id,
                client.name,
                client.external_id,
                client.tax_year,
                client.return_type,
                client.filed_id,
                client.state,
                client.reason,
                client.said,
                stages[client.id],
                waiting[client.id],
                last.get(client.id),
                tuple(folders[client.id]),
            )
            for client in map(client_of, rows)
        )

    def _folders_by_client(self) -> tuple[dict[int, list[ClientFolder]], Counter[int]]:
        """Each client's folders, and how many files wait below them."""
        folders: dict[int, list[ClientFolder]] = defaultdict(list)
        owners: dict[tuple[int, bytes], int] = {}
        for root_id, root, folder, standing, client_id in self._ask(
            "SELECT o.root_id, r.path, o.folder, o.standing, o.client_id FROM client_folders AS o "
            "JOIN roots AS r ON r.id = o.root_id ORDER BY o.root_id, o.folder"
        ):
            folders[client_id].append(ClientFolder(root, folder, standing))
            owners[root_id, folder] = client_id
        waiting: Counter[int] = Counter()
        for root_id, path, count in self._ask(_WAITING_IN):
            for above in _with_parents(path):
                owner = owners.get((root_id, above))
                if owner is not None:
                    waiting[owner] += count
                    break
        return folders, waiting


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


def _plain(search: str) -> str:
    """The text with LIKE's own signs taken literally."""
    for sign in ("\\", "%", "_"):
        search = search.replace(sign, "\\" + sign)
    return search
