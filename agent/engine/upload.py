"""documents `ready` -> `uploaded`: create, keep the ID, ask the offset, send, check the hash."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from agent.engine.claims import Claims
from agent.engine.gate import Gate
from agent.engine.holding import Holders
from agent.engine.ledger_port import Ledger
from agent.engine.ports import Clock, Disk, Source, Uploads
from agent.engine.progress import Progress
from agent.engine.rules import Rules
from agent.engine.sending import ChunkBody, Digest, must_be, prefix_digest, signature_text
from agent.errors import (
    AgentError,
    FileAbsent,
    FileChanged,
    FiledRefused,
    FiledTrouble,
    FileTrouble,
    NotRegular,
    ProtocolBroken,
    RootUnavailable,
    SecondName,
    UploadGone,
    UploadLocked,
    UploadMismatch,
)
from agent.model.document import Document, Stage
from agent.model.file import File
from agent.model.naming import media_type
from agent.model.patience import backoff, next_chunk

IDLE = 30.0
MOST_ANEW = 5  # times an upload goes wrong from the beginning before a person must look
PARKED_REMEDY = "Ask Filed whether uploads work there, then retry the document."
MOST_BROKEN = 3  # tries after an answer that tus does not have (R2)
MOST_CONFLICTS = 3  # answers in a row that contradict each other; then the upload starts anew
READ_TRIES = 3  # failures to read after which the file is looked at again from the beginning
LOCKED_FIRST, LOCKED_MOST = 1.0, 30.0
TROUBLE_FIRST, TROUBLE_MOST = 2.0, 300.0
FETCH = 64


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
        claims: Claims,
        progress: Progress,
        number: int = 0,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.name = f"upload-{number}"
        self._ledger = ledger
        self._disk = disk
        self._uploads = uploads
        self._gate = gate
        self._clock = clock
        self._rules = rules
        self._rng = rng
        self._claims = claims
        self._progress = progress
        self._stopping = stopping
        self._holders = Holders(ledger, disk, clock, rules)
        self._chunk = rules.chunk_size

    def turn(self) -> float:
        """Take one due document as far as it goes."""
        if wait := self._gate.closed_for():
            return wait
        now = self._clock.steady()
        document = self._claims.take(list(self._ledger.to_upload(now, FETCH)))
        if document is None:
            return self._until_next(now)
        try:
            # another worker may have carried it between the query and the claim
            document = self._ledger.document(document.id)
            if document.stage in (Stage.ready, Stage.uploading) and document.due_at <= now:
                self._carry(document)
        finally:
            self._progress.done(document.id)
            self._claims.release(document)
        return 0.0

    def _until_next(self, now: float) -> float:
        due = self._ledger.next_due((Stage.ready, Stage.uploading), after=now)
        return IDLE if due is None else min(IDLE, due - now)

    def _carry(self, document: Document) -> None:
        try:
            self._gate.ensure_workspace()
            self._send(document)
        except (FiledTrouble, UploadLocked, RootUnavailable) as error:
            if isinstance(error, FiledTrouble):
                self._gate.upset(error)
            self._wait(document, error)
        except (UploadGone, UploadMismatch) as error:
            self._again(document, error)
        except ProtocolBroken as error:
            self._gate.upset(error)
            self._not_understood(document, error)
        except FileTrouble as trouble:
            self._trouble_reading(document, trouble)
        except AgentError as error:
            if self._gate.failed(error):
                return
            if not isinstance(error, FiledRefused):
                raise
            self._fail(document, error)

    # -- the bytes -----------------------------------------------------------------------------

    def _send(self, document: Document) -> None:
        file = self._holders.find(document)
        if file is None:
            return
        if document.stage is Stage.uploading and document.source != signature_text(file.signature):
            self._start_anew(document, "its file was touched meanwhile")
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
            body = self._body(document, source, 0, nothing)
            created = self._uploads.create(document.name, kind, document.size, body)
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
            with self._ledger.write() as writing:
                document = writing.note_offset(document, offset)
        self._uploaded(document, digest)

    def _send_chunk(self, document: Document, source: Source, digest: Digest) -> tuple[int, Digest]:
        """PATCH one chunk; the offset that Filed tells, and the hash of everything up to it."""
        start = document.offset
        body = self._body(document, source, start, digest)
        began = self._clock.monotonic()
        try:
            offset = self._uploads.send(document.upload_id or "", start, document.size, body)
        finally:
            self._claims.note_left(document, body.offset, body.digest)
        self._gate.fine()
        if body.length == self._chunk:  # a last piece says nothing of the line's speed
            self._chunk = self._next_chunk(body.length, self._clock.monotonic() - began)
        if offset == start + body.length:
            return offset, body.digest
        return offset, prefix_digest(source, start, offset, digest)

    def _hash_up_to(self, document: Document, source: Source, offset: int) -> Digest:
        """The hash of what Filed has: of the bytes that left, or else (after a restart, or where
        only a part arrived) of the same bytes read once more."""
        return self._claims.digest_of(document, offset) or prefix_digest(source, 0, offset)

    def _next_chunk(self, length: int, seconds: float) -> int:
        return next_chunk(
            max(length, self._rules.chunk_size), seconds, least=self._rules.chunk_size
        )

    def _body(self, document: Document, source: Source, start: int, digest: Digest) -> ChunkBody:
        length = min(self._chunk, document.size - start)
        return ChunkBody(
            source,
            start,
            length,
            digest,
            lambda offset, count: self._progress.sent(document.id, offset, document.size, count),
        )

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
        with self._ledger.write() as writing:
            return writing.move_document(document, uploaded, "every byte at Filed, hash verified")

    # -- when it does not go on ----------------------------------------------------------------

    def _wait(self, document: Document, error: AgentError) -> None:
        document = self._ledger.document(document.id)
        first, most = (
            (LOCKED_FIRST, LOCKED_MOST)
            if isinstance(error, UploadLocked)
            else (TROUBLE_FIRST, TROUBLE_MOST)
        )
        pause = backoff(document.attempts + 1, first=first, most=most, rng=self._rng)
        self._write_waiting(document, pause, error)

    def _again(self, document: Document, error: AgentError) -> None:
        """The upload is gone, or contradicts ours even when asked again: anew, later each time."""
        document = self._ledger.document(document.id)
        pause = backoff(document.attempts + 1, first=1.0, most=TROUBLE_MOST, rng=self._rng)
        if self._claims.once_more(document) > MOST_ANEW:
            self._park(document, error)
        elif document.stage is Stage.uploading:
            self._start_anew(document, error.said, pause if document.attempts else 0.0)
        else:
            self._write_waiting(document, pause, error)

    def _not_understood(self, document: Document, error: ProtocolBroken) -> None:
        """What came is no answer of tus: the same again a few times, then a person (L6)."""
        document = self._ledger.document(document.id)
        if self._claims.once_more(document) > MOST_BROKEN:
            self._park(document, error)
        else:
            self._wait(document, error)

    def _trouble_reading(self, document: Document, trouble: FileTrouble) -> None:
        """What cannot be read just now costs no byte that Filed has; what changed starts anew."""
        document = self._ledger.document(document.id)
        changed = isinstance(trouble, FileChanged | FileAbsent | NotRegular | SecondName)
        if changed or document.attempts >= READ_TRIES:
            self._holders.doubt(document, trouble)
        else:
            self._wait(document, trouble)

    def _write_waiting(self, document: Document, pause: float, error: AgentError) -> None:
        waiting = document.waiting(self._clock.steady() + pause, problem=error.said)
        with self._ledger.write() as writing:
            writing.move_document(document, waiting, error.said)

    def _start_anew(self, document: Document, why: str, pause: float = 0.0) -> None:
        due = self._clock.steady() + pause
        with self._ledger.write() as writing:
            anew = document.to(Stage.ready, attempts=document.attempts + 1, due_at=due)
            writing.move_document(document, anew, f"upload started anew: {why}")

    def _park(self, document: Document, error: AgentError) -> None:
        """It was begun so often in vain that only a person can know more (R3)."""
        self._claims.forget(document)
        failed = document.to(Stage.failed, problem=error.said, remedy=PARKED_REMEDY)
        with self._ledger.write() as writing:
            writing.move_document(document, failed, f"given up: {error.said}")

    def _fail(self, document: Document, refusal: FiledRefused) -> None:
        document = self._ledger.document(document.id)
        failed = document.to(Stage.failed, problem=refusal.said, remedy=type(refusal).advice)
        with self._ledger.write() as writing:
            writing.move_document(document, failed, refusal.said)
