"""A file: a path as last observed, and where it may go from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from agent.model.moves import check_move


class FileState(StrEnum):
    """What is known of a path."""

    settling = "settling"  # seen; may still be written
    held = "held"  # a doubt or a rule waits, with its reason
    ignored = "ignored"  # a name rule, a type rule or a person said no
    known = "known"  # at rest and hashed; points at its document
    missing = "missing"  # not there in a complete scan of a root that is surely there


MOVES: dict[FileState, frozenset[FileState]] = {
    FileState.settling: frozenset(
        {FileState.settling, FileState.known, FileState.held, FileState.ignored, FileState.missing}
    ),
    FileState.held: frozenset(
        {FileState.held, FileState.settling, FileState.ignored, FileState.missing}
    ),
    FileState.ignored: frozenset({FileState.settling, FileState.missing}),
    FileState.known: frozenset({FileState.settling, FileState.ignored, FileState.missing}),
    FileState.missing: frozenset({FileState.settling, FileState.held, FileState.ignored}),
}

NEEDS: dict[FileState, tuple[str, ...]] = {
    FileState.settling: (),
    FileState.held: ("reason",),
    FileState.ignored: ("reason",),
    FileState.known: ("document_id", "client_id"),
    FileState.missing: (),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """What must stay equal while a file counts as unchanged (one lstat or fstat).

    `size` is in bytes, the times in nanoseconds as the file system tells them. On Windows
    `ctime_ns` is the creation time. Two equal signatures are never proof of equal content
    across machines; they are proof enough that nobody wrote between two looks.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    dev: int
    ino: int


class Kind(StrEnum):
    """What lies at a path; everything but `regular` is never read."""

    regular = "regular"
    link = "link"  # symbolic link, junction, other reparse point
    other = "other"  # pipe, socket, device
    folder = "folder"  # a folder that could not be listed; stands in the list like a file
    online_only = "online-only"  # a cloud placeholder without its bytes


@dataclass(frozen=True, slots=True)
class Sighting:
    """One look at one path."""

    name: bytes  # os.fsencode of the last path component
    kind: Kind
    signature: Signature


@dataclass(frozen=True, slots=True)
class Listing:
    """One complete look into one folder; a listing that failed is an error, never a Listing.

    `folder` is relative to the root, os.fsencode bytes, parts joined by b"/", b"" for the root
    itself. `digest` changes when any sighting or subfolder name does (watch.md 5.2).
    """

    folder: bytes
    mtime_ns: int
    digest: bytes
    sightings: Sequence[Sighting]
    subfolders: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A row of the ledger's `files`."""

    id: int
    root_id: int
    folder: bytes
    name: bytes
    state: FileState
    signature: Signature
    kind: Kind = Kind.regular
    reason: str | None = None  # why held or ignored: a stable code of agent.model.reasons
    document_id: int | None = None
    client_id: int | None = None
    due_at: float = 0.0  # wall clock, seconds: not looked at again before (held)
    attempts: int = 0
    version: int = 0

    @property
    def path(self) -> bytes:
        """The path relative to the root, b"/" between its parts."""
        return self.folder + b"/" + self.name if self.folder else self.name

    def to(self, state: FileState, **facts: Any) -> File:
        """The same file in another state; the only door, it consults MOVES and NEEDS.

        Raises ValueError for a move that the table does not have or a fact that is missing.
        """
        if state not in (FileState.held, FileState.ignored):
            facts.setdefault("reason", None)
        moved = replace(self, state=state, **facts)
        check_move(self.state, state, MOVES, NEEDS, moved)
        return moved
