"""The watched roots on Windows.

Files are opened so that other programs can go on saving, renaming and deleting them, and only
when the opened handle's real path is the expected one: that covers links and junctions at every
level, also those put there a moment ago (S7).
"""

from __future__ import annotations

import msvcrt
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pywintypes
import win32con
import win32file

from agent.errors import (
    AgentError,
    DiskError,
    FileAbsent,
    FileBusy,
    FileTrouble,
    NotRegular,
    OnlineOnly,
    RootUnavailable,
)
from agent.folders.listing import Found, fit, kind_of, listing_of, signature_of
from agent.folders.source_windows import WindowsSource
from agent.folders.trouble_windows import windows_trouble
from agent.model.file import Kind, Listing, Sighting
from agent.model.root import RootIdentity

assert sys.platform == "win32"

_SHARE_ALL = win32con.FILE_SHARE_READ | win32con.FILE_SHARE_WRITE | win32con.FILE_SHARE_DELETE
_DENY_WRITE = win32con.FILE_SHARE_READ | win32con.FILE_SHARE_DELETE
_READ_ATTRIBUTES = 0x80
_NO_RECALL = 0x00100000
_OPEN_LINK_ITSELF = 0x00200000
_REPARSE = 0x400


class WindowsDisk:
    """Fulfils engine.ports.Disk; signatures carry no IDs, because listings do not tell them."""

    def identify(self, root: bytes) -> RootIdentity:
        """Who the root is, now. Raises RootUnavailable when it is not there or no folder."""
        try:
            facts = os.stat(extended(root))
        except OSError as error:
            said = f"The watched folder is not there (Windows error {error.winerror})."
            raise RootUnavailable(said) from error
        if not stat.S_ISDIR(facts.st_mode):
            raise RootUnavailable("Something that is not a folder lies at the watched path.")
        return RootIdentity(fit(facts.st_dev), fit(facts.st_ino))

    def list_folder(
        self, root: bytes, folder: bytes, beat: Callable[[], None] = lambda: None
    ) -> Listing:
        """One folder, completely; links are listed but not followed. `beat` is called for each
        entry, so that whoever waits for a large folder sees that it goes on.

        Raises FileAbsent, RootUnavailable, FileDenied, DiskError, NotRegular.
        """
        found: list[Found] = []
        subfolders: list[str] = []
        with self._told(root):
            mtime_ns = self._checked_folder(root, folder).st_mtime_ns
            with os.scandir(extended(root, folder)) as entries:
                for entry in entries:
                    beat()
                    facts = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(facts.st_mode) and kind_of(facts) is not Kind.link:
                        subfolders.append(entry.name)
                    else:
                        found.append((entry.name, facts))
        return listing_of(folder, mtime_ns, found, subfolders)

    def folder_mtime(self, root: bytes, folder: bytes) -> int:
        """The folder's mtime in nanoseconds. Raises as list_folder does."""
        with self._told(root):
            return fit(self._checked_folder(root, folder).st_mtime_ns)

    def is_empty(self, root: bytes) -> bool:
        """Whether nothing at all lies in the root. Raises as list_folder does."""
        with self._told(root), os.scandir(extended(root)) as entries:
            return next(entries, None) is None

    def folder_mtimes(
        self, root: bytes, folders: Sequence[bytes], beat: Callable[[], None] = lambda: None
    ) -> list[int | FileTrouble]:
        """folder_mtime() of each, or what is the matter with it; `beat` is called for each.

        Raises RootUnavailable, also when the root was exchanged meanwhile.
        """
        before = self.identify(root)
        times: list[int | FileTrouble] = []
        for folder in folders:
            beat()
            try:
                times.append(self.folder_mtime(root, folder))
            except FileTrouble as trouble:
                times.append(trouble.with_traceback(None))  # its frames would keep themselves
        if self.identify(root) != before:
            raise RootUnavailable("The watched folder was exchanged while it was looked at.")
        return times

    def look(self, root: bytes, path: bytes) -> Sighting:
        """One path, without following links; a folder there counts as an absent file.

        Raises FileAbsent, RootUnavailable, FileTrouble.
        """
        with self._told(root):
            facts = os.lstat(extended(root, path))
        kind = kind_of(facts)
        if stat.S_ISDIR(facts.st_mode) and kind is not Kind.link:
            raise FileAbsent("A folder lies there now, no file.")
        return Sighting(path.rpartition(b"/")[2], kind, signature_of(facts))

    def open(self, root: bytes, path: bytes) -> WindowsSource:
        """Open for reading without blocking other programs' save, rename or delete.

        Raises FileAbsent, FileBusy, FileDenied, NotRegular, OnlineOnly, DiskError,
        RootUnavailable.
        """
        with self._told(root):
            return WindowsSource(self._descriptor(root, path, _SHARE_ALL))

    def in_use(self, root: bytes, path: bytes) -> bool:
        """Whether another program has the file open for writing: ours would exclude writers."""
        try:
            with self._told(root):
                os.close(self._descriptor(root, path, _DENY_WRITE))
        except FileBusy:
            return True
        except AgentError:
            return False
        return False

    def _descriptor(self, root: bytes, path: bytes, share: int) -> int:
        full = extended(root, path)
        facts = os.lstat(full)
        kind = kind_of(facts)
        if kind is Kind.online_only:
            raise OnlineOnly("Its bytes are in the cloud only.")
        if kind is not Kind.regular:
            raise NotRegular("It is a link, a folder or a device, not a regular file.")
        flags = win32con.FILE_FLAG_BACKUP_SEMANTICS | _NO_RECALL
        # A deduplicated file is a reparse point that has to be opened through, not a link.
        if not facts.st_file_attributes & _REPARSE:
            flags |= _OPEN_LINK_ITSELF
        handle = win32file.CreateFile(
            full, win32con.GENERIC_READ, share, None, win32con.OPEN_EXISTING, flags, None
        )
        try:
            _check_real_path(handle.handle, root, path)
            return msvcrt.open_osfhandle(int(handle.Detach()), os.O_RDONLY | os.O_BINARY)
        finally:
            handle.Close()

    def _checked_folder(self, root: bytes, folder: bytes) -> os.stat_result:
        full = extended(root, folder)
        handle = _folder_handle(full)
        try:
            if folder:
                _check_real_path(handle, root, folder)
            return os.stat(full)
        finally:
            win32file.CloseHandle(handle)

    @contextmanager
    def _told(self, root: bytes) -> Iterator[None]:
        try:
            yield
        except (OSError, pywintypes.error) as error:
            trouble = windows_trouble(getattr(error, "winerror", None) or 0)
            if isinstance(trouble, FileAbsent | DiskError):
                self.identify(root)
            raise trouble from error


def extended(root: bytes, path: bytes = b"") -> str:
    r"""The full path in the `\\?\` form: no length limit, no meaning in odd names.

    Raises NotRegular for a path that could leave the root or name a stream.
    """
    full = os.fsdecode(root).replace("/", "\\").rstrip("\\")
    if not full.startswith("\\\\?\\"):
        full = "\\\\?\\UNC" + full[1:] if full.startswith("\\\\") else "\\\\?\\" + full
    if not path:
        return full + "\\"
    parts = os.fsdecode(path).split("/")
    if any(part in ("", ".", "..") or set(part) & set('\\:\0<>"|?*') for part in parts):
        raise NotRegular("The path is not a plain path below its watched folder.")
    return full + "\\" + "\\".join(parts)


def _folder_handle(full: str) -> int:
    handle = win32file.CreateFile(
        full,
        _READ_ATTRIBUTES,
        _SHARE_ALL,
        None,
        win32con.OPEN_EXISTING,
        win32con.FILE_FLAG_BACKUP_SEMANTICS,
        None,
    )
    return int(handle.Detach())


def _check_real_path(handle: int, root: bytes, path: bytes) -> None:
    """Raises NotRegular unless the handle's real path is `path` below the root's real path."""
    root_handle = _folder_handle(extended(root))
    try:
        real_root = win32file.GetFinalPathNameByHandle(root_handle, 0)
    finally:
        win32file.CloseHandle(root_handle)
    expected = real_root.rstrip("\\") + "\\" + os.fsdecode(path).replace("/", "\\")
    if win32file.GetFinalPathNameByHandle(handle, 0).casefold() != expected.casefold():
        raise NotRegular("A link or a junction lies on the way to it.")
