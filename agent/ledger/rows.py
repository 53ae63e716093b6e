"""Rows and values: which columns make up each value of agent.model, and back.

Rows are plain tuples in the order of the column lists here: the hot path reads thousands of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from agent.model.client import Client, ClientState
from agent.model.document import Document, Stage
from agent.model.file import File, FileState, Kind, Signature
from agent.model.operation import Operation, OperationKind, OperationState

Row = tuple[Any, ...]

_BIGGEST = 2**63 - 1
_STATES = {state.value: state for state in FileState}
_KINDS = {kind.value: kind for kind in Kind}
_STAGES = {stage.value: stage for stage in Stage}


def whole(number: int) -> int | bytes:
    """A number as its column takes it: beyond 64 bits as 17 bytes (ReFS file IDs, far dates)."""
    if -_BIGGEST <= number <= _BIGGEST:
        return number
    return number.to_bytes(17, "big", signed=True)


def number(stored: int | bytes) -> int:
    """What `whole` stored."""
    return stored if isinstance(stored, int) else int.from_bytes(stored, "big", signed=True)


FILE = (
    "f.id, d.root_id, d.path, f.name, f.state, f.size, f.mtime_ns, f.ctime_ns, f.dev, f.ino, "
    "f.kind, f.reason, f.document_id, f.client_id, f.due_at, f.attempts, f.version"
)
FILE_TABLES = "files AS f JOIN folders AS d ON d.id = f.folder_id"


def file_of(row: Row) -> File:
    """A File from the columns FILE."""
    id_, root_id, folder, name, state, size, mtime, ctime, dev, ino, kind = row[:11]
    signature = Signature(size, number(mtime), number(ctime), number(dev), number(ino))
    return File(
        id_, root_id, folder, name, _STATES[state], signature, _KINDS[kind], *row[11:]
    )  # fmt: skip


def file_facts(file: File) -> Row:
    """What may change of a file, in the order of FILE_FACTS."""
    seen = file.signature
    return (
        file.state.value,
        seen.size,
        whole(seen.mtime_ns),
        whole(seen.ctime_ns),
        whole(seen.dev),
        whole(seen.ino),
        file.kind.value,
        file.reason,
        file.document_id,
        file.client_id,
        file.due_at,
        file.attempts,
    )


FILE_FACTS = (
    "state",
    "size",
    "mtime_ns",
    "ctime_ns",
    "dev",
    "ino",
    "kind",
    "reason",
    "document_id",
    "client_id",
    "due_at",
    "attempts",
)

DOCUMENT = (
    "o.id, o.client_id, o.sha256, o.size, o.name, o.stage, o.upload_id, o.offset, o.source, "
    "o.operation_id, o.task_id, o.problem, o.remedy, o.replaces, o.due_at, o.attempts, o.version"
)


def document_of(row: Row) -> Document:
    """A Document from the columns DOCUMENT."""
    id_, client_id, sha256, size, name, stage = row[:6]
    return Document(id_, client_id, sha256.hex(), size, name, _STAGES[stage], *row[6:])


def document_facts(document: Document) -> Row:
    """What may change of a document, in the order of DOCUMENT_FACTS."""
    return (
        document.name,
        document.stage.value,
        document.upload_id,
        document.offset,
        document.source,
        document.operation_id,
        document.task_id,
        document.problem,
        document.remedy,
        document.replaces,
        document.due_at,
        document.attempts,
    )


DOCUMENT_FACTS = (
    "name",
    "stage",
    "upload_id",
    "offset",
    "source",
    "operation_id",
    "task_id",
    "problem",
    "remedy",
    "replaces",
    "due_at",
    "attempts",
)

CLIENT = (
    "c.id, c.key, c.name, c.external_id, c.tax_year, c.return_type, c.state, c.filed_id, "
    "c.reason, c.said, c.due_at, c.attempts, c.version"
)


def client_of(row: Row) -> Client:
    """A Client from the columns CLIENT."""
    id_, key, name, external_id, tax_year, return_type, state = row[:7]
    return Client(
        id_, key, name, external_id, tax_year, return_type, ClientState(state), *row[7:]
    )  # fmt: skip


def client_facts(client: Client) -> Row:
    """What may change of a client, in the order of CLIENT_FACTS."""
    return (
        client.key,
        client.name,
        client.tax_year,
        client.return_type,
        client.state.value,
        client.filed_id,
        client.reason,
        client.said,
        client.due_at,
        client.attempts,
    )


CLIENT_FACTS = (
    "key",
    "name",
    "tax_year",
    "return_type",
    "state",
    "filed_id",
    "reason",
    "said",
    "due_at",
    "attempts",
)

OPERATION = (
    "p.id, p.kind, p.client_id, p.upload_ids, p.state, p.sent_at, p.attempt, p.doubts, "
    "p.task_id, p.version"
)


def operation_of(row: Row) -> Operation:
    """An Operation from the columns OPERATION."""
    id_, kind, client_id, upload_ids, state = row[:5]
    return Operation(
        id_,
        OperationKind(kind),
        client_id,
        tuple(json.loads(upload_ids)),
        OperationState(state),
        *row[5:],
    )


def operation_facts(operation: Operation) -> Row:
    """What may change of an operation, in the order of OPERATION_FACTS."""
    return (
        json.dumps(operation.upload_ids),
        operation.state.value,
        operation.sent_at,
        operation.attempt,
        operation.doubts,
        operation.task_id,
    )


OPERATION_FACTS = ("upload_ids", "state", "sent_at", "attempt", "doubts", "task_id")


def insertion(table: str, columns: Sequence[str]) -> str:
    """The INSERT of one row with these columns."""
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


def guarded_update(table: str, columns: Sequence[str]) -> str:
    """The compare-and-set of one row: its last two values are the row's id and its version."""
    facts = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE {table} SET {facts}, version = version + 1 WHERE id = ? AND version = ?"  # noqa: S608
