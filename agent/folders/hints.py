"""The places that may have changed, kept small: many hints become one coarser hint."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.model.hints import Hints

FOLDER_LIMIT = 128  # hinted files of one folder, beyond which the folder is hinted instead
ROOT_LIMIT = 5_000  # hinted places of one root, beyond which a gap is hinted instead


@dataclass(slots=True)
class _Dirt:
    """What waits for one root; `size` counts file names, folders and trees."""

    names: dict[bytes, dict[bytes, bool]] = field(default_factory=dict)  # folder, name: closed?
    folders: set[bytes] = field(default_factory=set)
    trees: set[bytes] = field(default_factory=set)
    size: int = 0


class DirtySet:
    """Hints between event threads, which only put, and the one that takes them.

    Bounded: a burst costs memory for ROOT_LIMIT names a root and no more. `on_hint` is called
    when the set stops being empty, thus at most once between two takes, from an event thread
    and outside the lock.
    """

    def __init__(self) -> None:
        self.on_hint: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._dirt: dict[bytes, _Dirt] = {}
        self._gaps: set[bytes] = set()
        self._told = False

    def path(self, root: bytes, folder: bytes, name: bytes, *, closed: bool = False) -> None:
        """The file `name` in `folder` may have changed; `closed`: a writer is done with it."""
        with self._lock:
            told = self._add_path(root, folder, name, closed)
        self._tell(told)

    def folder(self, root: bytes, folder: bytes) -> None:
        """The folder is to be listed, without what is below it."""
        with self._lock:
            told = self._add_folder(root, folder)
        self._tell(told)

    def tree(self, root: bytes, folder: bytes) -> None:
        """The folder is to be scanned with everything below it."""
        with self._lock:
            told = self._add_tree(root, folder)
        self._tell(told)

    def gap(self, root: bytes) -> None:
        """Events of the root were lost; it covers every other hint of that root."""
        with self._lock:
            told = self._add_gap(root)
        self._tell(told)

    def take(self) -> Hints:
        """Everything put since the last call; forgets it."""
        with self._lock:
            dirt, self._dirt = self._dirt, {}
            gaps, self._gaps = self._gaps, set()
            self._told = False
        return Hints(
            frozenset(
                (root, folder + b"/" + name if folder else name)
                for root, of in dirt.items()
                for folder, names in of.names.items()
                for name in names
            ),
            frozenset((root, folder) for root, of in dirt.items() for folder in of.folders),
            frozenset((root, folder) for root, of in dirt.items() for folder in of.trees),
            frozenset(gaps),
            frozenset(
                (root, folder + b"/" + name if folder else name)
                for root, of in dirt.items()
                for folder, names in of.names.items()
                for name, closed in names.items()
                if closed
            ),
        )

    # Each of these says whether something is waiting that was not told yet; the lock is held.

    def _add_path(self, root: bytes, folder: bytes, name: bytes, closed: bool) -> bool:
        if root in self._gaps:
            return False
        dirt = self._dirt.setdefault(root, _Dirt())
        if folder in dirt.folders:
            return False
        names = dirt.names.setdefault(folder, {})
        if name in names:
            names[name] = closed
            return False
        if len(names) >= FOLDER_LIMIT:
            return self._add_folder(root, folder)
        names[name] = closed
        return self._grown(root, dirt)

    def _add_folder(self, root: bytes, folder: bytes) -> bool:
        if root in self._gaps:
            return False
        dirt = self._dirt.setdefault(root, _Dirt())
        if folder in dirt.folders:
            return False
        dirt.size -= len(dirt.names.pop(folder, ()))
        dirt.folders.add(folder)
        return self._grown(root, dirt)

    def _add_tree(self, root: bytes, folder: bytes) -> bool:
        if root in self._gaps:
            return False
        dirt = self._dirt.setdefault(root, _Dirt())
        if folder in dirt.trees:
            return False
        dirt.trees.add(folder)
        return self._grown(root, dirt)

    def _add_gap(self, root: bytes) -> bool:
        self._dirt.pop(root, None)
        self._gaps.add(root)
        return self._first()

    def _grown(self, root: bytes, dirt: _Dirt) -> bool:
        dirt.size += 1
        return self._add_gap(root) if dirt.size > ROOT_LIMIT else self._first()

    def _first(self) -> bool:
        told, self._told = self._told, True
        return not told

    def _tell(self, told: bool) -> None:
        if told and self.on_hint is not None:
            self.on_hint()
