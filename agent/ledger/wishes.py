"""What a person may ask: try again, leave a file out, say that a folder is right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from agent.ledger.clients import SELECT_CLIENT, ClientWriting
from agent.ledger.documents import SELECT_DOCUMENT, DocumentWriting
from agent.ledger.doubts import CLAIM_OF_PATH, claim_of
from agent.ledger.files import SELECT_FILE, FileWriting
from agent.ledger.rows import Row, client_of, document_of, file_of
from agent.model.client import ClientState
from agent.model.document import OPEN, Document, Stage
from agent.model.file import File, FileState
from agent.model.reasons import Reason


class WishWriting(FileWriting, DocumentWriting, ClientWriting):
    """What a person asked for, in one transaction; `why` says who and goes into the history."""

    def retry_documents(self, ids: Iterable[int] | None, why: str) -> int:
        """Failed documents become ready, waiting ones due; None: all failed. Returns how many."""
        where = "o.stage = 'failed'" if ids is None else "o.stage NOT IN ('filed', 'lost')"
        rows = self._chosen(SELECT_DOCUMENT, where, "o.id", ids)
        return sum(self._retry_document(document_of(row), why) for row in rows)

    def retry_clients(self, ids: Iterable[int] | None, why: str) -> int:
        """Held clients are looked up anew; None: all held. Returns how many.

        Their attempts become 1: a person has decided, so a renamed folder is a client of its own.
        """
        rows = self._chosen(SELECT_CLIENT, "c.state = 'held'", "c.id", ids)
        for client in map(client_of, rows):
            self.move_client(client, client.to(ClientState.new, due_at=0.0, attempts=1), why)
        return len(rows)

    def retry_files(self, ids: Iterable[int] | None, why: str) -> int:
        """Held files are looked at again; None: all held. Returns how many."""
        rows = self._chosen(SELECT_FILE, "f.state = 'held'", "f.id", ids)
        for file in map(file_of, rows):
            self.move_file(file, file.to(FileState.settling, due_at=0.0, attempts=0), why)
        return len(rows)

    def ignore(self, root_path: bytes, path: bytes, why: str) -> File:
        """Leave a file out until a person takes it in again. Raises KeyError for none."""
        file = self._file(root_path, path)
        reason = Reason.person.value
        if file.state is FileState.ignored:
            ignored = replace(file, reason=reason)
        else:
            ignored = file.to(FileState.ignored, reason=reason, due_at=0.0)
        if self._testimony is not None:
            self._testimony.left_out(root_path, path, out=True)
        return self.move_file(file, ignored, why)

    def unignore(self, root_path: bytes, path: bytes, why: str) -> File:
        """Take an ignored file in again. Raises KeyError where there is no such ignored file."""
        file = self._file(root_path, path)
        if file.state is not FileState.ignored:
            raise KeyError(path)
        if self._testimony is not None:
            self._testimony.left_out(root_path, path, out=False)
        return self.move_file(file, file.to(FileState.settling, due_at=0.0, attempts=0), why)

    def confirm_folder(self, root_path: bytes, folder: bytes, client_id: int, why: str) -> None:
        """Let a folder stand for a client whatever else says so, until it says something else.

        Raises KeyError where the folder or the client is not known.
        """
        state = self._rows("SELECT state FROM clients WHERE id = ?", (client_id,))
        confirmed = self._execute(
            "UPDATE client_folders SET standing = 'confirmed', client_id = ? "
            "WHERE folder = ? AND root_id = (SELECT id FROM roots WHERE path = ?)"
            "AND EXISTS (SELECT 1 FROM clients WHERE id = ?)",
            (client_id, folder, root_path, client_id),
        )
        if confirmed.rowcount != 1:
            raise KeyError(folder)
        if self._testimony is not None:
            said = self._rows(CLAIM_OF_PATH, (root_path, folder))
            self._testimony.confirmed(root_path, claim_of(said[0]).place, client_id)
        self._remember("client", client_id, state[0][0], state[0][0], why)

    def _retry_document(self, document: Document, why: str) -> bool:
        if document.stage is Stage.failed:
            self.move_document(document, document.to(Stage.ready), why)
            return True
        if document.stage in OPEN and document.due_at > 0:
            self.move_document(document, replace(document, due_at=0.0), why)
            return True
        return False

    def _file(self, root_path: bytes, path: bytes) -> File:
        folder, _, name = path.rpartition(b"/")
        rows = self._rows(
            f"{SELECT_FILE} JOIN roots AS r ON r.id = d.root_id "
            "WHERE r.path = ? AND d.path = ? AND f.name = ?",
            (root_path, folder, name),
        )
        if not rows:
            raise KeyError(path)
        return file_of(rows[0])

    def _chosen(self, select: str, where: str, key: str, ids: Iterable[int] | None) -> list[Row]:
        """The rows that `where` holds for: all of them, or those with these ids."""
        question = f"{select} WHERE {where}"
        if ids is None:
            return self._rows(question)
        return [row for id_ in set(ids) for row in self._rows(f"{question} AND {key} = ?", (id_,))]
