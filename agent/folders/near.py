"""Which watched roots lie wholly on a disk of this machine, so that a call into them comes back.

Only a server or a driver outside the kernel can leave a call waiting for ever (reliability.md,
finding 3). Handing every call to another thread costs about a tenth of a millisecond, which is what
most of a small file's other work costs: a root that is surely near is called directly.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from typing import Protocol

if sys.platform == "linux":
    from agent.system.mounts import MOUNT_TABLE, innermost, lies_in, mounted
if sys.platform == "win32":
    import win32con
    import win32file

# kernel file systems on disks that do not come and go; what is not in here counts as far
_NEAR = frozenset(
    ("bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "tmpfs", "xfs", "zfs")
)


class Near(Protocol):
    """Says of each root whether calls into it may be made directly."""

    def holds(self, root: bytes) -> bool:
        """Whether `root` is near, now. Never touches the root, never waits, never raises."""

    def close(self) -> None:
        """Let go of what is kept open."""


class NothingNear:
    """Every root may hang: where the system does not tell more (macOS)."""

    def holds(self, root: bytes) -> bool:
        """No."""
        return False

    def close(self) -> None:
        """Nothing is kept."""


if sys.platform == "linux":

    class SystemNear:
        """The mount table decides, and is read again as soon as anything was mounted or unmounted.

        A share mounted anywhere below a root makes it far: even a look at its mount point can hang.
        """

        def __init__(self, table: str = str(MOUNT_TABLE)) -> None:
            self._lock = threading.Lock()
            self._roots: dict[bytes, bool] = {}
            self._path = table
            self._table: int | None = None
            self._changes = select.poll()
            self._open()

        def holds(self, root: bytes) -> bool:
            """Whether `root` and all that is mounted below it are file systems of the kernel."""
            with self._lock:
                if self._table is None:
                    return False
                if self._changes.poll(0):  # proc(5): an exceptional state means it has changed
                    self._roots = {}
                known = self._roots.get(root)
                if known is None:
                    known = self._roots[root] = self._is_near(root)
                return known

        def close(self) -> None:
            """Close the table; no root is near from then on."""
            with self._lock:
                if self._table is not None:
                    self._changes.unregister(self._table)
                    os.close(self._table)
                self._table = None

        def _open(self) -> None:
            try:
                self._table = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return
            self._changes.register(self._table, select.POLLPRI | select.POLLERR)

        def _is_near(self, root: bytes) -> bool:
            try:
                with open(self._path, encoding="utf-8", errors="surrogateescape") as lines:
                    mounts = mounted(lines.read())
            except OSError:
                return False
            path = os.fsdecode(root)
            below = {kind for folder, kind in mounts if lies_in(folder, path)}
            return below <= _NEAR and _is_straight(path, mounts)

    def _is_straight(path: str, mounts: list[tuple[str, str]]) -> bool:
        """Whether each part of the path lies on a near file system, and none is a link, which could
        lead to a server. A part is asked only once its own file system is known to be near.
        """
        parts = path.split("/")
        above = ["/".join(parts[: end + 1]) for end in range(1, len(parts))]
        try:
            return all(innermost(one, mounts) in _NEAR and not os.path.islink(one) for one in above)
        except (OSError, ValueError):
            return False


elif sys.platform == "win32":

    class SystemNear:
        """The kind of drive decides; asking for it does not touch the drive."""

        def holds(self, root: bytes) -> bool:
            """Whether `root` has the letter of a fixed drive of this machine."""
            drive = os.path.splitdrive(os.fsdecode(root))[0]
            fixed = len(drive) == 2 and win32file.GetDriveType(drive + "\\")
            return bool(fixed == win32con.DRIVE_FIXED)

        def close(self) -> None:
            """Nothing is kept."""

else:
    SystemNear = NothingNear
