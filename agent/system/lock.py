"""One agent at a time: a lock that the operating system holds and gives back when we die."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from agent.errors import AnotherAgent, ConfigProblem
from agent.model.naming import safe_text

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

NOTE_BYTES = 1024
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)
LOCKED_BYTE = 1 << 30  # Windows: far behind the note, which others must stay able to read


class Lock:
    """The held lock on a file. The file stays when the lock goes: removing it would be a race."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path) -> Lock:
        """Lock `path` (made 0600 if need be) and note who we are in it.

        Raises AnotherAgent, naming the process and host that hold it; ConfigProblem where the
        file may not be made or written; OSError for anything else.
        """
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        try:
            descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            if error.errno not in _REFUSED:
                raise
            raise ConfigProblem(
                f"{path} cannot be written ({error.strerror}). The agent needs to write there."
            ) from error
        try:
            if not _locked(descriptor):
                os.lseek(descriptor, 0, os.SEEK_SET)
                raise AnotherAgent(_said(path, os.read(descriptor, NOTE_BYTES)))
            with suppress(OSError):  # on a full disk it holds without a note
                _note(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    def close(self) -> None:
        """Give the lock back; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _note(descriptor: int) -> None:
    note = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, note.encode())


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _said(path: Path, note: bytes) -> str:
    """Who holds the lock, as far as the note can be read."""
    try:
        told = json.loads(note)
        who = f"process {int(told['pid'])} on {safe_text(str(told['host']))}"
    except (ValueError, KeyError, TypeError):
        who = "another process"
    return f"{path} is held by {who}"
