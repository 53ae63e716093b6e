"""What the engine asks of the world. The edges fulfil these; so do the doubles of the tests.

Every method may raise the errors named in its docstring and no others. Times called `at`, `now`
and `due_at` are wall clock seconds since the epoch. The ledger's port is engine.ledger_port.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from agent.errors import FileTrouble
from agent.model.client import Client, ClientRecord
from agent.model.file import Listing, Sighting, Signature
from agent.model.hints import Hints
from agent.model.ingestion import TaskPage, Workspace
from agent.model.root import RootIdentity
from agent.model.upload import Created


class Clock(Protocol):
    """Time. Nothing else in the engine reads a clock."""

    def now(self) -> float:
        """Wall clock, seconds since the epoch; may jump."""

    def monotonic(self) -> float:
        """Seconds that only go forward while the process lives."""

    def steady(self) -> float:
        """The wall clock of the process's start plus the seconds since: what due times are told
        in, so that a jump of the wall clock moves none of them."""


class Source(Protocol):
    """An opened regular file, physically under its root (S7); closed by leaving the context."""

    def signature(self) -> Signature:
        """The signature of the open handle, now. Raises DiskError."""

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end. Raises DiskError, FileBusy."""

    def __enter__(self) -> Source: ...

    def __exit__(self, *error: object) -> None: ...


class Disk(Protocol):
    """The watched roots. Paths are relative to the root, as in agent.model.file.Listing."""

    def identify(self, root: bytes) -> RootIdentity:
        """Who the root is, now. Raises RootUnavailable when it is not there or no folder."""

    def list_folder(self, root: bytes, folder: bytes) -> Listing:
        """One folder, completely; links are listed but not followed.

        Raises FileAbsent when there is surely no such folder, RootUnavailable when the root
        cannot be reached, FileTrouble (FileDenied, DiskError) when this folder cannot be read.
        """

    def folder_mtime(self, root: bytes, folder: bytes) -> int:
        """The folder's mtime in nanoseconds. Raises as list_folder does."""

    def is_empty(self, root: bytes) -> bool:
        """Whether nothing at all lies in the root, now. Raises as list_folder does."""

    def folder_mtimes(self, root: bytes, folders: Sequence[bytes]) -> Sequence[int | FileTrouble]:
        """folder_mtime() of each, in their order; what is the matter with one stands in its place.

        Raises RootUnavailable, also when the root was exchanged meanwhile.
        """

    def look(self, root: bytes, path: bytes) -> Sighting:
        """One path, without following links. Raises FileAbsent, RootUnavailable, FileTrouble."""

    def open(self, root: bytes, path: bytes) -> Source:
        """Open for reading without blocking other programs' save, rename or delete.

        Raises FileAbsent, FileBusy, FileDenied, NotRegular, SecondName, OnlineOnly, DiskError,
        RootUnavailable.
        """

    def in_use(self, root: bytes, path: bytes) -> bool:
        """Whether another program still writes the file, as far as the system tells."""


class Watch(Protocol):
    """Native events of all roots, behind one small door."""

    def arm(self, root: bytes) -> bool:
        """Watch this root (again); False when its events will be incomplete (see limits)."""

    def disarm(self, root: bytes) -> None:
        """Stop watching a root (it is unavailable)."""

    def take(self) -> Hints:
        """Everything told since the last call; forgets it."""

    def limits(self) -> Mapping[bytes, str]:
        """Roots whose live watching is limited, with the sentence that says why and the remedy."""


class Body(Protocol):
    """Bytes on their way, iterated once; FileTrouble from the iteration passes through."""

    @property
    def length(self) -> int:
        """Exactly how many bytes the iteration gives."""

    def __iter__(self) -> Iterator[bytes]: ...


class Uploads(Protocol):
    """tus 1.0.0 at Filed. Everything may also raise SignInNeeded, RateLimited, FiledUnreachable,
    FiledTrouble (5xx and unreadable answers), ProtocolBroken, FiledRefused and its kinds."""

    def with_creation(self) -> bool:
        """Whether the server offers creation-with-upload (asked once, by OPTIONS)."""

    def create(self, name: str, media_type: str, size: int, body: Body | None = None) -> Created:
        """POST. With a body (only if with_creation()) its bytes travel along."""

    def offset(self, upload_id: str, size: int) -> int:
        """HEAD. Raises UploadGone, UploadMismatch (length or offset contradict `size`)."""

    def send(self, upload_id: str, offset: int, size: int, body: Body) -> int:
        """PATCH of one chunk; the validated new offset. Raises UploadGone, UploadLocked,
        UploadMismatch (409 is told by UploadMismatch too: ask offset() and go on)."""


class Binders(Protocol):
    """Filed's platform graph. Everything may raise SignInNeeded, RateLimited, FiledUnreachable,
    FiledTrouble; the two mutations also OutcomeUnknown and FiledRefused."""

    def workspace(self) -> Workspace:
        """Who we are there (query me)."""

    def clients(self) -> Iterable[ClientRecord]:
        """Every client, page by page, each once."""

    def create_client(self, place: Client) -> ClientRecord:
        """createClient without uploads. FiledRefused is a definite no."""

    def add_documents(self, client_id: str, upload_ids: Sequence[str]) -> str:
        """addClientDocuments; the task's ID. An answer without a task ID is OutcomeUnknown."""

    def tasks(self, client_ids: Sequence[str], limit: int) -> TaskPage:
        """BINDER tasks of up to 50 clients in one request, at most `limit` for each client."""

    def server_time(self, at: float) -> float:
        """Our wall clock time `at` on Filed's clock, as far as its Date headers tell."""
