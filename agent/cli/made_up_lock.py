"""A file that stays open in another program, where the system lets a reader notice that."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "linux":
    import fcntl
    import signal


class HeldFile:
    """Windows: open for writing. Linux: under a lease, as Samba takes one. Elsewhere: nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def hold(self) -> None:
        """Take it; a disk without leases leaves the file free."""
        if sys.platform == "win32":
            self._descriptor = os.open(self._path, os.O_WRONLY)
        elif sys.platform == "linux":
            # The system asks the holder of a lease to let go by a signal that would end us.
            signal.signal(signal.SIGIO, signal.SIG_IGN)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
            with suppress(OSError):
                fcntl.fcntl(self._descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)

    def release(self) -> None:
        """Let go; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
