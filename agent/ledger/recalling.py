"""Recalling: a person's words that the evidence remembers and an older ledger lacks."""

from __future__ import annotations

from agent.ledger.engine_facts import FactWriting
from agent.ledger.files import SELECT_FILE, FileWriting
from agent.ledger.picture import Picture
from agent.ledger.placing import CLAIM_ROW
from agent.ledger.rows import file_of
from agent.model.client import Place
from agent.model.file import File, FileState, Signature
from agent.model.reasons import Reason

WHY = "a person's word, restored from the evidence"
_NOTHING = Signature(0, 0, 0, 0, 0)


class Recalling(FileWriting, FactWriting):
    """The pinned workspace, the pause, files left out, folders confirmed; in one transaction."""

    def recall(self, picture: Picture) -> int:
        """Write what the ledger does not have so already; how much that was.

        A file that was taken in again is not touched: a person can repeat that, and nothing was
        sent against anybody's word meanwhile.
        """
        done = 0
        if picture.workspace is not None and self._fact("workspace_id") is None:
            self.pin(picture.workspace)
            done += 1
        if picture.paused is not None and self._fact("paused_until") is None:
            until = picture.paused[0]
            if until > self._now:
                self.pause(until, WHY)
                done += 1
        for (root, path), out in picture.left_out.items():
            done += out and self._leave_out(root, path)
        for (root, _), (external_id, place) in picture.confirmed.items():
            done += self._confirm(root, external_id, place)
        return done

    def _fact(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM facts WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def _leave_out(self, root_path: bytes, path: bytes) -> bool:
        """Whether the file had to be left out (again)."""
        root = self.add_root(root_path)
        folder, _, name = path.rpartition(b"/")
        rows = self._rows(
            f"{SELECT_FILE} WHERE d.root_id = ? AND d.path = ? AND f.name = ?",
            (root.id, folder, name),
        )
        reason = Reason.person.value
        if not rows:
            file = File(0, root.id, folder, name, FileState.ignored, _NOTHING, reason=reason)
            self.add_file(file, WHY)
            return True
        file = file_of(rows[0])
        if file.state is FileState.ignored:
            return False
        self.move_file(file, file.to(FileState.ignored, reason=reason, due_at=0.0), WHY)
        return True

    def _confirm(self, root_path: bytes, external_id: str, place: Place) -> bool:
        """Whether the folder's row had to be written, or be made a confirmed one."""
        root = self.add_root(root_path)
        client = self._rows("SELECT id FROM clients WHERE external_id = ?", (external_id,))
        standing = self._rows(
            "SELECT standing FROM client_folders WHERE root_id = ? AND folder = ?",
            (root.id, place.folder),
        )
        if not client or (standing and standing[0][0] == "confirmed"):
            return False
        facts = (place.key, place.name, place.external_id, place.tax_year, place.return_type)
        self._execute(CLAIM_ROW, (root.id, client[0][0], "confirmed", place.folder, *facts))
        return True
