"""What the upload workers know of each other: memory only, a restart forgets it."""

from __future__ import annotations

import threading

from agent.engine.sending import Digest
from agent.model.document import Document


class Claims:
    """Which documents are in a worker's hands right now; memory only, a restart forgets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: set[int] = set()
        self._anew: dict[int, int] = {}
        self._left: dict[int, tuple[str | None, int, Digest]] = {}

    def take(self, documents: list[Document]) -> Document | None:
        """The first document that nobody has in hand."""
        with self._lock:
            for document in documents:
                if document.id not in self._taken:
                    self._taken.add(document.id)
                    return document
        return None

    def release(self, document: Document) -> None:
        """Put it back."""
        with self._lock:
            self._taken.discard(document.id)

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

    def __len__(self) -> int:
        with self._lock:
            return len(self._taken)
