"""A watched root: a folder that the configuration names, and whether it is surely there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RootIdentity:
    """What must stay equal for "the same folder as before": device and inode (or file ID)."""

    dev: int
    ino: int


@dataclass(frozen=True, slots=True)
class Root:
    """A row of the ledger's `roots`. `path` is absolute, os.fsencode bytes.

    `unavailable` is the sentence that says why it cannot be looked at, None while it can.
    `scanned_at` is the wall clock of the last complete scan, in seconds, None before the first.
    """

    id: int
    path: bytes
    identity: RootIdentity | None = None
    unavailable: str | None = None
    scanned_at: float | None = None


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A row of the ledger's `folders`: what the last complete listing of one folder was.

    `quiet_seconds` is the settle time learned there (watch.md 3), None for the default.
    """

    folder: bytes
    mtime_ns: int
    digest: bytes
    quiet_seconds: float | None = None
