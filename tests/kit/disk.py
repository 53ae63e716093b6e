"""A disk in memory, with signatures that behave like a POSIX file system's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agent.errors import AgentError, DiskError, FileAbsent, RootUnavailable
from agent.model.file import Kind, Listing, Sighting, Signature
from agent.model.hints import Hints
from agent.model.root import RootIdentity

ROOT = b"/clients"


@dataclass
class Inode:
    """Content and times; hard to tell from a file."""

    ino: int
    content: bytes
    mtime_ns: int
    ctime_ns: int

    @property
    def signature(self) -> Signature:
        return Signature(len(self.content), self.mtime_ns, self.ctime_ns, 1, self.ino)


class MemorySource:
    """An open handle: it keeps the inode even if the path goes elsewhere."""

    def __init__(
        self, inode: Inode, between: Callable[[], None], reads: Iterator[AgentError | None]
    ) -> None:
        self._inode = inode
        self._between = between
        self._reads = reads

    def signature(self) -> Signature:
        return self._inode.signature

    def read(self, offset: int, size: int) -> bytes:
        self._between()
        trouble = next(self._reads, None)
        if trouble is not None:
            raise trouble
        return self._inode.content[offset : offset + size]

    def __enter__(self) -> MemorySource:
        return self

    def __exit__(self, *error: object) -> None:
        return None


@dataclass
class MemoryDisk:
    """One root with files; fulfils agent.engine.ports.Disk and Watch.

    `between` is called before each read, so that a test can let somebody write meanwhile.
    `deaf` loses events, as a share's other side does. `kinds` makes a path something else than a
    regular file, `busy` are paths that another program writes, `troubles` are raised by any look at
    a path or folder, `reads` by the next reads of a path, one each.
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
    _inodes: int = 10
    _hints: set[tuple[bytes, bytes]] = field(default_factory=set)

    # -- people write --------------------------------------------------------------------------

    def write(self, path: bytes, content: bytes, *, keep_inode: bool = True) -> None:
        """Write or rewrite a file; without keep_inode as a new file renamed over the old."""
        self.tick_ns += 1_000_000
        old = self.files.get(path)
        if old is not None and keep_inode:
            old.content, old.mtime_ns, old.ctime_ns = content, self.tick_ns, self.tick_ns
        else:
            self._inodes += 1
            self.files[path] = Inode(self._inodes, content, self.tick_ns, self.tick_ns)
        self._hint(path)

    def delete(self, path: bytes) -> None:
        """Remove a file."""
        del self.files[path]
        self._hint(path)

    def rename(self, old: bytes, new: bytes) -> None:
        """Move a file, over another one if need be."""
        self.tick_ns += 1_000_000
        inode = self.files.pop(old)
        inode.ctime_ns = self.tick_ns
        self.files[new] = inode
        self._hint(old)
        self._hint(new)

    def _hint(self, path: bytes) -> None:
        if not self.deaf:
            self._hints.add((ROOT, path))

    # -- Disk ----------------------------------------------------------------------------------

    def identify(self, root: bytes) -> RootIdentity:
        self._need_root(root)
        return self.identity

    def list_folder(self, root: bytes, folder: bytes) -> Listing:
        files = self._files(root)
        self._trouble(folder)
        prefix = folder + b"/" if folder else b""
        inside = [path for path in files if path.startswith(prefix)]
        if folder and not inside:
            raise FileAbsent
        names = {path[len(prefix) :] for path in inside}
        subfolders = tuple(sorted({name.split(b"/")[0] for name in names if b"/" in name}))
        sightings = tuple(
            Sighting(name, self._kind(prefix + name), files[prefix + name].signature)
            for name in sorted(names)
            if b"/" not in name
        )
        digest = hashlib.sha256(repr((sightings, subfolders)).encode()).digest()
        return Listing(folder, self.tick_ns, digest, sightings, subfolders)

    def folder_mtime(self, root: bytes, folder: bytes) -> int:
        return self.list_folder(root, folder).mtime_ns

    def look(self, root: bytes, path: bytes) -> Sighting:
        inode = self._inode(root, path)
        return Sighting(path.rpartition(b"/")[2], self._kind(path), inode.signature)

    def open(self, root: bytes, path: bytes) -> MemorySource:
        reads = self.reads.get(path, iter(()))
        return MemorySource(self._inode(root, path), self.between, reads)

    def in_use(self, root: bytes, path: bytes) -> bool:
        return path in self.busy

    def _kind(self, path: bytes) -> Kind:
        return self.kinds.get(path, Kind.regular)

    def _trouble(self, path: bytes) -> None:
        if path in self.troubles:
            raise self.troubles[path]

    def _files(self, root: bytes) -> dict[bytes, Inode]:
        self._need_root(root)
        return {} if self.emptied else self.files

    def _inode(self, root: bytes, path: bytes) -> Inode:
        files = self._files(root)
        if path not in files:
            raise FileAbsent
        self._trouble(path)
        return files[path]

    def _need_root(self, root: bytes) -> None:
        if root != ROOT:
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
        return Hints(paths=frozenset(hints), closed=frozenset(hints if self.closes else ()))

    def limits(self) -> dict[bytes, str]:
        return {}
