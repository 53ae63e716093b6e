"""What the upload workers know of each other: memory only, a restart forgets it."""

from __future__ import annotations

import threading

from agent.engine.sending import Digest
from agent.model.document import Document


class Claims:
    """How often an upload went wrong, and the hash of what left; a restart forgets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._anew: dict[int, int] = {}
        self._left: dict[int, tuple[str | None, int, Digest]] = {}

    def once_more(self, document: Document) -> int:
        """How often its upload went wrong so that it has to begin again, this time included."""
        with self._lock:
            self._anew[document.id] = self._anew.get(document.id, 0) + 1
            return self._anew[document.id]

    def note_left(self, document: Document, offset: int, digest: Digest) -> None:
        """The hash of the bytes that really left for its upload, up to `offset`."""
        with self._lock:
            self._left[document.id] = (document.upload_id, offset, digest)

    def digest_of(self, document: Document, offset: int) -> Digest | None:
        """The hash of what left, if it goes exactly up to `offset` of this very upload."""
        with self._lock:
            upload_id, end, digest = self._left.get(document.id, (None, -1, None))
        return digest if (upload_id, end) == (document.upload_id, offset) else None

    def forget(self, document: Document) -> None:
        """It got through, or begins anew."""
        with self._lock:
            self._anew.pop(document.id, None)
            self._left.pop(document.id, None)
