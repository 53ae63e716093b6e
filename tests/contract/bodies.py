"""Bodies for the contract: given bytes, bytes that end in an error, many bytes out of little."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from agent.errors import FileChanged

PART = 1 << 14  # bytes of one part of a body


class Bytes:
    """A body of given bytes in parts."""

    def __init__(self, data: bytes, part: int = PART) -> None:
        self._data, self._part = data, part

    @property
    def length(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._data), self._part):
            yield self._data[start : start + self._part]


class Changing(Bytes):
    """Announces all its bytes, gives the first `good` of them and then says the file changed."""

    def __init__(self, data: bytes, good: int, part: int = PART) -> None:
        super().__init__(data, part)
        self._good = good

    def __iter__(self) -> Iterator[bytes]:
        yield from Bytes(self._data[: self._good], self._part)
        raise FileChanged("the file changed on the way")


class Repeated:
    """`count` times the same block; the digest is taken on the way."""

    def __init__(self, block: bytes, count: int) -> None:
        self._block, self._count = block, count
        self.digest = hashlib.sha256()

    @property
    def length(self) -> int:
        return len(self._block) * self._count

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._count):
            self.digest.update(self._block)
            yield self._block


def sample(size: int, seed: int = 0) -> bytes:
    """Bytes that no shift or swap leaves alike; the same for the same arguments."""
    stream = hashlib.shake_128(seed.to_bytes(4, "big"))
    return stream.digest(size)


def sha256(data: bytes) -> str:
    """Hexadecimal, as the ledger keeps it."""
    return hashlib.sha256(data).hexdigest()
