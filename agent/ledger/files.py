"""Files, folders and roots: what look and settle ask, and what they write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.ledger.pen import Pen, Questions
from agent.ledger.rows import (
    FILE,
    FILE_FACTS,
    FILE_TABLES,
    Row,
    file_facts,
    file_of,
    guarded_update,
    insertion,
    number,
    whole,
)
from agent.model.document import Document
from agent.model.file import MOVES, NEEDS, File
from agent.model.moves import check_move
from agent.model.root import FolderRow, Root, RootIdentity
from agent.model.stale import StaleRow

_MOVES_OR_STAY = {state: moves | {state} for state, moves in MOVES.items()}

_ROOT = "SELECT id, path, dev, ino, unavailable, scanned_at FROM roots"
_FOLDER = "SELECT path, mtime_ns, digest, quiet_seconds FROM folders"
_LISTED = "digest IS NOT NULL"
_SAVE_FOLDER = """
INSERT INTO folders (root_id, path, mtime_ns, digest, quiet_seconds) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (root_id, path) DO UPDATE SET mtime_ns = excluded.mtime_ns, digest = excluded.digest,
  gone = 0,
  quiet_seconds = max(coalesce(excluded.quiet_seconds, quiet_seconds),
                      coalesce(quiet_seconds, excluded.quiet_seconds))
"""
_FOLDER_ID = """
INSERT INTO folders (root_id, path) VALUES (?, ?)
ON CONFLICT (root_id, path) DO UPDATE SET gone = 0 RETURNING id
"""
_ADD_FILE = insertion("files", ("folder_id", "name", *FILE_FACTS))
_MOVE_FILE = guarded_update("files", FILE_FACTS)
SELECT_FILE = f"SELECT {FILE} FROM {FILE_TABLES}"  # noqa: S608

# two walks along partial indexes; a plain OR would read the whole table
_SETTLING = f"""
SELECT * FROM (
  SELECT * FROM (SELECT {FILE} FROM files AS f INDEXED BY files_settling
                 JOIN folders AS d ON d.id = f.folder_id
                 WHERE f.state = 'settling' AND f.due_at <= :now
                 ORDER BY f.due_at, f.id LIMIT :limit)
  UNION ALL
  SELECT * FROM ({SELECT_FILE} WHERE f.state = 'held' AND f.due_at <= :now
                 ORDER BY f.due_at LIMIT :limit)
) ORDER BY 1 LIMIT :limit
"""  # noqa: S608
_SOME_KNOWN = f"""
{SELECT_FILE} WHERE d.root_id = ? AND f.document_id IS NOT NULL AND f.state <> 'missing' LIMIT ?
"""
_NEXT_LOOK = tuple(
    f"SELECT min(due_at) FROM files WHERE state = '{state}' AND due_at > ?"  # noqa: S608
    for state in ("settling", "held")
)
_MAY_RETURN = """
SELECT EXISTS (SELECT 1 FROM files WHERE document_id = :document AND state = 'settling')
    OR EXISTS (SELECT 1 FROM files WHERE state = 'settling' AND size = :size
               AND (client_id IS NULL OR client_id = :client))
"""


class FileWriting(Pen):
    """The writing of roots, folders and files in one transaction."""

    def add_root(self, path: bytes) -> Root:
        """The row of this root, inserted when new; `path` is absolute, os.fsencode bytes."""
        self._execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (path,))
        return _root_of(self._rows(f"{_ROOT} WHERE path = ?", (path,))[0])

    def save_root(self, root: Root) -> None:
        """Write identity, unavailable and scanned_at of a root."""
        identity = root.identity
        dev, ino = (None, None) if identity is None else (whole(identity.dev), whole(identity.ino))
        self._execute(
            "UPDATE roots SET dev = ?, ino = ?, unavailable = ?, scanned_at = ? WHERE id = ?",
            (dev, ino, root.unavailable, root.scanned_at, root.id),
        )

    def save_folder(self, root_id: int, row: FolderRow) -> None:
        """Insert or update what a folder's listing was; the folder is there."""
        self._execute(
            _SAVE_FOLDER, (root_id, row.folder, whole(row.mtime_ns), row.digest, row.quiet_seconds)
        )

    def doubt_folder(self, root_id: int, folder: bytes) -> None:
        """Blank a folder's digest, so that the next scan compares its rows whatever it sees."""
        self._execute(
            "UPDATE folders SET digest = x'' WHERE root_id = ? AND path = ? AND digest IS NOT NULL",
            (root_id, folder),
        )

    def forget_folder(self, root_id: int, folder: bytes) -> None:
        """Mark a folder as gone (not those below it); its files stay, they are history."""
        self._execute(
            "UPDATE folders SET gone = 1, mtime_ns = NULL, digest = NULL, quiet_seconds = NULL "
            "WHERE root_id = ? AND path = ?",
            (root_id, folder),
        )

    def add_file(self, file: File, why: str) -> File:
        """Insert (file.id is ignored); returns it with its id. Raises StaleRow when it is there."""
        folder_id = self._rows(_FOLDER_ID, (file.root_id, file.folder))[0][0]
        known = "SELECT 1 FROM files WHERE folder_id = ? AND name = ?"
        if self._rows(known, (folder_id, file.name)):
            raise StaleRow("the file is in the ledger already")
        file_id = self._insert(_ADD_FILE, (folder_id, file.name, *file_facts(file)))
        self._remember("file", file_id, None, file.state.value, why)
        return replace(file, id=file_id, version=0)

    def move_file(self, before: File, after: File, why: str) -> File:
        """Write `after` where `before` stands; returns it with its new version.

        A line of history is written unless `why` is empty. Raises StaleRow, and ValueError for a
        move that agent.model.file does not have.
        """
        moved = self._put_file(before, after)
        self._remember("file", before.id, before.state.value, after.state.value, why)
        return moved

    def postpone_file(self, before: File, after: File) -> File:
        """Write a later due_at, attempts and signature in the same state, without history."""
        if before.state is not after.state:
            raise ValueError("a file that is postponed stays in its state")
        return self._put_file(before, after)

    def _put_file(self, before: File, after: File) -> File:
        if before.id != after.id:
            raise ValueError("a move stays with its file")
        check_move(before.state, after.state, _MOVES_OR_STAY, NEEDS, after)
        self._set(_MOVE_FILE, (*file_facts(after), before.id, before.version))
        return replace(after, version=before.version + 1)

    def learn_quiet(self, root_id: int, folder: bytes, seconds: float) -> None:
        """Remember the settle time learned in a folder (no row, no effect)."""
        self._execute(
            "UPDATE folders SET quiet_seconds = ? WHERE root_id = ? AND path = ?",
            (seconds, root_id, folder),
        )


class FileQuestions(Questions):
    """The reading of roots, folders and files."""

    def roots(self) -> Sequence[Root]:
        """All roots that were ever watched, in order of their id."""
        return tuple(_root_of(row) for row in self._ask(f"{_ROOT} ORDER BY id"))

    def root_path(self, root_id: int) -> bytes:
        """The path of a root by its id; KeyError when there is none."""
        rows = self._ask("SELECT path FROM roots WHERE id = ?", (root_id,))
        if not rows:
            raise KeyError(root_id)
        path: bytes = rows[0][0]
        return path

    def folders(self, root_id: int) -> Mapping[bytes, FolderRow]:
        """Every folder of a root whose last listing is known."""
        rows = self._ask(f"{_FOLDER} WHERE root_id = ? AND {_LISTED}", (root_id,))
        return {row[0]: _folder_of(row) for row in rows}

    def folder(self, root_id: int, folder: bytes) -> FolderRow | None:
        """One folder, None while its last listing is not known."""
        rows = self._ask(
            f"{_FOLDER} WHERE root_id = ? AND path = ? AND {_LISTED}", (root_id, folder)
        )
        return _folder_of(rows[0]) if rows else None

    def files_in(self, root_id: int, folder: bytes) -> Sequence[File]:
        """The files of one folder, all states."""
        rows = self._ask(f"{SELECT_FILE} WHERE d.root_id = ? AND d.path = ?", (root_id, folder))
        return tuple(file_of(row) for row in rows)

    def file_at(self, root_id: int, path: bytes) -> File | None:
        """One file, by its path relative to the root."""
        folder, _, name = path.rpartition(b"/")
        rows = self._ask(
            f"{SELECT_FILE} WHERE d.root_id = ? AND d.path = ? AND f.name = ?",
            (root_id, folder, name),
        )
        return file_of(rows[0]) if rows else None

    def some_known(self, root_id: int, limit: int) -> Sequence[File]:
        """Some files that are or were `known` and not missed, to recognise a root by its content.

        One that is looked at again, or that a person left out, says as much of it as any other.
        """
        rows = self._ask(_SOME_KNOWN, (root_id, limit))
        return tuple(file_of(row) for row in rows)

    def settling(self, now: float, limit: int) -> Sequence[File]:
        """Files in `settling` or `held` whose due_at has come, those that came first; by id."""
        rows = self._ask(_SETTLING, {"now": now, "limit": limit})
        return tuple(file_of(row) for row in rows)

    def shut_folders(self, root_id: int) -> Sequence[File]:
        """Folders that could not be listed: held rows of Kind.folder."""
        rows = self._ask(
            f"SELECT {FILE} FROM files AS f INDEXED BY files_held "  # noqa: S608
            "JOIN folders AS d ON d.id = f.folder_id "
            "WHERE f.state = 'held' AND f.kind = 'folder' AND d.root_id = ?",
            (root_id,),
        )
        return tuple(file_of(row) for row in rows)

    def next_look(self, after: float) -> float | None:
        """The earliest due_at beyond `after` of files that settle or are held, None for none."""
        times = [self._ask(question, (after,))[0][0] for question in _NEXT_LOOK]
        return min((time for time in times if time is not None), default=None)

    def holders(self, document_id: int) -> Sequence[File]:
        """Files that are `known` as this document."""
        rows = self._ask(
            f"{SELECT_FILE} WHERE f.document_id = ? AND f.state = 'known' ORDER BY f.id",
            (document_id,),
        )
        return tuple(file_of(row) for row in rows)

    def may_return(self, document: Document) -> bool:
        """Whether a settling file of this client could turn out to be this content.

        True for one that pointed to it, or one of equal size whose client is the same or unknown.
        """
        facts = {"document": document.id, "size": document.size, "client": document.client_id}
        return bool(self._ask(_MAY_RETURN, facts)[0][0])


def _folder_of(row: Row) -> FolderRow:
    path, mtime_ns, digest, quiet_seconds = row
    return FolderRow(path, number(mtime_ns), digest, quiet_seconds)


def _root_of(row: Row) -> Root:
    """A Root from the columns of the table, in order."""
    id_, path, dev, ino, unavailable, scanned_at = row
    identity = None if dev is None else RootIdentity(number(dev), number(ino))
    return Root(id_, path, identity, unavailable, scanned_at)
