"""A disk in memory, with signatures that behave like a POSIX file system's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from agent.errors import AgentError, DiskError, FileAbsent, FileTrouble, RootUnavailable
from agent.model.file import Kind, Listing, Sighting, Signature
from agent.model.hints import Hints
from agent.model.root import RootIdentity
from tests.kit.habits_of_disks import PLAIN, DiskHabits, Stale

ROOT = b"/clients"


@dataclass
class Inode:
    """Content and times; hard to tell from a file."""

    ino: int
    content: bytes
    mtime_ns: int
    ctime_ns: int
    dev: int = 1

    @property
    def signature(self) -> Signature:
        return Signature(len(self.content), self.mtime_ns, self.ctime_ns, self.dev, self.ino)


@dataclass(frozen=True)
class Foreign:
    """Another disk that stands at the place of ours: somebody else's files, another identity."""

    identity: RootIdentity
    files: dict[bytes, Inode] = field(default_factory=dict)


class MemorySource:
    """An open handle: it keeps the inode even if the path goes elsewhere."""

    def __init__(
        self,
        inode: Inode,
        between: Callable[[], None],
        reads: Iterator[AgentError | None],
        spoil: Callable[[bytes], bytes] = lambda block: block,
        signature: Callable[[], Signature] | None = None,
    ) -> None:
        self._inode = inode
        self._between = between
        self._reads = reads
        self._spoil = spoil
        self._told = signature

    def signature(self) -> Signature:
        return self._inode.signature if self._told is None else self._told()

    def read(self, offset: int, size: int) -> bytes:
        self._between()
        trouble = next(self._reads, None)
        if trouble is not None:
            raise trouble
        return self._spoil(self._inode.content[offset : offset + size])

    def __enter__(self) -> MemorySource:
        return self

    def __exit__(self, *error: object) -> None:
        return None


@dataclass
class MemoryDisk:
    """One root with files; fulfils agent.engine.ports.Disk and Watch.

    `between` is called before each read, so that a test can let somebody write meanwhile; `meet`
    before each other effect, and may raise. `deaf` loses events, as a share's other side does.
    `kinds` makes a path something else than a regular file, `busy` are paths that another program
    writes, `troubles` are raised by any look at a path or folder, `reads` by the next reads of a
    path, one each. `spoil` may change what is read. `strokes` counts what was done to the files:
    only people may do anything (S5).
    """

    files: dict[bytes, Inode] = field(default_factory=dict)
    there: bool = True
    emptied: bool = False
    deaf: bool = False
    closes: bool = False  # its events tell that files were closed
    between: Callable[[], None] = lambda: None
    tick_ns: int = 1_000
    identity: RootIdentity = field(default_factory=lambda: RootIdentity(1, 2))
    kinds: dict[bytes, Kind] = field(default_factory=dict)
    busy: set[bytes] = field(default_factory=set)
    troubles: dict[bytes, Exception] = field(default_factory=dict)
    reads: dict[bytes, Iterator[AgentError | None]] = field(default_factory=dict)
    foreign: Foreign | None = None  # what stands here instead just now; ours is still written
    path: bytes = ROOT
    habits: DiskHabits = PLAIN
    now: Callable[[], float] = lambda: 0.0  # needed for habits that depend on time
    meet: Callable[[str], None] = lambda effect: None
    spoil: Callable[[bytes], bytes] = lambda block: block
    lose: Callable[[], bool] = lambda: False  # whether this event is lost, with a gap told
    strokes: int = 0
    _inodes: int = 10
    _hints: set[tuple[bytes, bytes]] = field(default_factory=set)
    _gap: bool = False
    _folder_times: dict[bytes, int] = field(default_factory=dict)
    _stale: Stale = field(default_factory=Stale)

    # -- people write --------------------------------------------------------------------------

    def write(
        self,
        path: bytes,
        content: bytes,
        *,
        keep_inode: bool = True,
        mtime_ns: int | None = None,
    ) -> None:
        """Write or rewrite a file; without keep_inode as a new file renamed over the old."""
        stamp = self._stroke()
        path = self.spelled(path)
        old = self.files.get(path)
        mtime = stamp if mtime_ns is None else mtime_ns
        if old is not None and keep_inode:
            old.content, old.mtime_ns = content, mtime
            old.ctime_ns = self.habits.ctime(old.ctime_ns, stamp)
        else:
            self._inodes += 1
            self.files[path] = Inode(self._inodes, content, mtime, stamp, self.identity.dev)
            self._touch_folders(path, stamp)
        self._hint(path)

    def delete(self, path: bytes) -> None:
        """Remove a file."""
        stamp = self._stroke()
        del self.files[path]
        self._touch_folders(path, stamp)
        self._hint(path)

    def rename(self, old: bytes, new: bytes) -> None:
        """Move a file, over another one if need be."""
        stamp = self._stroke()
        inode = self.files.pop(old)
        self.files.pop(self.spelled(new), None)
        new = self.spelled(new, leaf=False)
        inode.ctime_ns = self.habits.ctime(inode.ctime_ns, stamp)
        self.files[new] = inode
        for path in (old, new):
            self._touch_folders(path, stamp)
            self._hint(path)

    def rename_folder(self, old: bytes, new: bytes) -> None:
        """Move everything below a folder; what lies at the new place and is not replaced stays."""
        stamp = self._stroke()
        moved = {path: self.files.pop(path) for path in list(self.files) if _below(path, old)}
        for path, inode in moved.items():
            target = self.spelled(new + path[len(old) :])
            self.files[target] = inode
            for one in (path, target):
                self._touch_folders(one, stamp)
                self._hint(one)

    def spelled(self, path: bytes, *, leaf: bool = True) -> bytes:
        """The path as this disk stores it; without `leaf` the last name is taken as given."""
        return self.habits.spelled(path, self.files, leaf=leaf)

    def remount(self, identity: RootIdentity, *, same_inodes: bool = True) -> None:
        """It is mounted anew: other numbers, the same files."""
        self.identity = identity
        for inode in self.files.values():
            inode.dev = identity.dev
            if not same_inodes:
                self._inodes += 1
                inode.ino = self._inodes

    def _stroke(self) -> int:
        self.strokes += 1
        self.tick_ns += 1_000_000
        return self.habits.stamp(self.tick_ns, self.now())

    def _touch_folders(self, path: bytes, stamp: int) -> None:
        """A folder's time moves with its entries, not with what is written into them."""
        while path and not self.habits.frozen_folders:
            path = path.rpartition(b"/")[0]
            self._folder_times[path] = stamp
            if any(other.startswith(path + b"/") for other in self.files):
                break

    def _hint(self, path: bytes) -> None:
        if self.lose():
            self._gap = True
        elif not self.deaf:
            self._hints.add((self.path, path))

    # -- Disk ----------------------------------------------------------------------------------

    def identify(self, root: bytes) -> RootIdentity:
        self.meet("identify")
        self._need_root(root)
        return self.identity if self.foreign is None else self.foreign.identity

    def list_folder(self, root: bytes, folder: bytes) -> Listing:
        self.meet("list")
        files = self._files(root)
        self._trouble(folder)
        prefix = self.habits.key(folder + b"/") if folder else b""
        inside = {
            path[len(prefix) :]: (path, inode)
            for path, inode in files.items()
            if self.habits.key(path).startswith(prefix)
        }
        if folder and not inside:
            raise FileAbsent
        subfolders = tuple(sorted({name.split(b"/")[0] for name in inside if b"/" in name}))
        sightings = tuple(
            Sighting(name, self._kind(path), self._told(path, inode))
            for name, (path, inode) in sorted(inside.items())
            if b"/" not in name
        )
        digest = hashlib.sha256(repr((sightings, subfolders)).encode()).digest()
        return Listing(folder, self._folder_mtime(folder), digest, sightings, subfolders)

    def folder_mtime(self, root: bytes, folder: bytes) -> int:
        if not self.habits.exact_folders:
            return self.list_folder(root, folder).mtime_ns
        self.meet("stat")
        files = self._files(root)
        self._trouble(folder)
        prefix = self.habits.key(folder + b"/")
        if folder and not any(self.habits.key(path).startswith(prefix) for path in files):
            raise FileAbsent
        return self._folder_mtime(folder)

    def is_empty(self, root: bytes) -> bool:
        self.meet("list")
        files = self._files(root)
        self._trouble(b"")
        return not files

    def folder_mtimes(self, root: bytes, folders: Sequence[bytes]) -> list[int | FileTrouble]:
        return [self._mtime_or_trouble(root, folder) for folder in folders]

    def _mtime_or_trouble(self, root: bytes, folder: bytes) -> int | FileTrouble:
        try:
            return self.folder_mtime(root, folder)
        except FileTrouble as trouble:
            return trouble

    def look(self, root: bytes, path: bytes) -> Sighting:
        self.meet("look")
        stored, inode = self._inode(root, path)
        return Sighting(path.rpartition(b"/")[2], self._kind(path), self._told(stored, inode))

    def open(self, root: bytes, path: bytes) -> MemorySource:
        self.meet("open")
        stored, inode = self._inode(root, path)
        reads = self.reads.get(path, iter(()))
        return MemorySource(
            inode, self._before_read, reads, self.spoil, lambda: self._told(stored, inode)
        )

    def in_use(self, root: bytes, path: bytes) -> bool:
        return path in self.busy

    def _before_read(self) -> None:
        self.meet("read")
        self.between()

    def _told(self, path: bytes, inode: Inode) -> Signature:
        if not self.habits.stale or self.foreign is not None:
            return inode.signature
        return self._stale.told(path, inode.signature, self.now(), self.habits.stale)

    def _folder_mtime(self, folder: bytes) -> int:
        if not self.habits.exact_folders:
            return self.tick_ns
        return self._folder_times.get(folder, 0)

    def _kind(self, path: bytes) -> Kind:
        return self.kinds.get(path, Kind.regular)

    def _trouble(self, path: bytes) -> None:
        if path in self.troubles:
            raise self.troubles[path]

    def _files(self, root: bytes) -> dict[bytes, Inode]:
        self._need_root(root)
        if self.foreign is not None:
            return self.foreign.files
        return {} if self.emptied else self.files

    def _inode(self, root: bytes, path: bytes) -> tuple[bytes, Inode]:
        files = self._files(root)
        stored = self.habits.find(path, files)
        if stored is None:
            raise FileAbsent
        self._trouble(path)
        return stored, files[stored]

    def _need_root(self, root: bytes) -> None:
        if root != self.path:
            raise DiskError("no such root in this test")
        if not self.there:
            raise RootUnavailable("The share is away.")

    # -- Watch ---------------------------------------------------------------------------------

    def arm(self, root: bytes) -> bool:
        return True

    def disarm(self, root: bytes) -> None:
        self._hints.clear()

    def take(self) -> Hints:
        hints, self._hints = self._hints, set()
        gaps, self._gap = frozenset({self.path} if self._gap else ()), False
        closed = frozenset(hints if self.closes else ())
        return Hints(paths=frozenset(hints), closed=closed, gaps=gaps)

    def limits(self) -> dict[bytes, str]:
        return {}


def _below(path: bytes, folder: bytes) -> bool:
    return path.startswith(folder + b"/")
