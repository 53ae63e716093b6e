"""Files by where they lie: below a folder, in a state. For lists and wishes, never the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.ledger.files import SELECT_FILE
from agent.ledger.overview import full_path
from agent.ledger.pen import Questions
from agent.ledger.rows import FILE, FILE_TABLES, file_of
from agent.model.file import File, FileState

_IN_STATE = f"""
SELECT {FILE}, r.path FROM {FILE_TABLES} JOIN roots AS r ON r.id = d.root_id
WHERE f.state = ? ORDER BY r.path, d.path, f.name LIMIT ?
"""  # noqa: S608
_CONFIRMED = """
SELECT 1 FROM client_folders WHERE root_id = ? AND folder = ? AND standing = 'confirmed'
"""


class PathQuestions(Questions):
    """Files by state and by folder."""

    def files_in_state(self, state: FileState, limit: int) -> Sequence[tuple[bytes, File]]:
        """Absolute path and file, in the order of the paths."""
        found = [(row[-1], file_of(row[:-1])) for row in self._ask(_IN_STATE, (state.value, limit))]
        return tuple((full_path(root, file.folder, file.name), file) for root, file in found)

    def files_below(self, root_id: int, folder: bytes) -> Sequence[File]:
        """Every file in this folder of a root and below it, missing ones included."""
        if not folder:
            rows = self._ask(f"{SELECT_FILE} WHERE d.root_id = ?", (root_id,))
        else:
            rows = self._ask(
                f"{SELECT_FILE} WHERE d.root_id = ? AND (d.path = ? OR d.path > ? AND d.path < ?)",
                (root_id, folder, folder + b"/", folder + b"0"),  # b"0" comes right after b"/"
            )
        return tuple(file_of(row) for row in rows)

    def is_confirmed(self, root_id: int, folder: bytes) -> bool:
        """Whether a person said which client this folder stands for."""
        return bool(self._ask(_CONFIRMED, (root_id, folder)))

    def held_by_reason(self) -> Mapping[str, int]:
        """How many held files there are for each reason."""
        rows = self._ask("SELECT reason, count(*) FROM files WHERE state = 'held' GROUP BY reason")
        return {row[0]: row[1] for row in rows}
