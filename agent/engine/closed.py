"""Files that the system told to be closed after writing, or renamed into place: memory only.

It shortens the quiet time (watch.md 3); forgetting it costs nothing but that.
"""

from __future__ import annotations

import threading

from agent.model.file import File, Signature

MOST = 50_000


class Closed:
    """Between the look worker, which notes, and the settle worker, which asks; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._signatures: dict[tuple[int, bytes], Signature] = {}

    def note(self, root_id: int, path: bytes, signature: Signature) -> None:
        """The file was closed and looked like this right afterwards."""
        with self._lock:
            if len(self._signatures) >= MOST:
                self._signatures.clear()
            self._signatures[root_id, path] = signature

    def is_closed(self, file: File, signature: Signature) -> bool:
        """Whether it was closed, and looks as it did then."""
        with self._lock:
            return self._signatures.get((file.root_id, file.path)) == signature

    def forget(self, file: File) -> None:
        """It is settled."""
        with self._lock:
            self._signatures.pop((file.root_id, file.path), None)
