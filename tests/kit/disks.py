"""Several watched roots, each a disk of its own, behind the two ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.errors import FileTrouble
from agent.model.file import Listing, Sighting
from agent.model.hints import Hints
from agent.model.root import RootIdentity
from tests.kit.disk import MemoryDisk, MemorySource


class MemoryDisks:
    """Fulfils agent.engine.ports.Disk and Watch. The engine gets this and nothing that writes."""

    def __init__(self, *disks: MemoryDisk) -> None:
        self._disks = {disk.path: disk for disk in disks}

    def identify(self, root: bytes) -> RootIdentity:
        return self._disks[root].identify(root)

    def list_folder(self, root: bytes, folder: bytes) -> Listing:
        return self._disks[root].list_folder(root, folder)

    def folder_mtime(self, root: bytes, folder: bytes) -> int:
        return self._disks[root].folder_mtime(root, folder)

    def is_empty(self, root: bytes) -> bool:
        return self._disks[root].is_empty(root)

    def folder_mtimes(self, root: bytes, folders: Sequence[bytes]) -> Sequence[int | FileTrouble]:
        return self._disks[root].folder_mtimes(root, folders)

    def look(self, root: bytes, path: bytes) -> Sighting:
        return self._disks[root].look(root, path)

    def open(self, root: bytes, path: bytes) -> MemorySource:
        return self._disks[root].open(root, path)

    def in_use(self, root: bytes, path: bytes) -> bool:
        return self._disks[root].in_use(root, path)

    def arm(self, root: bytes) -> bool:
        return self._disks[root].arm(root)

    def disarm(self, root: bytes) -> None:
        self._disks[root].disarm(root)

    def take(self) -> Hints:
        hints = Hints()
        for disk in self._disks.values():
            hints |= disk.take()
        return hints

    def limits(self) -> Mapping[bytes, str]:
        return {}
