"""documents `ready` -> `uploaded`: create, keep the ID, ask the offset, send, check the hash."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from agent.engine.gate import Gate
from agent.engine.holding import Holders
from agent.engine.ledger_port import Ledger
from agent.engine.line import Line
from agent.engine.ports import Clock, Disk, Source, Uploads
from agent.engine.rules import Rules
from agent.engine.sending import ChunkBody, Digest, must_be, prefix_digest, signature_text
from agent.engine.setbacks import Setbacks
from agent.errors import (
    AgentError,
    FiledRefused,
    FiledTrouble,
    FileTrouble,
    ProtocolBroken,
    RootUnavailable,
    UploadGone,
    UploadLocked,
    UploadMismatch,
)
from agent.model.client import ClientState
from agent.model.document import Document, Stage
from agent.model.file import File
from agent.model.naming import media_type

IDLE = 30.0
OPEN_CLIENTS = (ClientState.absent, ClientState.creating, ClientState.known)
MOST_CONFLICTS = 3  # answers in a row that contradict each other; then the upload starts anew


class Upload:
    """Carries one document at a time; several of them work side by side and share the claims."""

    def __init__(
        self,
        ledger: Ledger,
        disk: Disk,
        uploads: Uploads,
        gate: Gate,
        clock: Clock,
        rules: Rules,
        rng: random.Random,
        *,
        line: Line,
        number: int = 0,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.name = f"upload-{number}"
        self._number = number
        self._ledger = ledger
        self._disk = disk
        self._uploads = uploads
        self._gate = gate
        self._clock = clock
        self._rules = rules
        self._line = line
        self._claims = line.claims
        self._stopping = stopping
        self._holders = Holders(ledger, disk, clock, rules)
        self._setbacks = Setbacks(ledger, clock, rng, line.claims, self._holders)

    def turn(self) -> float:
        """Take one due document as far as it goes; wait at the door while others suffice."""
        door = self._line.door
        if not door.enter(self._number):
            return door.pause
        try:
            document, wait = self._next()
        except BaseException:
            door.give_up(self._number)
            raise
        if document is None:
            self._line.lanes.starved()
            return wait
        large = self._line.waiting.is_large(document)
        door.go(large=large)
        carried = False
        try:
            self._carry_afresh(document)
            carried = True
        finally:
            self._line.progress.done(document.id)
            self._line.waiting.release(document)
            door.leave(large=large, returns=carried)
            if door.listened:  # it was told that nothing is due while this one was in our hands
                self._line.wake()
        return 0.0

    def _next(self) -> tuple[Document | None, float]:
        """The next document, or how long to wait for one."""
        if wait := self._gate.closed_for():
            return None, wait
        now = self._clock.steady()
        document = self._line.waiting.take(now, self._line.lanes.limit)
        if document is not None:
            return document, 0.0
        due = self._ledger.next_due((Stage.ready, Stage.uploading), after=now)
        wait = IDLE if due is None else min(IDLE, due - now)
        return None, min(wait, self._line.waiting.ask_again() or wait)

    def _carry_afresh(self, document: Document) -> None:
        """Carry it, unless it or its client moved on since the ledger told of it."""
        document = self._ledger.document(document.id)
        if document.stage not in (Stage.ready, Stage.uploading):
            return
        if document.due_at > self._clock.steady():
            return
        if self._ledger.client(document.client_id).state in OPEN_CLIENTS:
            self._carry(document)

    def _carry(self, document: Document) -> None:
        try:
            self._gate.ensure_workspace()
            self._send(document)
        except (FiledTrouble, UploadLocked, RootUnavailable) as error:
            if isinstance(error, FiledTrouble):
                self._gate.upset(error)
                self._line.lanes.trouble()
            self._setbacks.wait(document, error)
        except (UploadGone, UploadMismatch) as error:
            self._setbacks.again(document, error)
        except ProtocolBroken as error:
            self._gate.upset(error)
            self._setbacks.not_understood(document, error)
        except FileTrouble as trouble:
            self._setbacks.trouble_reading(document, trouble)
        except AgentError as error:
            if self._gate.failed(error):
                self._line.lanes.trouble()
                return
            if not isinstance(error, FiledRefused):
                raise
            self._setbacks.fail(document, error)

    # -- the bytes -----------------------------------------------------------------------------

    def _send(self, document: Document) -> None:
        file = self._holders.find(document)
        if file is None:
            return
        if document.stage is Stage.uploading and document.source != signature_text(file.signature):
            self._setbacks.start_anew(document, "its file was touched meanwhile")
            return
        with self._disk.open(self._holders.root_of(file), file.path) as source:
            must_be(source, file.signature)
            if document.stage is Stage.ready:
                document, digest = self._create(document, file, source)
            else:
                offset = self._uploads.offset(document.upload_id or "", document.size)
                self._gate.fine(changed=False)
                digest = self._hash_up_to(document, source, offset)
                document = replace(document, offset=offset)
            if document.stage is Stage.uploading:
                self._send_chunks(document, file, source, digest)

    def _create(self, document: Document, file: File, source: Source) -> tuple[Document, Digest]:
        """POST, with the first chunk where the server takes it; then the ID is made durable."""
        kind = media_type(document.name)
        nothing = prefix_digest(source, 0, 0)
        if self._rules.with_creation and self._uploads.with_creation():
            # not what chunks have grown to: its bytes come again until the ID is durable
            most = min(self._rules.chunk_size, self._line.chunk.size)
            body = self._body(document, source, 0, nothing, most)
            began = self._clock.monotonic()
            created = self._uploads.create(document.name, kind, document.size, body)
            if body.length >= self._line.chunk.size:  # a smaller one says nothing of the line
                self._learn(document, body, began)
            must_be(source, file.signature)
            whole = created.offset == body.length
            digest = body.digest if whole else prefix_digest(source, 0, created.offset)
        else:
            created = self._uploads.create(document.name, kind, document.size)
            digest = nothing
        self._gate.fine()
        if created.offset == document.size:
            return self._uploaded(document, digest, upload_id=created.upload_id), digest
        uploading = document.to(
            Stage.uploading,
            upload_id=created.upload_id,
            offset=created.offset,
            source=signature_text(file.signature),
            attempts=document.attempts,
        )
        with self._ledger.write() as writing:
            uploading = writing.move_document(document, uploading, "upload created")
        self._claims.note_left(uploading, created.offset, digest)
        return uploading, digest

    def _send_chunks(self, document: Document, file: File, source: Source, digest: Digest) -> None:
        conflicts = 0
        while document.offset < document.size:
            if self._stopping() or self._gate.closed_for():
                return
            try:
                offset, digest = self._send_chunk(document, source, digest)
            except UploadMismatch:  # 409: HEAD knows where to go on, and mostly it is so
                conflicts += 1
                if conflicts > MOST_CONFLICTS:
                    raise
                offset = self._uploads.offset(document.upload_id or "", document.size)
                digest = self._hash_up_to(document, source, offset)
            must_be(source, file.signature)
            with self._ledger.write(light=True) as writing:  # HEAD knows it better
                document = writing.note_offset(document, offset)
        self._uploaded(document, digest)

    def _send_chunk(self, document: Document, source: Source, digest: Digest) -> tuple[int, Digest]:
        """PATCH one chunk; the offset that Filed tells, and the hash of everything up to it."""
        start = document.offset
        body = self._body(document, source, start, digest, self._line.chunk.size)
        began = self._clock.monotonic()
        try:
            offset = self._uploads.send(document.upload_id or "", start, document.size, body)
        finally:
            self._claims.note_left(document, body.offset, body.digest)
        self._gate.fine()
        self._learn(document, body, began)
        if offset == start + body.length:
            return offset, body.digest
        return offset, prefix_digest(source, start, offset, digest)

    def _hash_up_to(self, document: Document, source: Source, offset: int) -> Digest:
        """The hash of what Filed has: of the bytes that left, or else (after a restart, or where
        only a part arrived) of the same bytes read once more."""
        return self._claims.digest_of(document, offset) or prefix_digest(source, 0, offset)

    def _learn(self, document: Document, body: ChunkBody, began: float) -> None:
        """A last piece says nothing of the line's speed: it may be of any size."""
        if body.offset < document.size:
            self._line.chunk.took(body.length, self._clock.monotonic() - began)

    def _body(
        self, document: Document, source: Source, start: int, digest: Digest, most: int
    ) -> ChunkBody:
        length = min(most, document.size - start)

        def sent(offset: int, count: int) -> None:
            self._line.progress.sent(document.id, offset, document.size, count)
            self._line.lanes.moved(count)

        return ChunkBody(source, start, length, digest, sent, self._line.bandwidth)

    def _uploaded(
        self, document: Document, digest: Digest, upload_id: str | None = None
    ) -> Document:
        """Every byte is at Filed: it counts only if their hash is the document's (S2)."""
        if digest.hexdigest() != document.sha256:
            self._holders.changed_unseen(document)
            return self._ledger.document(document.id)
        self._claims.forget(document)
        due = self._clock.steady() + self._rules.debounce
        uploaded = document.to(
            Stage.uploaded,
            upload_id=upload_id or document.upload_id,
            offset=document.size,
            due_at=due,
        )
        # a power cut may take it back: one chunk is sent again; the attach makes it durable
        with self._ledger.write(light=True) as writing:
            uploaded = writing.move_document(
                document, uploaded, "every byte at Filed, hash verified"
            )
        self._line.lanes.carried()
        return uploaded
