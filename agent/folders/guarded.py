"""The disk of this machine, each call within a budget: a root that hangs is RootUnavailable.

Roots that are near (agent.folders.near) are called directly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from agent.errors import DiskError, FileTrouble, RootUnavailable
from agent.folders.disk import LocalDisk
from agent.folders.hands import Beat, Hands
from agent.folders.near import Near, NothingNear
from agent.model.file import Listing, Sighting, Signature
from agent.model.root import RootIdentity

Result = TypeVar("Result")

READ_BUDGET = 15.0  # seconds for one read: a quarter of a MiB over a very slow line


class Source(Protocol):
    """What LocalDisk.open() gives, on every system."""

    def signature(self) -> Signature:
        """The signature of the open handle, now."""

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`."""

    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Source: ...

    def __exit__(self, *error: object) -> None: ...


class GuardedDisk:
    """Fulfils engine.ports.Disk; every method may raise RootUnavailable because the root hangs.

    Only identify() still asks a root that hangs; its answer in time makes all others ask again.
    """

    def __init__(self, disk: LocalDisk, hands: Hands, near: Near | None = None) -> None:
        self._disk = disk
        self._hands = hands
        self._near = near or NothingNear()

    def identify(self, root: bytes) -> RootIdentity:
        """Who the root is, now. Raises RootUnavailable when it is not there or no folder."""
        if self._near.holds(root):
            return self._disk.identify(root)
        return self._hands.probe(root, lambda beat: self._disk.identify(root))

    def list_folder(self, root: bytes, folder: bytes) -> Listing:
        """As LocalDisk's; a large folder may take long, as long as it goes on."""
        return self._do(root, lambda beat: self._disk.list_folder(root, folder, beat))

    def folder_mtime(self, root: bytes, folder: bytes) -> int:
        """As LocalDisk's."""
        return self._do(root, lambda beat: self._disk.folder_mtime(root, folder))

    def is_empty(self, root: bytes) -> bool:
        """As LocalDisk's."""
        return self._do(root, lambda beat: self._disk.is_empty(root))

    def folder_mtimes(self, root: bytes, folders: Sequence[bytes]) -> Sequence[int | FileTrouble]:
        """As LocalDisk's; many folders may take long, as long as it goes on."""
        return self._do(root, lambda beat: self._disk.folder_mtimes(root, folders, beat))

    def look(self, root: bytes, path: bytes) -> Sighting:
        """As LocalDisk's."""
        return self._do(root, lambda beat: self._disk.look(root, path))

    def open(self, root: bytes, path: bytes) -> Source:
        """As LocalDisk's."""
        if self._near.holds(root):
            return self._disk.open(root, path)

        def opened(beat: Beat) -> Source:
            return self._disk.open(root, path)

        source = self._hands.do(root, opened, discard=lambda source: source.close())
        return GuardedSource(source, root, self._hands)

    def in_use(self, root: bytes, path: bytes) -> bool:
        """As LocalDisk's."""
        return self._do(root, lambda beat: self._disk.in_use(root, path))

    def _do(self, root: bytes, work: Callable[[Beat], Result]) -> Result:
        return work(_no_beat) if self._near.holds(root) else self._hands.do(root, work)


def _no_beat() -> None:
    """Nobody waits for a sign of life."""


class GuardedSource:
    """Fulfils engine.ports.Source; a root that hangs is DiskError, as the port has it."""

    def __init__(self, source: Source, root: bytes, hands: Hands) -> None:
        self._source = source
        self._root = root
        self._hands = hands

    def signature(self) -> Signature:
        """The signature of the open handle, now. Raises DiskError."""
        try:
            return self._hands.do(self._root, lambda beat: self._source.signature())
        except RootUnavailable as error:
            raise DiskError(error.said) from error

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end. Raises DiskError, FileBusy."""
        try:
            return self._hands.do(
                self._root, lambda beat: self._source.read(offset, size), budget=READ_BUDGET
            )
        except RootUnavailable as error:
            raise DiskError(error.said) from error

    def close(self) -> None:
        """Let go of the file; on a root that hangs that happens when it can."""
        self._hands.finish(self._root, self._source.close)

    def __enter__(self) -> GuardedSource:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
