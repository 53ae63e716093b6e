"""What the engine asks of the ledger (fulfilled by agent.ledger.ledger.Ledger).

Any call may raise LedgerTrouble. Times called `at`, `now`, `due_at` are wall clock seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from agent.model.attachable import Attachable
from agent.model.client import Client, ClientRecord, Place
from agent.model.document import Document, Stage
from agent.model.file import File
from agent.model.ingestion import Workspace
from agent.model.operation import Operation, OperationKind
from agent.model.part import WHOLE, Part
from agent.model.root import FolderRow, Root


class Writing(Protocol):
    """One transaction. Moves are compare-and-set on the row's version: when the row has moved
    on meanwhile the whole transaction is undone and StaleRow (see Ledger.write) is raised.
    Each move of a file, document, client or operation also writes its line of history, unless
    `why` is empty (a wait of moments)."""

    def save_root(self, root: Root) -> None:
        """Write identity, unavailable and scanned_at of a root."""

    def save_folder(self, root_id: int, row: FolderRow) -> None:
        """Insert or update what a folder's listing was."""

    def doubt_folder(self, root_id: int, folder: bytes) -> None:
        """Blank a folder's digest: its rows were moved without a listing, so the next scan must
        compare them again even if the folder looks as before."""

    def forget_folder(self, root_id: int, folder: bytes) -> None:
        """Drop a folder's row (not those below it); its files stay, they are history."""

    def add_file(self, file: File, why: str) -> File:
        """Insert (file.id is ignored); returns it with its id."""

    def move_file(self, before: File, after: File, why: str) -> File:
        """Write `after` where `before` stands; returns it with its new version."""

    def postpone_file(self, before: File, after: File) -> File:
        """Write a later due_at, attempts and signature in the same state, without history."""

    def learn_quiet(self, root_id: int, folder: bytes, seconds: float) -> None:
        """Remember the settle time learned in a folder (no row, no effect)."""

    def place_client(self, root_id: int, place: Place) -> Client:
        """The client of this client folder: found, or inserted as `new`.

        Unique by external_id. The folder is remembered in `client_folders` with what it says. It is
        in doubt when another folder that is still there says the same external_id but otherwise
        another client, lies in the same root, or says the same key, year and type under another
        external_id. Clients in doubt that are `new` or `absent` become `held` (Reason.two_folders);
        one that Filed knows, or is just being told, keeps its state for its own folder. The value
        returned tells what holds for *this* folder: when it is `held` as two_folders, no document
        may be put under its id in this transaction (hold_document refuses), even if the ledger's
        row is `known`; such a value cannot be moved (StaleRow). Ask again later: the doubt is
        judged anew at each call.
        """

    def move_client(self, before: Client, after: Client, why: str) -> Client:
        """As move_file."""

    def hold_document(
        self, client_id: int, sha256: str, size: int, name: str, replaces: int | None
    ) -> Document:
        """The document of this content: found, or inserted as `ready`; a `lost` one is `ready`."""

    def move_document(self, before: Document, after: Document, why: str) -> Document:
        """As move_file."""

    def note_offset(self, document: Document, offset: int) -> Document:
        """Write the offset hint alone, without a line of history."""

    def announce(
        self, kind: OperationKind, client_id: int, upload_ids: Sequence[str], at: float
    ) -> Operation:
        """Insert an operation as `announced`, `at` on Filed's clock; one open for a client."""

    def move_operation(self, before: Operation, after: Operation, why: str) -> Operation:
        """As move_file."""

    def touch(self) -> None:
        """Write a few bytes that mean nothing, to see whether anything can be written."""

    def save_records(self, records: Sequence[ClientRecord], at: float) -> None:
        """Replace the remembered listing of Filed's clients with a complete new one."""


class Backups(Protocol):
    """The ledger's own copies."""

    def copied_at(self) -> float | None:
        """When the newest copy was made (wall clock); None where there is none."""

    def back_up(self) -> bool:
        """Copy the ledger, and check the copy wholly; False: nothing happened since the last one.

        Raises LedgerDamaged when the copy, and so the ledger, is not sound.
        """


class Ledger(Protocol):
    """The only memory and the only queue. Threads may share it."""

    def write(self, *, light: bool = False) -> AbstractContextManager[Writing]:
        """`begin immediate` .. commit; durable when it ends. An exception undoes all of it.

        A `light` one survives any kill, but until the next that is not light no power cut: for what
        would only be looked up, read or sent once more.

        Raises StaleRow (agent.model.stale) when a compare-and-set missed.
        """

    # -- engine
    def pin_workspace(self, workspace: Workspace) -> None:
        """Remember the workspace at the first sign-in. Raises WrongWorkspace for another one."""

    def paused_until(self) -> float | None:
        """None: not paused; a time: paused until then (math.inf: until resumed)."""

    def forget_delays(self) -> None:
        """Make everything due at once; called at start, since due times belong to one process."""

    # -- look
    def root(self, path: bytes) -> Root:
        """The row of this root, inserted when new."""

    def root_path(self, root_id: int) -> bytes:
        """The path of a root by its id; KeyError when there is none."""

    def folders(self, root_id: int) -> Mapping[bytes, FolderRow]:
        """Every folder known of a root."""

    def files_in(self, root_id: int, folder: bytes) -> Sequence[File]:
        """The files of one folder, all states."""

    def file_at(self, root_id: int, path: bytes) -> File | None:
        """One file."""

    def shut_folders(self, root_id: int) -> Sequence[File]:
        """Folders that could not be listed: held rows of Kind.folder."""

    def some_known(self, root_id: int, limit: int) -> Sequence[File]:
        """Some files that are or were `known` and not missed: they tell a root by its content."""

    # -- settle
    def folder(self, root_id: int, folder: bytes) -> FolderRow | None:
        """One folder's row."""

    def settling(self, now: float, limit: int) -> Sequence[File]:
        """Files in `settling` or `held` whose due_at has come, those that came first; by id."""

    def next_look(self, after: float) -> float | None:
        """The earliest due_at beyond `after` of files that settle or are held."""

    def client(self, client_id: int) -> Client:
        """One client; KeyError when there is none."""

    def document(self, document_id: int) -> Document:
        """One document; KeyError when there is none."""

    # -- clients
    def clients_in(self, states: Iterable[str], now: float) -> Sequence[Client]:
        """Clients in one of these states whose due_at has come."""

    def our_external_ids(self) -> frozenset[str]:
        """External IDs of all our clients: such records at Filed are another folder's."""

    def roots_of(self, client_id: int) -> frozenset[int]:
        """The roots in which a client folder stands for this client."""

    def renamed_from(self, client_id: int) -> str | None:
        """The name of a client at Filed whose folders are all gone and who has at least half of
        this client's documents: its folder may have been renamed (N15)."""

    def twins(self, client: Client) -> Sequence[bytes]:
        """Client folders still there that stand for the same client as another one of them does:
        empty when the doubt `two_folders` is gone."""

    def remembered(self) -> Sequence[ClientRecord]:
        """The last complete listing of Filed's clients."""

    def remembered_at(self) -> float | None:
        """When that listing was made; None when there is none."""

    # -- upload
    def to_upload(
        self,
        now: float,
        limit: int,
        sizes: tuple[int, int] = ...,
        without: Iterable[int] = (),
    ) -> Sequence[Document]:
        """Documents `ready` or `uploading`, due, whose client is absent, creating or known;
        oldest id first, only of these sizes (least and most) and not of the clients `without`."""

    def holders(self, document_id: int) -> Sequence[File]:
        """Files that are `known` as this document."""

    def may_return(self, document: Document) -> bool:
        """Whether a settling file of this client could turn out to be this content: one that
        pointed to it, or one of equal size whose client is the same or not known yet."""

    # -- attach
    def attachable(self, now: float, batch: int, part: Part = WHOLE) -> Sequence[Attachable]:
        """Clients (absent or known, without an open operation) that have a due `uploaded` document,
        each with up to `batch` of its uploaded documents (those due within two seconds)."""

    def open_operations(self, part: Part = WHOLE) -> Sequence[Operation]:
        """Operations announced or unknown, oldest first."""

    def operation_documents(self, operation_id: int) -> Sequence[Document]:
        """The documents that an operation is about, in stage `attaching`."""

    def claimed_tasks(self, client_id: int) -> frozenset[str]:
        """Task IDs that operations of this client already have."""

    # -- ingest
    def ingesting(self, now: float, limit: int) -> Sequence[tuple[Document, str]]:
        """Due documents in `ingesting`, each with its client's ID at Filed."""

    def next_due(self, stages: Iterable[Stage], after: float = -1.0) -> float | None:
        """The earliest due_at beyond `after` of documents in these stages."""
