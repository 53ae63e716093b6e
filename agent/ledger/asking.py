"""A person's wishes as verbs of the ledger, each in a transaction of its own.

`who` names who asked (an account name, `tray`, `page`); it stands in the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agent.ledger.pen import Questions
from agent.model.file import File
from agent.model.overview import Retried

if TYPE_CHECKING:
    from agent.ledger.writing import Write


class Asking(Questions):
    """Pause, resume, retry, ignore, confirm."""

    def write(self, *, light: bool = False) -> Write:
        """A transaction: see Ledger.write."""
        raise NotImplementedError

    def pause(self, until: float, who: str) -> None:
        """Pause until a wall clock time (math.inf: until resumed)."""
        with self.write() as writing:
            writing.pause(until, f"paused by {who}")

    def resume(self, who: str) -> None:
        """End the pause, if there is one."""
        with self.write() as writing:
            writing.resume(f"resumed by {who}")

    def snooze(self, until: float) -> None:
        """Let the agent tell nothing by itself until a wall clock time (0: tell again)."""
        with self.write(light=True) as writing:
            writing.snooze(until)

    def retry(
        self,
        *,
        documents: Iterable[int] = (),
        clients: Iterable[int] = (),
        files: Iterable[int] = (),
        who: str,
    ) -> Retried:
        """Send these on their way again: failed documents, held clients and files.

        A document that only waits becomes due at once; what needs no retry is left alone.
        """
        why = f"tried again by {who}"
        with self.write() as writing:
            return Retried(
                writing.retry_documents(documents, why),
                writing.retry_clients(clients, why),
                writing.retry_files(files, why),
            )

    def retry_all(self, who: str) -> Retried:
        """Every failed document, every held client and every held file once more."""
        why = f"tried again by {who}"
        with self.write() as writing:
            return Retried(
                writing.retry_documents(None, why),
                writing.retry_clients(None, why),
                writing.retry_files(None, why),
            )

    def ignore(self, root: bytes, path: bytes, who: str, why: str = "") -> File:
        """Leave a file out (Reason.person); `path` is relative to `root`. Raises KeyError."""
        with self.write() as writing:
            return writing.ignore(root, path, f"left out by {who}" + (why and f": {why}"))

    def unignore(self, root: bytes, path: bytes, who: str) -> File:
        """Take a file in again, whatever ignored it. Raises KeyError."""
        with self.write() as writing:
            return writing.unignore(root, path, f"taken in again by {who}")

    def confirm_folder(self, root: bytes, folder: bytes, client_id: int, who: str) -> None:
        """A person's word that this client folder stands for that client. Raises KeyError.

        It ends the doubt `two_folders` for this folder; where several are right, each is confirmed.
        """
        with self.write() as writing:
            writing.confirm_folder(root, folder, client_id, f"the folder was confirmed by {who}")
