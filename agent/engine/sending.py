"""One document's bytes on their way: hashed while they leave, checked before they count.

What makes a torn read impossible (S2): an upload is bound to the signature of the file that it
was read from; the open file must still have it after every chunk; the rolling SHA-256 of everything
that Filed acknowledged must be the document's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Protocol

from agent.engine.bandwidth import Bandwidth
from agent.engine.ports import Source
from agent.errors import FileChanged
from agent.model.file import Signature

BLOCK = 256 << 10  # bytes read and sent at once


class Digest(Protocol):
    """A running hash (hashlib's)."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes in."""

    def copy(self) -> Digest:
        """An independent hash of the same bytes so far."""

    def hexdigest(self) -> str:
        """The hash of all bytes so far."""


class ChunkBody:
    """`length` bytes of a source from `start`, hashed as they are handed out.

    A file that ends early raises FileChanged from the iteration, so that the request breaks off
    instead of announcing bytes that never come.
    """

    def __init__(
        self,
        source: Source,
        start: int,
        length: int,
        digest: Digest,
        sent: Callable[[int, int], None] = lambda offset, count: None,
        bandwidth: Bandwidth | None = None,
    ) -> None:
        self._source = source
        self._start = start
        self._length = length
        self._sent = sent
        self._bandwidth = bandwidth
        self.offset = start  # up to which the digest goes: what was handed out, arrived or not
        self.digest = digest.copy()

    @property
    def length(self) -> int:
        """How many bytes the iteration gives."""
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        offset, end = self._start, self._start + self._length
        while offset < end:
            block = self._source.read(offset, min(self._block(), end - offset))
            if not block:
                raise FileChanged
            if self._bandwidth is not None:
                self._bandwidth.take(len(block))
            self.digest.update(block)
            offset += len(block)
            self.offset = offset
            self._sent(offset, len(block))
            yield block

    def _block(self) -> int:
        return BLOCK if self._bandwidth is None else self._bandwidth.block(BLOCK)


def prefix_digest(source: Source, start: int, end: int, digest: Digest | None = None) -> Digest:
    """The running hash of the bytes up to `end`, read again from `start`.

    `digest` is the hash up to `start` (copied, not changed); a new one when None. Raises
    FileChanged when the file ends early.
    """
    running: Digest = digest.copy() if digest else hashlib.sha256()
    offset = start
    while offset < end:
        block = source.read(offset, min(BLOCK, end - offset))
        if not block:
            raise FileChanged
        running.update(block)
        offset += len(block)
    return running


def signature_text(signature: Signature) -> str:
    """A signature as the ledger keeps it beside an upload."""
    return ":".join(
        str(part)
        for part in (
            signature.size,
            signature.mtime_ns,
            signature.ctime_ns,
            signature.dev,
            signature.ino,
        )
    )


def must_be(source: Source, signature: Signature) -> None:
    """Raise FileChanged unless the open file is still the one that was hashed."""
    if source.signature() != signature:
        raise FileChanged
