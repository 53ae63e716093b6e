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
from agent.model.root import Root

WHY = "a person's word, restored from the evidence"
_NOTHING = Signature(0, 0, 0, 0, 0)


class Recalling(FileWriting, FactWriting):
    """The pinned workspace, the pause, files left out, folders confirmed; in one transaction."""

    def recall(self, picture: Picture, *, follows: bool) -> int:
        """Write what the ledger does not have so already; how much that was.

        Only where the evidence surely is newer (`follows`, as in reconcile) a pause is ended and a
        file taken in again: else a person can repeat it, and nothing is sent against a word.
        """
        done = 0
        if picture.workspace is not None and self._fact("workspace_id") is None:
            self.pin(picture.workspace)
            done += 1
        if picture.paused is not None:
            done += self._pause(picture.paused, follows=follows)
        for (root, path), out in picture.left_out.items():
            if out:
                done += self._leave_out(root, path)
            elif follows:
                done += self._take_in(root, path)
        for (root, _), (external_id, place) in picture.confirmed.items():
            done += self._confirm(root, external_id, place)
        return done

    def _fact(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM facts WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def _pause(self, told: tuple[float, ...], *, follows: bool) -> bool:
        """Whether a pause had to be begun again, or to be ended."""
        paused = self._fact("paused_until") is not None
        if told and not paused and told[0] > self._now:
            self.pause(told[0], WHY)
            return True
        if not told and paused and follows:
            self.resume(WHY)
            return True
        return False

    def _leave_out(self, root_path: bytes, path: bytes) -> bool:
        """Whether the file had to be left out (again)."""
        root, file = self._known_file(root_path, path)
        reason = Reason.person.value
        if file is None:
            folder, _, name = path.rpartition(b"/")
            file = File(0, root.id, folder, name, FileState.ignored, _NOTHING, reason=reason)
            self.add_file(file, WHY)
            return True
        if file.state is FileState.ignored:
            return False
        self.move_file(file, file.to(FileState.ignored, reason=reason, due_at=0.0), WHY)
        return True

    def _take_in(self, root_path: bytes, path: bytes) -> bool:
        """Whether the file had to be taken in again."""
        _, file = self._known_file(root_path, path)
        if file is None or (file.state, file.reason) != (FileState.ignored, Reason.person):
            return False
        self.move_file(file, file.to(FileState.settling, due_at=0.0, attempts=0), WHY)
        return True

    def _known_file(self, root_path: bytes, path: bytes) -> tuple[Root, File | None]:
        root = self.add_root(root_path)
        folder, _, name = path.rpartition(b"/")
        rows = self._rows(
            f"{SELECT_FILE} WHERE d.root_id = ? AND d.path = ? AND f.name = ?",
            (root.id, folder, name),
        )
        return root, file_of(rows[0]) if rows else None

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
