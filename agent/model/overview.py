"""What people ask the ledger: counts, lists and lines of history, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState


class Subject(StrEnum):
    """What a line of history, or a doubt, is about."""

    file = "file"
    document = "document"
    client = "client"
    operation = "operation"
    agent = "agent"  # pause and resume


@dataclass(frozen=True, slots=True)
class Counts:
    """How many stand where; every stage and state is a key. Sizes are in bytes.

    `bytes_open` counts documents still on their way, each with its whole size.
    """

    documents: Mapping[Stage, int]
    files: Mapping[FileState, int]
    clients: Mapping[ClientState, int]
    bytes_filed: int
    bytes_open: int


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as a list shows it. `paths` are absolute, the files that hold it now.

    `filed_at` is the wall clock when Filed's task was seen COMPLETED, None before.
    """

    id: int
    client_id: int
    client: str
    name: str
    size: int
    sha256: str
    stage: Stage
    offset: int
    problem: str | None
    remedy: str | None
    upload_id: str | None
    task_id: str | None
    filed_at: float | None
    paths: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ClientFolder:
    """A folder that stands for a client; `standing` is owner, doubt or confirmed."""

    root: bytes
    folder: bytes
    standing: str


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client as a list shows it; `documents` has only the stages that occur.

    `waiting_files` counts files under its folders that settle or are held. `last_at` is the wall
    clock of the last line of history of the client or one of its documents.
    """

    id: int
    name: str
    external_id: str
    tax_year: int
    return_type: str
    filed_id: str | None
    state: ClientState
    reason: str | None
    said: str | None
    documents: Mapping[Stage, int]
    waiting_files: int
    last_at: float | None
    folders: tuple[ClientFolder, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file, document or client that waits, or needs a person.

    `reason` is a code of agent.model.reasons for files and clients, None for documents. `said` is
    the sentence noted with it (may be no more than the code), `remedy` what to do, where known.
    `path` is absolute, given for files. `since` is the wall clock of the last move.
    """

    subject: Subject
    id: int
    state: str
    name: str
    path: bytes | None
    client: str | None
    reason: str | None
    said: str
    remedy: str | None
    since: float | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One move: what, from where to where, when (wall clock) and why.

    `before` is None where something began. `name` is the document's or client's name, `path` the
    absolute path of a file.
    """

    id: int
    at: float
    subject: Subject
    subject_id: int
    before: str | None
    after: str
    why: str
    name: str | None
    path: bytes | None
    client: str | None


@dataclass(frozen=True, slots=True)
class Retried:
    """How many were sent on their way again."""

    documents: int = 0
    clients: int = 0
    files: int = 0
