"""Which file holds a document's content, seen with our own eyes right now: the commit gate.

Asked before bytes are read, and again before an upload is attached (sentence 7 of the design).
"""

from __future__ import annotations

from dataclasses import replace

from agent.engine.ledger_port import Ledger
from agent.engine.ports import Clock, Disk
from agent.engine.recognise import must_be_there
from agent.engine.rules import Rules
from agent.errors import FileAbsent, FileTrouble, RootUnavailable
from agent.model.document import Document, Stage
from agent.model.file import File, FileState, Sighting

RETURN_PAUSE = 5.0  # seconds to wait for a file that may turn out to hold the content again


class Holders:
    """Finds the file behind a document, and draws the consequences when there is none."""

    def __init__(self, ledger: Ledger, disk: Disk, clock: Clock, rules: Rules) -> None:
        self._configured = frozenset(root.path for root in rules.roots)
        self._ledger = ledger
        self._disk = disk
        self._clock = clock
        self._roots: dict[int, bytes] = {}

    def root_of(self, file: File) -> bytes:
        """The path of the file's root. Raises RootUnavailable when the configuration dropped it."""
        if file.root_id not in self._roots:
            self._roots[file.root_id] = self._ledger.root_path(file.root_id)
        path = self._roots[file.root_id]
        if path not in self._configured:
            raise RootUnavailable("Its folder is no longer in the configuration.")
        return path

    def find(self, document: Document) -> File | None:
        """A file that is known as this document and unchanged since it was hashed.

        Without one the document waits, or is lost. Raises RootUnavailable, and FileTrouble other
        than FileAbsent: then nothing is known, so nothing is concluded.
        """
        trouble: FileTrouble | RootUnavailable | None = None
        for file in self._ledger.holders(document.id):
            try:
                if self._holds(file):
                    return file
            except (FileTrouble, RootUnavailable) as error:
                trouble = error
        if trouble is not None:
            raise trouble
        self._without_file(document)
        return None

    def _holds(self, file: File) -> bool:
        """Whether the file is as it was hashed; else what became of it is written down.

        Raises RootUnavailable, and FileTrouble other than FileAbsent.
        """
        root = self.root_of(file)
        try:
            sighting = self._disk.look(root, file.path)
        except FileAbsent:
            must_be_there(self._ledger, self._disk, root)
            self._gone(file)
            return False
        if (sighting.signature, sighting.kind) == (file.signature, file.kind):
            return True
        must_be_there(self._ledger, self._disk, root)
        self._changed(file, sighting)
        return False

    def still_held(self, document: Document) -> bool:
        """Whether a file holds it unchanged right now; nothing is written, trouble counts as no."""
        for file in self._ledger.holders(document.id):
            try:
                sighting = self._disk.look(self.root_of(file), file.path)
            except (FileTrouble, RootUnavailable):
                continue
            if (sighting.signature, sighting.kind) == (file.signature, file.kind):
                return True
        return False

    def doubt(self, document: Document, trouble: FileTrouble) -> None:
        """Reading failed on the way: look at the holders again, start anew what was begun."""
        for file in self._ledger.holders(document.id):
            with self._ledger.write() as writing:
                again = file.to(FileState.settling, due_at=0.0, attempts=0)
                writing.move_file(file, again, f"looked at again: {trouble.said}")
        self._start_anew(document, trouble.said)

    def changed_unseen(self, document: Document) -> None:
        """The bytes read were not those hashed, although the signature stood still (F5)."""
        self.doubt(document, FileTrouble("The content changed although size and time did not."))

    def _start_anew(self, document: Document, why: str) -> None:
        due = self._clock.steady() + RETURN_PAUSE
        with self._ledger.write() as writing:
            if document.stage is Stage.ready:
                anew = document.waiting(due, problem=why)
            else:
                anew = document.to(Stage.ready, due_at=due)
            writing.move_document(document, anew, why)

    def _gone(self, file: File) -> None:
        with self._ledger.write() as writing:
            writing.move_file(file, file.to(FileState.missing), "not there any more")
            writing.doubt_folder(file.root_id, file.folder)

    def _changed(self, file: File, sighting: Sighting) -> None:
        with self._ledger.write() as writing:
            again = file.to(
                FileState.settling,
                signature=sighting.signature,
                kind=sighting.kind,
                due_at=0.0,
                attempts=0,
            )
            writing.move_file(file, again, "changed")

    def _without_file(self, document: Document) -> None:
        """No file holds it: wait while one may return as this content, otherwise it is lost."""
        with self._ledger.write() as writing:
            # asked within the transaction: the settle worker cannot come between
            may_return = self._ledger.may_return(document)
            if self._ledger.holders(document.id):
                return
            if may_return:
                later = replace(document, due_at=self._clock.steady() + RETURN_PAUSE)
                writing.move_document(document, later, "")  # a wait of moments: no line of history
            else:
                why = "no file holds this content any more"
                writing.move_document(document, document.to(Stage.lost), why)
