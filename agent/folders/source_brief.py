"""A regular file on a share, opened anew for every look (POSIX)."""

from __future__ import annotations

import sys
from collections.abc import Callable

from agent.errors import FileChanged
from agent.model.file import Signature

if sys.platform != "win32":
    from agent.folders.source_posix import PosixSource

assert sys.platform != "win32"


class BriefSource:
    """Fulfils engine.ports.Source without keeping the file open in between.

    A file server keeps the name of a deleted file until its last handle is closed, and refuses
    whoever wants a file for himself meanwhile; an upload may last for hours. The kernel keeps
    such a handle for a moment by itself, and gives it up as soon as somebody else asks.

    Every read is of the very file that was opened first: same signature, or FileChanged.
    """

    def __init__(self, first: Signature, opened: Callable[[], PosixSource]) -> None:
        self._first = first
        self._opened = opened

    def signature(self) -> Signature:
        """The signature of what lies there now. Raises as PosixDisk.open does."""
        with self._opened() as source:
            return source.signature()

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end.

        Raises FileChanged, and what PosixDisk.open raises.
        """
        with self._opened() as source:
            if source.signature() != self._first:
                raise FileChanged
            return source.read(offset, size)

    def close(self) -> None:
        """Nothing to do: nothing is open."""

    def __enter__(self) -> BriefSource:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
