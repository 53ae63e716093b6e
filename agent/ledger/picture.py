"""The picture that the evidence gives: every line put together, the last word on each thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from agent.ledger.testimony import client_read, document_read, operation_read, path_read, place_read
from agent.model.client import Client, Place
from agent.model.document import Document, Stage
from agent.model.ingestion import Workspace
from agent.model.operation import OPEN, Operation, OperationState

# an operation is told from every other by what was announced; its ID belongs to one ledger only
Key = tuple[str, float, tuple[str, ...]]


@dataclass
class Remembered:
    """One client with its operations and documents; `at` is when a document was last told of."""

    client: Client
    operations: dict[Key, Operation] = field(default_factory=dict)
    documents: dict[tuple[str, int], Document] = field(default_factory=dict)
    at: dict[tuple[str, int], float] = field(default_factory=dict)

    def learn(self, told: dict[str, Any], at: float) -> None:
        """Take in what one line says of this client."""
        self.client = client_read(told["client"])
        for operation in map(operation_read, told.get("operations", ())):
            self.operations[key_of(operation)] = operation
        for one in told.get("documents", ()):
            document = document_read(one)
            content = (document.sha256, document.size)
            self.documents[content] = document
            self.at[content] = float(one.get("at", at))

    def settle_attaching(self) -> None:
        """A document whose call is over is what the call made of it, should its own line lack."""
        calls = {upload: one for one in self.operations.values() for upload in one.upload_ids}
        for content, document in self.documents.items():
            call = calls.get(document.upload_id or "")
            if document.stage is not Stage.attaching or call is None or call.state in OPEN:
                continue
            if call.state is OperationState.done and call.task_id:
                settled = replace(document, stage=Stage.ingesting, task_id=call.task_id)
            else:
                settled = replace(document, stage=Stage.ready, upload_id=None)
            self.documents[content] = settled


@dataclass
class Picture:
    """All that the evidence knows. `paused`: (until,) for a pause, () for one that was ended."""

    clients: dict[str, Remembered] = field(default_factory=dict)
    workspace: Workspace | None = None
    paused: tuple[float, ...] | None = None
    left_out: dict[tuple[bytes, bytes], bool] = field(default_factory=dict)
    confirmed: dict[tuple[bytes, bytes], tuple[str, Place]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[dict[str, Any]]) -> Picture:
        """Put the lines together, in their order."""
        picture = cls()
        for line in lines:
            picture._learn(line)
        for remembered in picture.clients.values():
            remembered.settle_attaching()
        return picture

    def _learn(self, line: dict[str, Any]) -> None:
        at = float(line.get("at", 0.0))
        for told in line.get("clients", ()):
            name = told["client"]["external_id"]
            if name not in self.clients:
                self.clients[name] = Remembered(client_read(told["client"]))
            self.clients[name].learn(told, at)
        if "workspace" in line:
            self.workspace = Workspace(*line["workspace"])
        if "paused" in line:
            self.paused = () if line["paused"] is None else (float(line["paused"]),)
        for root, path, out in line.get("left_out", ()):
            self.left_out[path_read(root), path_read(path)] = bool(out)
        for root, external_id, *said in line.get("confirmed", ()):
            place = place_read(said)
            self.confirmed[path_read(root), place.folder] = (external_id, place)


def key_of(operation: Operation) -> Key:
    """What tells an operation from all others of its client."""
    return operation.kind.value, operation.sent_at, operation.upload_ids
