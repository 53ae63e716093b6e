"""Whether an agent runs in this home: told by its lock, which dies with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    from agent.system.lock import LOCKED_BYTE
else:
    import fcntl


def agent_runs(lock: Path) -> bool:
    """Whether another process holds this lock. It is tried for a moment and left as it was."""
    flags = os.O_RDWR if sys.platform == "win32" else os.O_RDONLY
    try:
        descriptor = os.open(lock, flags | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    try:
        return not _free(descriptor)
    finally:
        os.close(descriptor)


def _free(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        else:
            # shared: two that ask at the same moment do not take each other for an agent
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
