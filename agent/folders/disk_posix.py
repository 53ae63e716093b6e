"""The watched roots on Linux and macOS."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from agent.errors import (
    AgentError,
    DiskError,
    FileAbsent,
    FileBusy,
    FileTrouble,
    NotRegular,
    OnlineOnly,
)
from agent.folders.listing import Found, fit, kind_of, listing_of, signature_of
from agent.model.file import Kind, Listing, Sighting
from agent.model.root import RootIdentity

if sys.platform != "win32":
    from agent.folders.folder_times import folder_times
    from agent.folders.second_name import refuse_second_name
    from agent.folders.source_brief import BriefSource
    from agent.folders.source_posix import PosixSource
    from agent.folders.walk import Walk
if sys.platform == "linux":
    from agent.folders.mounts import MOUNT_TABLE, kind_of_device

assert sys.platform != "win32"

# O_NONBLOCK keeps a pipe from holding the open, O_NOCTTY a terminal from becoming ours.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# What can befall one entry of a folder that is otherwise well; a dead server answers differently.
_OF_ONE_ENTRY = frozenset({errno.EIO, errno.EACCES, errno.EPERM, errno.ESTALE, errno.EBUSY})


class PosixDisk:
    """Fulfils engine.ports.Disk with descriptors that start at the root every time.

    No descriptor outlives a call (but a Source's on a local disk), so an exchanged root is noticed
    at once. `mounts` replaces the system's mount table.
    """

    def __init__(self, mounts: str | None = None) -> None:
        self._mounts = mounts
        self._remote: dict[int, bool] = {}  # by device: asked once, the table may be long

    def identify(self, root: bytes) -> RootIdentity:
        """Who the root is, now. Raises RootUnavailable when it is not there or no folder."""
        with Walk(root) as walk:
            device, inode = walk.identity
        return RootIdentity(fit(device), fit(inode))

    def list_folder(
        self, root: bytes, folder: bytes, beat: Callable[[], None] = lambda: None
    ) -> Listing:
        """One folder, completely; links are listed but not followed. `beat` is called for each
        entry, so that whoever waits for a large folder sees that it goes on.

        What vanishes between its listing and its stat is left out; what cannot be looked at stands
        in it with a signature of noughts, so that it holds up no other (L6). Raises FileAbsent,
        RootUnavailable, FileDenied, DiskError, and NotRegular for a folder on another device.
        """
        with self._walk(root, folder) as walk:
            return _listed(walk, folder, beat)

    def folder_mtime(self, root: bytes, folder: bytes) -> int:
        """The folder's mtime in nanoseconds. Raises as list_folder does."""
        with self._walk(root, folder) as walk:
            walk.through(folder)
            return fit(walk.facts.st_mtime_ns)

    def is_empty(self, root: bytes) -> bool:
        """Whether nothing at all lies in the root; however much does, one name is enough.

        Raises as list_folder does.
        """
        with Walk(root) as walk, os.scandir(walk.folder(b"")) as entries:
            return next(entries, None) is None

    def folder_mtimes(
        self, root: bytes, folders: Sequence[bytes], beat: Callable[[], None] = lambda: None
    ) -> list[int | FileTrouble]:
        """folder_mtime() of each, or what is the matter with it; `beat` is called for each.

        Raises RootUnavailable, also when the root was exchanged meanwhile.
        """
        return folder_times(root, folders, partial(self.folder_mtime, root), beat)

    def look(self, root: bytes, path: bytes) -> Sighting:
        """One path, without following links; a folder there counts as an absent file.

        Raises FileAbsent, RootUnavailable, FileDenied, DiskError, and NotRegular for what is
        mounted from another device.
        """
        with self._walk(root, path) as walk:
            parent, name = walk.parent(path)
            facts = os.stat(name, dir_fd=parent, follow_symlinks=False)
            walk.check_device(facts)
        if stat.S_ISDIR(facts.st_mode):
            raise FileAbsent("A folder lies there now, no file.")
        return Sighting(name, kind_of(facts), signature_of(facts))

    def open(self, root: bytes, path: bytes) -> PosixSource | BriefSource:
        """Open for reading; never waits for a pipe, never follows a link.

        Raises FileAbsent, FileBusy, FileDenied, NotRegular, SecondName, OnlineOnly, DiskError,
        RootUnavailable.
        """
        source = self._opened(root, path)
        try:
            first = source.signature()
        except DiskError:
            source.close()
            raise
        if not self._is_remote(first.dev):
            return source
        source.close()
        return BriefSource(first, partial(self._opened, root, path))

    def _opened(self, root: bytes, path: bytes) -> PosixSource:
        with self._walk(root, path) as walk:
            parent, name = walk.parent(path)
            # Looked at first, because the mere opening of a device can move it.
            _refuse(os.stat(name, dir_fd=parent, follow_symlinks=False))
            source = _source(os.open(name, _FILE, dir_fd=parent))
            try:
                facts = source.facts()
                _refuse(facts)
                walk.check_device(facts)
                refuse_second_name(facts, os.fstat(parent))
            except (AgentError, OSError):
                source.close()
                raise
        return source

    def in_use(self, root: bytes, path: bytes) -> bool:
        """Whether the system holds the file; POSIX does not tell who writes it."""
        try:
            self._opened(root, path).close()
        except FileBusy:
            return True
        except AgentError:
            return False
        return False

    @contextmanager
    def _walk(self, root: bytes, path: bytes) -> Iterator[Walk]:
        """A walk that is after this path, and is sure of what it says to be absent."""
        try:
            with Walk(root) as walk:
                yield walk
        except FileAbsent as absent:
            raise self._sure(absent, root, path) from absent.__cause__

    def _sure(self, absent: FileAbsent, root: bytes, path: bytes) -> AgentError:
        """What to raise where a name is not there: FileAbsent, if it is not listed either.

        A share may list a name and not find it: one that its mount cannot express. Without this
        the file would come and go for ever, and nobody be told (L6).
        """
        if isinstance(absent.__cause__, FileNotFoundError) and self._is_listed(root, path):
            return DiskError("The share lists it and does not find it by this name.")
        return absent

    def _is_listed(self, root: bytes, path: bytes) -> bool:
        folder, _, name = path.rpartition(b"/")
        try:
            with Walk(root) as walk:
                return self._is_remote(walk.identity[0]) and (
                    os.fsdecode(name) in os.listdir(walk.folder(folder))
                )
        except FileTrouble:
            return False

    def _is_remote(self, device: int) -> bool:
        """Whether other computers use this file system as well; of macOS it is not known."""
        if sys.platform == "linux" and device not in self._remote:
            kind = kind_of_device(device, self._mounts or MOUNT_TABLE)
            self._remote[device] = kind is not None
        return self._remote.get(device, False)


def _listed(walk: Walk, folder: bytes, beat: Callable[[], None]) -> Listing:
    found: list[Found] = []
    subfolders: list[str] = []
    descriptor = walk.folder(folder)
    # Taken before the names: a change meanwhile then shows in the next sweep.
    mtime_ns = walk.facts.st_mtime_ns
    with os.scandir(descriptor) as entries:
        for entry in entries:
            beat()
            try:
                facts = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError as error:
                _take_unseen(walk, entry, error, found, subfolders)
                continue
            if stat.S_ISDIR(facts.st_mode):
                subfolders.append(entry.name)
            else:
                found.append((entry.name, facts))
    return listing_of(folder, mtime_ns, found, subfolders)


def _take_unseen(
    walk: Walk,
    entry: os.DirEntry[str],
    error: OSError,
    found: list[Found],
    subfolders: list[str],
) -> None:
    """List an entry that cannot be looked at; raises `error` when more than that is the matter."""
    if error.errno not in _OF_ONE_ENTRY:
        raise error
    walk.confirm_root()
    if entry.is_dir(follow_symlinks=False):
        subfolders.append(entry.name)
    else:
        found.append((entry.name, None))


def _source(descriptor: int) -> PosixSource:
    try:
        return PosixSource(descriptor)
    except OSError:
        os.close(descriptor)
        raise


def _refuse(facts: os.stat_result) -> None:
    kind = kind_of(facts)
    if kind is Kind.online_only:
        raise OnlineOnly("Its bytes are in the cloud only.")
    if kind is not Kind.regular:
        raise NotRegular("It is a link, a folder or a device, not a regular file.")
