"""The three calls of Linux's inotify, and the records that it gives."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

CLOSE_WRITE = 0x8
MOVED_FROM = 0x40
MOVED_TO = 0x80
CREATE = 0x100
DELETE = 0x200
DELETE_SELF = 0x400
MOVE_SELF = 0x800
UNMOUNT = 0x2000
OVERFLOW = 0x4000
IGNORED = 0x8000
IS_FOLDER = 0x40000000
SELF = DELETE_SELF | MOVE_SELF | UNMOUNT | IGNORED  # what befalls a watched folder itself

# fcntl's O_NONBLOCK and O_CLOEXEC, which inotify takes as its own flags.
_NONBLOCK = 0x800
_CLOEXEC = 0x80000

_ONLY_FOLDERS = 0x01000000
_DONT_FOLLOW = 0x02000000
_EXCLUDE_UNLINKED = 0x04000000
# Nothing that reading causes (open, access, close without writing): our own scans stay silent.
MASK = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | DELETE_SELF | MOVE_SELF
_REQUEST = MASK | _ONLY_FOLDERS | _DONT_FOLLOW | _EXCLUDE_UNLINKED

_RECORD = struct.Struct("iIII")
_READ_SIZE = 1 << 20

# Looked up by name only here, so that the module can be imported on every POSIX system.
_libc = ctypes.CDLL(None, use_errno=True)


class Record(NamedTuple):
    """One event: which watch, what happened, and the name in that folder (or none)."""

    watch: int
    mask: int
    name: bytes


class Inotify:
    """One inotify instance. Raises OSError: EMFILE without free instances."""

    def __init__(self) -> None:
        self.descriptor: int = _libc.inotify_init1(_NONBLOCK | _CLOEXEC)
        if self.descriptor < 0:
            raise _failure()

    def add(self, path: bytes) -> int:
        """Watch one folder; its watch descriptor, the same again for the same folder.

        Raises OSError: ENOSPC at the system's limit, ENOENT, EACCES, ENOTDIR (also for a link).
        """
        watch: int = _libc.inotify_add_watch(self.descriptor, path, ctypes.c_uint32(_REQUEST))
        if watch < 0:
            raise _failure()
        return watch

    def remove(self, watch: int) -> None:
        """Stop watching; a watch that is gone already does no harm."""
        _libc.inotify_rm_watch(self.descriptor, watch)

    def read(self) -> Iterator[Record]:
        """What has happened, as far as one read gives it; nothing when nothing waits."""
        try:
            data = os.read(self.descriptor, _READ_SIZE)
        except BlockingIOError:
            return
        offset = 0
        while offset < len(data):
            watch, mask, _cookie, length = _RECORD.unpack_from(data, offset)
            offset += _RECORD.size
            yield Record(watch, mask, data[offset : offset + length].rstrip(b"\0"))
            offset += length

    def close(self) -> None:
        """End the instance with all its watches; twice does no harm."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _failure() -> OSError:
    number = ctypes.get_errno() or errno.EIO
    return OSError(number, os.strerror(number))
