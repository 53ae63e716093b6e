"""What a line of the evidence says: which facts weigh, how they are written and read.

A fact weighs when forgetting it could send something a second time, to the wrong place or against
a person's word: a client that Filed knows or is being told of, an operation, a document that is or
may be at Filed, the pinned workspace, a pause, a file left out, a folder confirmed. A move is
told when what it leaves or what it reaches weighs. Everything else is found again on the disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from agent.model.client import Client, ClientState, Place
from agent.model.document import AT_FILED, Document, Stage
from agent.model.ingestion import Workspace
from agent.model.operation import Operation, OperationKind, OperationState
from agent.model.reasons import Reason

Told = dict[str, Any]

_CLIENT = ("external_id", "key", "name", "tax_year", "return_type", "state", "filed_id")
_HELD = ("reason", "said")
_OPERATION = ("kind", "upload_ids", "state", "sent_at", "attempt", "doubts", "task_id")
_DOCUMENT = ("sha256", "size", "name", "stage", "upload_id", "task_id", "problem", "remedy")
_PARKED = (Reason.unconfirmed.value, Reason.refused.value)  # perhaps Filed made the client


def client_weighs(client: Client) -> bool:
    """Whether Filed knows the client, or may have been told of it."""
    at_filed = client.state in (ClientState.creating, ClientState.known)
    return at_filed or client.filed_id is not None or client.reason in _PARKED


def document_weighs(document: Document) -> bool:
    """Whether the document is at Filed, or may be: also one that failed after it was attached."""
    attached = document.operation_id is not None or document.task_id is not None
    return document.stage in AT_FILED or (document.stage is Stage.failed and attached)


def client_told(client: Client) -> Told:
    """A client as a line has it."""
    held = _HELD if client.state is ClientState.held else ()
    return _told(client, (*_CLIENT, *held))


def operation_told(operation: Operation) -> Told:
    """An operation as a line has it."""
    return _told(operation, _OPERATION)


def document_told(document: Document) -> Told:
    """A document as a line has it."""
    return _told(document, _DOCUMENT)


def client_read(told: Told) -> Client:
    """What client_told gave; id and version are 0."""
    return Client(**_facts(_CLIENT + _HELD, told, state=ClientState(told["state"])))


def operation_read(told: Told) -> Operation:
    """What operation_told gave; id, client_id and version are 0."""
    read = {
        "client_id": 0,
        "kind": OperationKind(told["kind"]),
        "state": OperationState(told["state"]),
        "upload_ids": tuple(told["upload_ids"]),
    }
    return Operation(**_facts(_OPERATION, told, **read))


def document_read(told: Told) -> Document:
    """What document_told gave; id, client_id and version are 0."""
    return Document(**_facts(_DOCUMENT, told, client_id=0, stage=Stage(told["stage"])))


def _told(value: Client | Document | Operation, names: tuple[str, ...]) -> Told:
    found = {name: getattr(value, name) for name in names}
    return {name: fact for name, fact in found.items() if fact is not None}


def _facts(names: tuple[str, ...], told: Told, **read: Any) -> dict[str, Any]:
    return {"id": 0, **{name: told[name] for name in names if name in told}, **read}


def path_told(path: bytes) -> str:
    """A path as JSON can have it."""
    return path.decode("utf-8", "surrogateescape")


def path_read(told: str) -> bytes:
    """What path_told gave."""
    return told.encode("utf-8", "surrogateescape")


def place_told(place: Place) -> list[object]:
    """What a folder says of its client, as a line has it."""
    return [path_told(place.folder), *astuple(place)[1:]]


def place_read(told: Sequence[Any]) -> Place:
    """What place_told gave."""
    return Place(path_read(told[0]), *told[1:])


@dataclass
class OfClient:
    """What one line says of one client; `attached`: documents that earlier lines name so."""

    client: Client
    attached: frozenset[int] = frozenset()
    operations: dict[int, Operation] = field(default_factory=dict)
    documents: dict[int, Document] = field(default_factory=dict)

    def told(self) -> Told:
        """As a line has it. What a call's yes made of its documents goes without saying."""
        found: Told = {"client": client_told(self.client)}
        if self.operations:
            found["operations"] = [operation_told(one) for one in self.operations.values()]
        documents = [one for one in self.documents.values() if not self.follows(one)]
        if documents:
            found["documents"] = [document_told(one) for one in documents]
        return found

    def follows(self, document: Document) -> bool:
        """Whether picture.settle_attaching concludes it from the operation in the same line."""
        call = self.operations.get(document.operation_id or 0)
        return (
            document.id in self.attached
            and document.stage is Stage.ingesting
            and call is not None
            and call.state is OperationState.done
            and (call.task_id, document.upload_id in call.upload_ids) == (document.task_id, True)
        )


class Testimony:
    """What weighs of one open transaction; the last word on a row counts."""

    def __init__(self) -> None:
        self._clients: dict[int, Client] = {}
        self._operations: dict[int, Operation] = {}
        self._documents: dict[int, Document] = {}
        self._attached: set[int] = set()
        self._wishes: Told = {}

    def client(self, before: Client, after: Client) -> None:
        """A client moved."""
        same = (before.state, before.filed_id, before.reason) == (
            after.state,
            after.filed_id,
            after.reason,
        )
        if not same and (client_weighs(before) or client_weighs(after)):
            self._clients[after.id] = after

    def operation(self, operation: Operation) -> None:
        """An operation was announced or moved."""
        self._operations[operation.id] = operation

    def document(self, before: Document, after: Document) -> None:
        """A document moved."""
        facts = (after.stage, after.operation_id, after.task_id, after.upload_id)
        same = facts == (before.stage, before.operation_id, before.task_id, before.upload_id)
        if not same and (document_weighs(before) or document_weighs(after)):
            if before.stage is Stage.attaching and before.id not in self._documents:
                self._attached.add(before.id)  # since an earlier transaction
            self._documents[after.id] = after

    def workspace(self, workspace: Workspace) -> None:
        """The workspace was pinned."""
        self._wishes["workspace"] = [workspace.id, workspace.name]

    def paused(self, until: float | None) -> None:
        """A pause began, or (None) ended."""
        self._wishes["paused"] = None if until is None else repr(until)

    def left_out(self, root: bytes, path: bytes, *, out: bool) -> None:
        """A person left a file out, or took it in again."""
        wish = [path_told(root), path_told(path), out]
        self._wishes.setdefault("left_out", []).append(wish)

    def confirmed(self, root: bytes, place: Place, client_id: int) -> None:
        """A person said that a folder stands for a client (its ID here, see content)."""
        wish = [path_told(root), client_id, *place_told(place)]
        self._wishes.setdefault("confirmed", []).append(wish)

    def __bool__(self) -> bool:
        return bool(self._clients or self._operations or self._documents or self._wishes)

    @property
    def clients(self) -> set[int]:
        """The IDs of all clients that something is said of; their rows are needed by content()."""
        found = set(self._clients)
        found |= {one.client_id for one in self._operations.values()}
        found |= {one.client_id for one in self._documents.values()}
        return found | {wish[1] for wish in self._wishes.get("confirmed", ())}

    def content(self, at: float, clients: Mapping[int, Client]) -> Told:
        """The line, from the rows of `clients`."""
        attached = frozenset(self._attached)
        groups = {number: OfClient(clients[number], attached) for number in sorted(self.clients)}
        for operation in self._operations.values():
            groups[operation.client_id].operations[operation.id] = operation
        for document in self._documents.values():
            groups[document.client_id].documents[document.id] = document
        wishes = dict(self._wishes)
        if "confirmed" in wishes:
            wishes["confirmed"] = [
                [root, clients[number].external_id, *place]
                for root, number, *place in wishes["confirmed"]
            ]
        line: Told = {"at": round(at, 3), **wishes}
        if groups:
            line["clients"] = [group.told() for group in groups.values()]
        return line
