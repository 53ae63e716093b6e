"""What the settle worker found out about files, written in few transactions.

A fsync for each of ten thousand files would be most of the work; so what is found in one moment is
written together, and one by one where something in it cannot be written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from agent.engine.ledger_port import Ledger, Writing
from agent.engine.ports import Clock
from agent.errors import LedgerTrouble
from agent.model.client import ClientState, Place
from agent.model.file import File, FileState, Sighting, Signature
from agent.model.naming import display_name
from agent.model.reasons import Reason
from agent.model.stale import StaleRow

log = logging.getLogger(__name__)

NEVER = 1e15  # a due time that does not come: seconds, some 30 million years
FOLDERS_FIRST = 60.0
UNEXPECTED_PAUSE = 60.0

Entry = Callable[[Writing], object]


@dataclass(frozen=True)
class Finished:
    """A file that is at rest, with everything its document needs."""

    file: File
    signature: Signature
    place: Place
    sha256: str
    why: str


class Findings:
    """Collects what is to be written of files; flush() writes it."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._entries: list[tuple[File, Entry]] = []

    def hold(
        self, file: File, reason: Reason, due_at: float | None, sighting: Sighting | None = None
    ) -> None:
        """Hold with a reason; without a due time only a change, or a person, brings it back."""
        facts = {"signature": sighting.signature, "kind": sighting.kind} if sighting else {}
        after = file.to(
            FileState.held,
            reason=reason,
            due_at=NEVER if due_at is None else due_at,
            attempts=file.attempts + 1,
            **facts,
        )
        if file.state is FileState.held and file.reason == reason:
            self._add(file, lambda writing: writing.postpone_file(file, after))  # nothing new
        else:
            self._add(file, lambda writing: writing.move_file(file, after, reason))

    def postpone(self, file: File, due_at: float, sighting: Sighting | None = None) -> None:
        """Look again at `due_at` (steady clock)."""
        facts = {"signature": sighting.signature} if sighting else {}
        after = file.to(FileState.settling, due_at=due_at, **facts)
        if file.state is FileState.held:
            self._add(file, lambda writing: writing.move_file(file, after, "looked at again"))
        else:
            self._add(file, lambda writing: writing.postpone_file(file, after))

    def leave(self, file: File) -> None:
        """Leave it as it is until the next start."""
        after = replace(file, due_at=NEVER)
        self._add(file, lambda writing: writing.postpone_file(file, after))

    def missing(self, file: File) -> None:
        """Not there any more; its folder looks as before, so the next scan must not trust that."""

        def write(writing: Writing) -> None:
            missing = file.to(FileState.missing, due_at=0.0)
            writing.move_file(file, missing, "not there any more")
            writing.doubt_folder(file.root_id, file.folder)

        self._add(file, write)

    def finished(self, one: Finished) -> None:
        """At rest and hashed: known as its document."""
        self._add(one.file, lambda writing: self._know(writing, one))

    def flush(self) -> None:
        """Write everything; when something cannot be written, each by itself."""
        entries, self._entries = self._entries, []
        if not entries:
            return
        try:
            with self._ledger.write(light=True) as writing:
                for _, entry in entries:
                    entry(writing)
        except LedgerTrouble:
            raise
        except Exception:  # a row moved on, or one odd file: the others must not suffer
            for file, entry in entries:
                self._write_singly(file, entry)

    def _add(self, file: File, entry: Entry) -> None:
        self._entries.append((file, entry))

    def _write_singly(self, file: File, entry: Entry) -> None:
        try:
            with self._ledger.write(light=True) as writing:
                entry(writing)
        except StaleRow:
            return  # whoever moved it has put it where it belongs
        except LedgerTrouble:
            raise
        except Exception:
            log.exception("one file could not be written down")
            due = self._clock.steady() + UNEXPECTED_PAUSE
            odd = file.to(FileState.held, reason=Reason.unexpected, due_at=due)
            with self._ledger.write(light=True) as writing:
                writing.move_file(file, odd, Reason.unexpected)

    def _know(self, writing: Writing, one: Finished) -> None:
        """The file is known as its document: file, client and document in one transaction."""
        file = one.file
        if file.state is FileState.held:
            again = file.to(FileState.settling, due_at=0.0)
            file = writing.move_file(file, again, "looked at again")
        client = writing.place_client(file.root_id, one.place)
        if client.state is ClientState.held and client.reason == Reason.two_folders:
            pause = FOLDERS_FIRST * 2 ** min(file.attempts, 6)  # each look hashes it again
            held = file.to(
                FileState.held,
                reason=Reason.two_folders,
                due_at=self._clock.steady() + pause,
                signature=one.signature,
                attempts=file.attempts + 1,
            )
            writing.move_file(file, held, client.said or Reason.two_folders)
            return
        document = writing.hold_document(
            client.id, one.sha256, one.signature.size, display_name(file.name), file.document_id
        )
        known = file.to(
            FileState.known,
            document_id=document.id,
            client_id=client.id,
            signature=one.signature,
            due_at=0.0,
            attempts=0,
        )
        writing.move_file(file, known, one.why)
