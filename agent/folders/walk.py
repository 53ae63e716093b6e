"""The way from a root to a place below it, folder by folder, never through a link (POSIX)."""

from __future__ import annotations

import os
import sys
from types import TracebackType

from agent.errors import DiskError, FileAbsent, NotRegular, RootUnavailable
from agent.folders.straight_down import straight_down
from agent.folders.trouble import file_trouble, root_trouble

assert sys.platform != "win32"

_ROOT = os.O_RDONLY | os.O_DIRECTORY
# Linux can open a folder only to pass through it: no read permission needed, no event caused.
_THROUGH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW
_NO_NAMES = frozenset((b"", b".", b".."))
_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Walk:
    """One visit below a root (S7: no-follow on every component).

    An OSError that leaves the context becomes an error of the house: FileAbsent and DiskError
    only when the root is still the folder that was entered, else RootUnavailable. Entering
    raises RootUnavailable. Only the root itself may be reached through a link.
    """

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._fd = -1
        self.facts: os.stat_result  # of the folder that the walk has come to
        self._entered: tuple[int, int] = (0, 0)

    def __enter__(self) -> Walk:
        try:
            self._fd = os.open(self._root, _ROOT)
        except OSError as error:
            raise root_trouble(error) from error
        try:
            facts = self.facts = os.fstat(self._fd)
        except OSError as error:
            os.close(self._fd)
            raise root_trouble(error) from error
        self._entered = (facts.st_dev, facts.st_ino)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._fd)
        if isinstance(error, OSError):
            trouble = file_trouble(error)
            if isinstance(trouble, FileAbsent | DiskError):
                self.confirm_root()
            raise trouble from error

    @property
    def identity(self) -> tuple[int, int]:
        """Device and inode of the root, as it was entered."""
        return self._entered

    def folder(self, folder: bytes) -> int:
        """A descriptor for listing this folder; the walk closes it."""
        if folder:
            self._go(_parts(folder), _LIST)
        return self._fd

    def through(self, folder: bytes) -> int:
        """A descriptor for asking about this folder or what is in it; the walk closes it."""
        if folder:
            self._go(_parts(folder), _THROUGH)
        return self._fd

    def parent(self, path: bytes) -> tuple[int, bytes]:
        """The descriptor of the folder that holds `path`, and the name in it."""
        *folders, name = _parts(path)
        if folders:
            self._go(folders, _THROUGH)
        return self._fd, name

    def below(self, folder: bytes) -> int:
        """A descriptor of its own for asking in this folder, while the walk stays at the root.

        -1 where only the steps can tell: a link, another mount, no such folder, no such call.
        """
        parts = folder.split(b"/")
        if len(parts) > 1:
            plain = all(map(is_plain, parts))
            return straight_down(self._fd, parts, _THROUGH) if plain else -1
        try:
            if not folder:
                return os.dup(self._fd)
            return os.open(folder, _THROUGH, dir_fd=self._fd) if is_plain(folder) else -1
        except OSError:
            return -1

    def check_device(self, facts: os.stat_result) -> None:
        """Raises NotRegular for what is mounted from another device than the root's."""
        if facts.st_dev != self._entered[0]:
            raise NotRegular(
                "It is mounted from another device; name it as a watched folder of its own."
            )

    def _go(self, parts: list[bytes], flags: int) -> None:
        """Down to a folder, opened with `flags`: in one call, or where that fails step by step.

        The steps tell what is the matter; they also pass where a folder is mounted once more.
        """
        below = straight_down(self._fd, parts, flags)
        if below >= 0:
            self._come_to(below)
            return
        for part in parts[:-1]:
            self._come_to(os.open(part, _THROUGH, dir_fd=self._fd))
        self._come_to(os.open(parts[-1], flags, dir_fd=self._fd))

    def _come_to(self, below: int) -> None:
        os.close(self._fd)
        self._fd = below
        self.facts = os.fstat(below)
        self.check_device(self.facts)

    def confirm_root(self) -> None:
        """Raises RootUnavailable unless the root's path still leads to the folder entered."""
        try:
            facts = os.stat(self._root)
        except OSError as error:
            raise root_trouble(error) from error
        if (facts.st_dev, facts.st_ino) != self._entered:
            raise RootUnavailable("The watched folder was exchanged while it was looked at.")


def is_plain(name: bytes) -> bool:
    """Whether it names an entry of a folder; nothing with a slash is asked."""
    return name not in _NO_NAMES and b"\0" not in name


def _parts(path: bytes) -> list[bytes]:
    parts = path.split(b"/")
    if b"\0" in path or not _NO_NAMES.isdisjoint(parts):
        raise NotRegular("The path is not a plain path below its watched folder.")
    return parts
