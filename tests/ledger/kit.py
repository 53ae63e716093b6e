"""Made-up rows for the tests of the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from agent.ledger.ledger import Ledger
from agent.model.client import Client, ClientState, Place
from agent.model.document import Document, Stage
from agent.model.file import File, FileState, Signature
from agent.model.operation import Operation, OperationKind, OperationState

ROOT = b"/srv/clients"


class StillClock:
    """A wall clock that stands where it is put."""

    def __init__(self, at: float = 1000.0) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def place(name: str = "Miller", folder: bytes | None = None, **other: object) -> Place:
    """What the folder of a made-up client says."""
    facts: dict[str, object] = {
        "folder": name.encode() if folder is None else folder,
        "key": name.casefold(),
        "name": name,
        "external_id": f"{name}-2025",
        "tax_year": 2025,
        "return_type": "F1040",
    }
    return Place(**(facts | other))  # type: ignore[arg-type]  # made-up facts of mixed types


def new_file(name: bytes = b"w2.pdf", folder: bytes = b"Miller", root_id: int = 1) -> File:
    return File(0, root_id, folder, name, FileState.settling, Signature(10, 1, 2, 3, 4))


def add_client(ledger: Ledger, name: str = "Miller", state: ClientState | None = None) -> Client:
    """A placed client, moved on to `state`."""
    root = ledger.root(ROOT)
    way = {
        None: (),
        ClientState.new: (),
        ClientState.absent: (ClientState.absent,),
        ClientState.creating: (ClientState.absent, ClientState.creating),
        ClientState.known: (ClientState.known,),
        ClientState.held: (ClientState.held,),
    }[state]
    with ledger.write() as writing:
        client = writing.place_client(root.id, place(name))
        for step in way:
            facts = {"filed_id": f"filed-{name}"} if step is ClientState.known else {}
            if step is ClientState.held:
                facts = {"reason": "same-name"}
            client = writing.move_client(client, client.to(step, **facts), "test")
    return client


def add_document(
    ledger: Ledger, client: Client, text: str = "w2", stage: Stage = Stage.ready, size: int = 10
) -> Document:
    """A document of `client`, carried on to `stage` the way the engine does it."""
    with ledger.write() as writing:
        document = writing.hold_document(client.id, digest(text), size, f"{text}.pdf", None)
        if stage is Stage.ready:
            return document
        if stage in (Stage.lost, Stage.failed):
            moved = document.to(stage, problem="broken" if stage is Stage.failed else None)
            return writing.move_document(document, moved, "test")
        operation: Operation | None = None
        for step in (
            Stage.uploading,
            Stage.uploaded,
            Stage.attaching,
            Stage.ingesting,
            Stage.filed,
        ):
            facts: dict[str, object] = {}
            if step is Stage.uploading:
                facts = {"upload_id": f"up-{client.id}-{text}", "source": "10:1:2:3:4"}
            if step is Stage.attaching:
                operation = writing.announce(
                    OperationKind.add_documents, client.id, [str(document.upload_id)], 5.0
                )
                facts = {"operation_id": operation.id}
            if step is Stage.ingesting:
                facts = {"task_id": f"task-{document.operation_id}"}
                assert operation is not None
                writing.move_operation(
                    operation,
                    replace(operation, state=OperationState.done, task_id="t"),
                    "test",
                )
            document = writing.move_document(document, document.to(step, **facts), "test")
            if step is stage:
                break
    return document
