"""What is on the line right now, for people to watch; nothing is decided by it."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sending:
    """One document on its way: bytes at Filed and in all."""

    document_id: int
    offset: int
    size: int


class Progress:
    """Bytes as they leave; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sending: dict[int, Sending] = {}
        self._bytes = 0

    def sent(self, document_id: int, offset: int, size: int, count: int) -> None:
        """`count` more bytes of this document have left; `offset` of `size` are gone in all."""
        with self._lock:
            self._bytes += count
            self._sending[document_id] = Sending(document_id, offset, size)

    def done(self, document_id: int) -> None:
        """The document is no longer on the line."""
        with self._lock:
            self._sending.pop(document_id, None)

    @property
    def bytes_sent(self) -> int:
        """Bytes that left since the start, bytes sent again included."""
        with self._lock:
            return self._bytes

    @property
    def sending(self) -> tuple[Sending, ...]:
        """Documents on the line now."""
        with self._lock:
            return tuple(self._sending.values())
