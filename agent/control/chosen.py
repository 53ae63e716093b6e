"""What a person names to be tried again, as IDs of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.located import locate
from agent.control.named import LONGEST_NUMBER
from agent.control.refused import Refused
from agent.model.document import OPEN, Stage
from agent.model.file import FileState
from agent.model.naming import safe_text
from agent.words.show import path_text

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger


class Chosen:
    """Grows by add() and add_client()."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.documents: set[int] = set()
        self.clients: set[int] = set()
        self.files: set[int] = set()

    def add(self, what: str) -> None:
        """A document's number or a path. Raises Refused for neither."""
        if what.isdecimal():
            if len(what) > LONGEST_NUMBER:
                raise Refused(f"There is no document {what[:LONGEST_NUMBER]}….")
            self._add_document(int(what))
            return
        place = locate(self._ledger, what)
        if place is None:
            raise Refused(f"{safe_text(what)} lies in no watched folder.")
        files = [place.file] if place.file else self._ledger.files_below(place.root.id, place.below)
        if not files:
            raise Refused(f"The agent has not seen {path_text(place.path)} yet.")
        for file in files:
            self.files.add(file.id)
            self.documents |= {file.document_id} if file.document_id else set()
            if place.file is None:  # a whole folder: its clients' doubts are meant as well
                self.clients |= {file.client_id} if file.client_id else set()

    def _add_document(self, number: int) -> None:
        try:
            self.documents.add(self._ledger.document(number).id)
        except (KeyError, OverflowError):
            raise Refused(f"There is no document {number}.") from None

    def add_client(self, client_id: int) -> None:
        """A client with its documents and the files in its folders."""
        self.clients.add(client_id)
        for stage in (Stage.failed, *OPEN):
            for row in self._ledger.documents(stage, client=client_id, limit=1_000_000):
                self.documents.add(row.id)
        for known in self._ledger.clients_overview():
            for folder in known.folders if known.id == client_id else ():
                root = self._ledger.root(folder.root)
                files = self._ledger.files_below(root.id, folder.folder)
                self.files |= {file.id for file in files if file.state is FileState.held}
