"""One deep scan of a root, or of a tree in it, step by step so that hints are not kept waiting.

A folder that could not be read makes everything below it unknown, never missing (watch.md 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from agent.engine.ports import Disk
from agent.errors import FileAbsent, FileTrouble
from agent.model.file import Listing
from agent.model.ignoring import Ignoring
from agent.model.root import FolderRow

Record = Callable[[Listing], None]


class Scan:
    """Walks a tree; `record` is called with each listing whose digest is new."""

    def __init__(
        self,
        disk: Disk,
        root: bytes,
        known: Mapping[bytes, FolderRow],
        ignoring: Ignoring,
        record: Record,
        tree: bytes = b"",
    ) -> None:
        self._disk = disk
        self._root = root
        self._known = known
        self._ignoring = ignoring
        self._record = record
        self._tree = tree
        self._pending = [tree]
        self._seen: set[bytes] = set()
        self.unknown: dict[bytes, FileTrouble] = {}  # folders that could not be listed, and why
        self.entries = 0

    @property
    def done(self) -> bool:
        """Whether every folder was looked at."""
        return not self._pending

    @property
    def whole(self) -> bool:
        """Whether it is a scan of the whole root."""
        return self._tree == b""

    def step(self) -> None:
        """Look at one folder. Raises RootUnavailable when the root went away meanwhile."""
        folder = self._pending.pop()
        try:
            listing = self._disk.list_folder(self._root, folder)
        except FileAbsent:
            return  # its parent's next listing says the same; it counts as not seen
        except FileTrouble as trouble:
            self.unknown[folder] = trouble
            return
        self._seen.add(folder)
        self.entries += len(listing.sightings) + len(listing.subfolders)
        row = self._known.get(folder)
        if row is None or row.digest != listing.digest:
            self._record_or_again(listing)
        for name in listing.subfolders:
            if not self._ignoring.skips_folder(name):
                self._pending.append(folder + b"/" + name if folder else name)

    def has_seen(self, folder: bytes) -> bool:
        """Whether this scan listed the folder, or would have if it were there."""
        below_unknown = any(_within(folder, unknown) for unknown in self.unknown)
        return _within(folder, self._tree) and not below_unknown

    def _record_or_again(self, listing: Listing) -> None:
        """A listing that could not be written is made again, or its tree would count as gone."""
        try:
            self._record(listing)
        except Exception:
            self._seen.discard(listing.folder)
            self._pending.append(listing.folder)
            raise

    def gone(self) -> list[bytes]:
        """Folders that the ledger knows below the tree and this complete scan did not see."""
        return [folder for folder in self._known if self._is_gone(folder)]

    def _is_gone(self, folder: bytes) -> bool:
        return folder not in self._seen and self.has_seen(folder)


def _within(folder: bytes, tree: bytes) -> bool:
    return not tree or folder == tree or folder.startswith(tree + b"/")


def still_absent(disk: Disk, root: bytes, folders: Iterable[bytes]) -> list[bytes]:
    """Those of the folders that are surely not there, asked once more.

    Asked by listing what lies above: where names fold, a path that was renamed in its letters is
    still found, but no longer listed. What cannot be listed is unknown. Raises RootUnavailable.
    """
    listed: dict[bytes, frozenset[bytes] | None] = {}

    def absent(folder: bytes) -> bool:
        parent, _, name = folder.rpartition(b"/")
        if parent and absent(parent):
            return True
        if parent not in listed:
            try:
                listed[parent] = frozenset(disk.list_folder(root, parent).subfolders)
            except FileAbsent:
                listed[parent] = frozenset()
            except FileTrouble:
                listed[parent] = None
        there = listed[parent]
        return there is not None and name not in there

    return [folder for folder in folders if absent(folder)]
