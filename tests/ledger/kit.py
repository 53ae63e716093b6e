"""Made-up rows for the tests of the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from agent.ledger.ledger import Ledger
from agent.ledger.writing import Transaction
from agent.model.client import Client, ClientState, Place
from agent.model.document import Document, Stage
from agent.model.file import File, FileState, Signature
from agent.model.operation import OperationKind, OperationState
from agent.model.root import FolderRow

ROOT = b"/srv/clients"
WAY = (Stage.uploading, Stage.uploaded, Stage.attaching, Stage.ingesting, Stage.filed)


class StillClock:
    """A wall clock that stands where it is put."""

    def __init__(self, at: float = 1000.0) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


@contextmanager
def memory_ledger(clock: StillClock | None = None) -> Iterator[Ledger]:
    """A ledger in memory with one root (id 1)."""
    with Ledger.in_memory(clock or StillClock()) as ledger:
        ledger.root(ROOT)
        yield ledger


def rows(ledger: Ledger, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """The ledger's rows, read past its questions."""
    return ledger._connections.mine().execute(sql, values).fetchall()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def place(name: str = "Miller", **other: Any) -> Place:
    """What the folder of a made-up client says."""
    facts: dict[str, Any] = {
        "folder": name.encode(),
        "key": name.casefold(),
        "name": name,
        "external_id": f"{name}-2025",
        "tax_year": 2025,
        "return_type": "F1040",
    }
    return Place(**(facts | other))


def new_file(name: bytes = b"w2.pdf", folder: bytes = b"Miller", root_id: int = 1) -> File:
    return File(0, root_id, folder, name, FileState.settling, Signature(10, 1, 2, 3, 4))


def see(ledger: Ledger, *folders: bytes) -> None:
    """A complete scan found these folders."""
    with ledger.write() as writing:
        for folder in folders:
            writing.save_folder(1, FolderRow(folder, 1, b"digest"))


def add_file(ledger: Ledger, name: bytes = b"w2.pdf", folder: bytes = b"Miller") -> File:
    with ledger.write() as writing:
        return writing.add_file(new_file(name, folder), "first seen")


def add_client(
    ledger: Ledger, name: str = "Miller", state: ClientState = ClientState.new, **other: Any
) -> Client:
    """A placed client, moved on to `state`."""
    steps = {
        ClientState.new: (),
        ClientState.creating: (ClientState.absent, ClientState.creating),
    }.get(state, (state,))
    facts: dict[ClientState, dict[str, Any]] = {
        ClientState.known: {"filed_id": f"filed-{name}"},
        ClientState.held: {"reason": "same-name", "said": "Filed has that name."},
    }
    with ledger.write() as writing:
        client = writing.place_client(1, place(name, **other))
        for step in steps:
            client = writing.move_client(client, client.to(step, **facts.get(step, {})), "test")
    return client


def add_document(
    ledger: Ledger, client: Client, text: str = "w2", stage: Stage = Stage.ready, size: int = 10
) -> Document:
    """A document of `client`, carried on to `stage` the way the engine does it."""
    with ledger.write() as writing:
        document = writing.hold_document(client.id, digest(text), size, f"{text}.pdf", None)
        if stage is Stage.failed:
            broken = document.to(stage, problem="Filed refused it", remedy="Save it as PDF")
            return writing.move_document(document, broken, "refused")
        if stage is Stage.lost:
            return writing.move_document(document, document.to(stage), "no file holds it")
        if stage in WAY:
            for step in WAY[: WAY.index(stage) + 1]:
                document = carry_on(writing, document, step, text)
    return document


def carry_on(writing: Transaction, document: Document, step: Stage, text: str) -> Document:
    """One arrow on, with the operation that it needs."""
    facts: dict[str, Any] = {}
    if step is Stage.uploading:
        facts = {"upload_id": f"up-{document.client_id}-{text}", "source": "10:1:2:3:4"}
    if step is Stage.attaching:
        ids = [str(document.upload_id)]
        operation = writing.announce(OperationKind.add_documents, document.client_id, ids, 5.0)
        facts = {"operation_id": operation.id}
    if step is Stage.ingesting:
        finish(writing, document)
        facts = {"task_id": f"task-{document.operation_id}"}
    return writing.move_document(document, document.to(step, **facts), "test")


def finish(writing: Transaction, document: Document) -> None:
    """The operation of an attaching document is done."""
    from agent.ledger.rows import OPERATION, operation_of

    found = writing._rows(
        f"SELECT {OPERATION} FROM operations AS p WHERE p.id = ?", (document.operation_id,)
    )
    operation = operation_of(found[0])
    done = replace(operation, state=OperationState.done, task_id=f"task-{operation.id}")
    writing.move_operation(operation, done, "answered")
