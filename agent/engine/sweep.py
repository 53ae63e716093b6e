"""One quick sweep of a root: the known folders' times, many at a go, and listings of what moved.

Finds what was created, deleted, renamed or saved atomically without an event; not a rewrite in
place, that is what events and deep scans are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from agent.engine.ports import Clock, Disk
from agent.errors import FileAbsent, FileTrouble
from agent.model.file import Listing
from agent.model.root import FolderRow

MOST = 512  # folders at a go: by then the opening of the root weighs nothing
LONG = 0.05  # seconds; a disk that takes longer for a go is asked for fewer at the next


class Sweep:
    """Goes over `known`; `record` is called with each listing of a folder that moved.

    `trees` are those to scan when the sweep is done: subfolders not known yet, and parents of
    folders that went away. Not sooner, or one with many such folders would be scanned many times.
    """

    def __init__(
        self,
        disk: Disk,
        root: bytes,
        known: Mapping[bytes, FolderRow],
        record: Callable[[Listing], None],
        clock: Clock,
    ) -> None:
        self._disk = disk
        self._root = root
        self._known = known
        self._record = record
        self._clock = clock
        self._folders = list(known)
        self._done = 0
        self._size = 1  # until it is known how quick the disk is
        self.trees: set[bytes] = set()
        self._below: dict[bytes, set[bytes]] | None = None

    @property
    def done(self) -> bool:
        """Whether every folder was asked for."""
        return self._done >= len(self._folders)

    def step(self) -> None:
        """Ask for some folders. Raises RootUnavailable, and what `record` raises: the next step
        then begins with the folder whose listing could not be recorded."""
        folders = self._folders[self._done : self._done + self._size]
        began = self._clock.monotonic()
        times = self._disk.folder_mtimes(self._root, folders)
        self._measure(self._clock.monotonic() - began)
        for folder, time in zip(folders, times, strict=True):
            if time != self._known[folder].mtime_ns:
                self._moved(folder, time)
            self._done += 1

    def _measure(self, seconds: float) -> None:
        if seconds > LONG:
            self._size = max(1, self._size // 2)
        elif seconds < LONG / 2:
            self._size = min(MOST, self._size * 2)

    def _moved(self, folder: bytes, time: int | FileTrouble) -> None:
        listing = time if isinstance(time, FileTrouble) else self._listed(folder)
        if isinstance(listing, FileAbsent):
            self.trees.add(folder.rpartition(b"/")[0])
            return
        if isinstance(listing, FileTrouble):
            return  # unknown: the deep scan will say
        self._record(listing)
        below = [folder + b"/" + name if folder else name for name in listing.subfolders]
        self.trees.update(path for path in below if path not in self._known)
        if not self._known_below(folder) <= set(below):
            # one went; where case does not count it still answers to its name
            self.trees.add(folder)

    def _listed(self, folder: bytes) -> Listing | FileTrouble:
        try:
            return self._disk.list_folder(self._root, folder)
        except FileTrouble as trouble:
            return trouble

    def _known_below(self, folder: bytes) -> set[bytes]:
        if self._below is None:  # most sweeps find nothing moved
            self._below = _by_parent(self._known)
        return self._below.get(folder, set())


def _by_parent(folders: Iterable[bytes]) -> dict[bytes, set[bytes]]:
    """Folders by the folder that they lie in."""
    found: dict[bytes, set[bytes]] = {}
    for folder in folders:
        if folder:
            found.setdefault(folder.rpartition(b"/")[0], set()).add(folder)
    return found
