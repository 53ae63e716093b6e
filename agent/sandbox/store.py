"""Uploads: their bytes in a folder on disk, everything else in memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from agent.sandbox.connection import Connection
from agent.sandbox.ids import uuid7


class TooLongError(Exception):
    """More bytes came than the upload was created for."""


@dataclass
class Upload:
    """One tus upload; ``gone`` is empty, ``expired`` or ``deleted``."""

    id: str
    workspace_id: str
    length: int
    path: Path
    created: float
    touched: float
    metadata: dict[str, str] = field(default_factory=dict)
    raw_metadata: str = ""
    offset: int = 0
    gone: str = ""
    attached: bool = False
    sha256: str | None = None
    holder: Connection | None = None

    @property
    def complete(self) -> bool:
        """Whether every byte is here."""
        return self.offset == self.length

    @property
    def filename(self) -> str:
        """The name that the client gave, which may be anything."""
        return self.metadata.get("filename", "")

    @property
    def state(self) -> str:
        """One word for people: deleted, expired, attached, complete or incomplete."""
        return self.gone or (
            "attached" if self.attached else "complete" if self.complete else "incomplete"
        )


class UploadStore:
    """All uploads of one sandbox; the lock is shared with the records."""

    def __init__(self, folder: Path, clock: Callable[[], float], lock: threading.RLock) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = lock
        self._uploads: dict[str, Upload] = {}
        self.bytes_received = 0
        folder.mkdir(parents=True, exist_ok=True)

    def create(
        self, workspace_id: str, length: int, raw_metadata: str, metadata: dict[str, str]
    ) -> Upload:
        """A new upload without bytes."""
        now = self._clock()
        name = uuid7(now)
        upload = Upload(
            name, workspace_id, length, self._folder / name, now, now, metadata, raw_metadata
        )
        upload.path.touch()
        with self._lock:
            self._uploads[name] = upload
        return upload

    def get(self, upload_id: str) -> Upload | None:
        """The upload of an ID, also when it is gone."""
        with self._lock:
            return self._uploads.get(upload_id)

    def all(self) -> list[Upload]:
        """Every upload ever created, oldest first."""
        with self._lock:
            return list(self._uploads.values())

    def age(self, upload: Upload, lifetime: float) -> None:
        """Expire an upload whose last byte came longer than ``lifetime`` seconds ago."""
        if not upload.gone and self._clock() >= upload.touched + lifetime:
            self.remove(upload, "expired")

    def append(self, upload: Upload, sink: FileIO, data: bytes) -> None:
        """Keep the bytes that fit; raises TooLongError when some do not."""
        room = upload.length - upload.offset
        view = memoryview(data)[:room]
        while view:
            written = sink.write(view)
            upload.offset += written
            self.bytes_received += written
            view = view[written:]
        upload.touched = self._clock()
        if len(data) > room:
            raise TooLongError

    def remove(self, upload: Upload, why: str) -> None:
        """Make an upload unreachable; bytes that are in a binder stay, as Filed would keep them."""
        with self._lock:
            upload.gone = why
            if not upload.attached:
                upload.path.unlink(missing_ok=True)

    def digest(self, upload: Upload) -> str | None:
        """SHA-256 of a complete upload, read from disk once; None when there is nothing to read."""
        if upload.sha256 is None and upload.complete:
            try:
                with upload.path.open("rb") as file:
                    upload.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            except FileNotFoundError:
                return None
        return upload.sha256
