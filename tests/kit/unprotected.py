"""The agent with one protection less: each function takes one away (see tests.kit.protections)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from agent.engine import holding, look, settle, upload
from agent.engine.attach import Attach
from agent.engine.ports import Body, Uploads
from agent.engine.readback import ReadBack
from agent.engine.scan import Scan
from agent.engine.waiting import Waiting
from agent.errors import OutcomeUnknown
from agent.ledger import placing
from agent.ledger.connection import connect
from agent.ledger.documents import SELECT_DOCUMENT, DocumentWriting
from agent.ledger.files import FileWriting
from agent.ledger.ledger import Ledger
from agent.ledger.migrations import migrate
from agent.ledger.pen import Pen
from agent.ledger.rows import document_of
from agent.ledger.schema import STEPS
from agent.model.attachable import Attachable
from agent.model.client import ClientState
from agent.model.document import Document, Stage
from agent.model.operation import Operation, OperationState
from agent.model.stale import StaleRow
from agent.model.upload import Created
from tests.kit import seams
from tests.kit.clock import JumpingClock
from tests.kit.disk import MemoryDisk

Patch = pytest.MonkeyPatch


def nothing(patch: Patch) -> None:
    """No patch: what is missing is missing in the rules."""


# -- the bytes -------------------------------------------------------------------------------------


def no_look_at_the_open_file(patch: Patch) -> None:
    patch.setattr(upload, "must_be", lambda source, signature: None)
    no_rolling_hash(patch)


def no_rolling_hash(patch: Patch) -> None:
    plain = upload.Upload._uploaded

    def uploaded(
        self: upload.Upload, document: Document, digest: object, upload_id: str | None = None
    ) -> Document:
        class Believed:
            def hexdigest(self) -> str:
                return document.sha256

        return plain(self, document, Believed(), upload_id)  # type: ignore[arg-type]  # a stand-in

    patch.setattr(upload.Upload, "_uploaded", uploaded)


def uploads_bound_to_no_file(patch: Patch) -> None:
    patch.setattr(upload, "signature_text", lambda signature: "any file")


def offsets_remembered_not_asked(patch: Patch) -> None:
    """After a lost answer it goes on where the last known answer stood, HEAD or not."""

    class Remembered:
        def __init__(self, uploads: Uploads) -> None:
            self._uploads = uploads
            self._offsets: dict[str, int] = {}

        def with_creation(self) -> bool:
            return self._uploads.with_creation()

        def create(self, name: str, kind: str, size: int, body: Body | None = None) -> Created:
            created = self._uploads.create(name, kind, size, body)
            self._offsets[created.upload_id] = created.offset
            return created

        def offset(self, upload_id: str, size: int) -> int:
            return self._offsets.get(upload_id, 0)

        def send(self, upload_id: str, offset: int, size: int, body: Body) -> int:
            self._offsets[upload_id] = self._uploads.send(upload_id, offset, size, body)
            return self._offsets[upload_id]

    plain = upload.Upload.__init__

    def init(self: upload.Upload, *args: Any, **more: Any) -> None:
        plain(self, *args, **more)
        self._uploads = Remembered(self._uploads)

    patch.setattr(upload.Upload, "__init__", init)


# -- the gate, and what is sent --------------------------------------------------------------------


def no_commit_gate(patch: Patch) -> None:
    patch.setattr(Attach, "_at_rest", lambda self, document: True)


def no_gate_before_sending_again(patch: Patch) -> None:
    patch.setattr(Attach, "still_held", lambda self, documents: True)


def clients_made_without_a_file(patch: Patch) -> None:
    plain = Attach._attach

    def attach(self: Attach, group: Attachable) -> None:
        if group.client.state is ClientState.absent:
            self._creation.begin(group.client)
        else:
            plain(self, group)

    patch.setattr(Attach, "_attach", attach)


def calls_announced_afterwards(patch: Patch) -> None:
    def attach(self: Attach, group: Attachable) -> None:
        ready = [document for document in group.documents if self._at_rest(document)]
        if not ready or group.client.filed_id is None:
            if ready:
                self._creation.begin(group.client)
            return
        ids = [document.upload_id or "" for document in ready]
        try:
            task = self._binders.add_documents(group.client.filed_id, ids)
        except OutcomeUnknown:
            operation, _ = self._announce(group.client, ready)
            self.note_doubt(operation)  # type: ignore[attr-defined]
        else:
            operation, moved = self._announce(group.client, ready)
            self.carried_out(operation, moved, task, "answered")

    def note_doubt(self: Attach, operation: Operation) -> None:
        unknown = replace(operation, state=OperationState.unknown, doubts=1)
        with self._ledger.write() as writing:
            writing.move_operation(operation, unknown, "no answer")

    patch.setattr(Attach, "_attach", attach)
    patch.setattr(Attach, "note_doubt", note_doubt, raising=False)


# -- what is in doubt ------------------------------------------------------------------------------


def no_read_back(patch: Patch) -> None:
    patch.setattr(ReadBack, "_find_task", lambda self, operation, client: None)


def no_read_back_of_clients(patch: Patch) -> None:
    def settle_creation(self: ReadBack, operation: Operation, client: Any) -> None:
        self._creation.send(self._again(operation), client)

    patch.setattr(ReadBack, "_settle_creation", settle_creation)


def open_calls_count_as_never_sent(patch: Patch) -> None:
    """A call on its way when the process died is believed not to have been carried out."""

    def believe(self: ReadBack) -> None:
        for operation in self._ledger.open_operations():
            documents = self._ledger.operation_documents(operation.id)
            if documents and operation.state is OperationState.announced:
                self._attach.release(operation, documents, "believed not sent")

    patch.setattr(ReadBack, "_doubt_announced", believe)


def tasks_claimed_twice(patch: Patch) -> None:
    patch.setattr(Ledger, "claimed_tasks", lambda self, client_id: frozenset())


# -- the ledger ------------------------------------------------------------------------------------


def no_compare_and_set(patch: Patch) -> None:
    def put(self: Pen, guarded: str, values: Sequence[object]) -> None:
        plain = guarded.replace(" AND version = ?", "")
        if self._execute(plain, values[: plain.count("?")]).rowcount != 1:
            raise StaleRow

    patch.setattr(Pen, "_set", put)


def no_claims(patch: Patch) -> None:
    """Two workers may carry the same document at the same time."""

    def take(self: Waiting, due: float, lanes: int) -> Document | None:
        return next(iter(self._small._ledger.to_upload(due, 1)), None)

    patch.setattr(Waiting, "take", take)


def in_flight_does_not_count(patch: Patch) -> None:
    """Only a content that is filed counts as sent: a second file of it begins a second upload."""
    _with_tables(patch, "  UNIQUE (client_id, sha256, size),\n")
    plain = DocumentWriting.hold_document

    def hold(
        self: Any, client_id: int, sha256: str, size: int, name: str, replaces: int | None
    ) -> Document:
        rows = self._rows(
            f"{SELECT_DOCUMENT} WHERE o.client_id = ? AND o.sha256 = ? ORDER BY o.stage = 'filed'",
            (client_id, bytes.fromhex(sha256)),
        )
        stages = {document_of(row).stage for row in rows}
        if not rows or stages & {Stage.filed, Stage.lost, Stage.failed}:
            return plain(self, client_id, sha256, size, name, replaces)
        values = (client_id, bytes.fromhex(sha256), size, name, Stage.ready.value)
        sql = "INSERT INTO documents (client_id, sha256, size, name, stage) VALUES (?, ?, ?, ?, ?)"
        number = self._insert(sql, values)
        return Document(number, client_id, sha256, size, name, Stage.ready)

    patch.setattr(DocumentWriting, "hold_document", hold)


def mapping_follows_the_file(patch: Patch) -> None:
    """A document goes to the client in whose folder its content was seen last."""
    _with_tables(patch, "CREATE TRIGGER files_right_client", "CREATE TRIGGER documents_")
    plain = DocumentWriting.hold_document

    def hold(
        self: Any, client_id: int, sha256: str, size: int, name: str, replaces: int | None
    ) -> Document:
        self._execute(
            "UPDATE OR IGNORE documents SET client_id = ? WHERE sha256 = ? AND stage <> 'filed'",
            (client_id, bytes.fromhex(sha256)),
        )
        return plain(self, client_id, sha256, size, name, replaces)

    patch.setattr(DocumentWriting, "hold_document", hold)


def _with_tables(patch: Patch, *without: str) -> None:
    """Tables without what begins so: a trigger, or a line."""
    script = STEPS[0][1]
    for start in without:
        while start in script:
            begin = script.index(start)
            end = script.index("END;\n", begin) + 5 if "TRIGGER" in start else begin + len(start)
            script = script[:begin] + script[end:]
    connection = connect(":memory:")
    connection.execute("BEGIN")
    migrate(connection, ((STEPS[0][0], script), *STEPS[1:]))
    connection.execute("COMMIT")
    template = connection.serialize()
    connection.close()
    patch.setattr(seams, "_template", lambda: template)


def lost_stays_lost(patch: Patch) -> None:
    """A content that no file held for a moment is never taken up again (the A to B to A trap)."""
    plain = Ledger.to_upload

    def to_upload(self: Ledger, *asked: Any) -> list[Document]:
        lost = "select subject_id from history where subject = 'document' and after = 'lost'"
        once_lost = {row[0] for row in self._ask(lost)}
        return [d for d in plain(self, *asked) if d.id not in once_lost]

    patch.setattr(Ledger, "to_upload", to_upload)


def delays_outlive_the_process(patch: Patch) -> None:
    patch.setattr(Ledger, "forget_delays", lambda self: None)


def the_wall_clock_is_believed(patch: Patch) -> None:
    patch.setattr(JumpingClock, "steady", JumpingClock.now)
    patch.setattr(JumpingClock, "monotonic", JumpingClock.now)


def any_workspace_will_do(patch: Patch) -> None:
    patch.setattr(Ledger, "pin_workspace", lambda self, workspace: None)


# -- what is seen ----------------------------------------------------------------------------------


def another_disk_is_as_good(patch: Patch) -> None:
    patch.setattr(look, "must_be_same_place", lambda ledger, disk, root, identity: None)


def the_root_is_not_asked_again(patch: Patch) -> None:
    """What settle and the gate see is believed, whatever stands at the root just now."""
    for module in (settle, holding):
        patch.setattr(module, "must_be_there", lambda ledger, disk, path: None)
    patch.setattr(settle, "must_be_same", lambda ledger, disk, path: None)


def an_empty_root_is_believed(patch: Patch) -> None:
    patch.setattr(MemoryDisk, "is_empty", lambda self, root: False)
    patch.setattr(look, "must_be_same_place", lambda ledger, disk, root, identity: None)


def unreadable_is_gone(patch: Patch) -> None:
    patch.setattr(Scan, "has_seen", lambda self, folder: folder.startswith(self._tree))


def marked_missing_and_forgotten(patch: Patch) -> None:
    patch.setattr(FileWriting, "doubt_folder", lambda self, root_id, folder: None)


def two_folders_are_no_doubt(patch: Patch) -> None:
    patch.setattr(placing, "rivals", lambda *args: [])
