"""Whether a path lies on a share: events stay away there, and SQLite's locks do not hold.

Linux is asked through its mount table, Windows by the kind of drive; elsewhere nothing is known.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from agent.system.asking_paths import real_path

if sys.platform == "win32":
    import win32con
    import win32file

MOUNT_TABLE = Path("/proc/self/mountinfo")
REMOTE = frozenset(
    (
        *("cifs", "smb3", "smbfs", "nfs", "nfs4", "afs", "ceph", "glusterfs", "lustre", "davfs"),
        *("9p", "vboxsf", "ncpfs", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.glusterfs"),
        *("fuse.davfs2", "fuse.vmhgfs-fuse", "fuse.gvfsd-fuse"),
    )
)
ESCAPE = re.compile(r"\\([0-7]{3})")


def share_kind(path: Path, table: str | None = None) -> str | None:
    """The kind of share that `path` lies on ("cifs", "nfs4", "network drive"), None for a local
    disk or where it cannot be told. `table` replaces the system's mount table. Never raises.
    """
    if sys.platform == "win32":
        return _windows_kind(path)
    else:  # noqa: RET505  # mypy needs both branches to leave one out on each platform
        if table is None:
            try:
                table = MOUNT_TABLE.read_text("utf-8", "surrogateescape")
            except OSError:
                return None
        return _linux_kind(real_path(path), table)


def mounted(table: str) -> list[tuple[str, str]]:
    """Each mount's folder and kind of file system, in the order of the mount table (proc(5))."""
    found = []
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) >= 5 and right:
            folder = ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), fields[4])
            found.append((folder, right.split(" ")[0]))
    return found


def lies_in(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it, by its text."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def innermost(path: str, mounts: list[tuple[str, str]]) -> str | None:
    """The kind of file system that `path` lies on; of two on one folder the later one counts."""
    best, kind = "", None
    for folder, found in mounts:
        if lies_in(path, folder) and len(folder) >= len(best):
            best, kind = folder, found
    return kind


def _linux_kind(path: str, table: str) -> str | None:
    kind = innermost(path, mounted(table))
    return kind if kind in REMOTE else None


if sys.platform == "win32":

    def _windows_kind(path: Path) -> str | None:
        drive = path.absolute().drive
        if drive.startswith("\\\\") and not drive.startswith(("\\\\?\\", "\\\\.\\")):
            return "network share"
        kind = win32file.GetDriveType(drive + "\\")
        return "network drive" if kind == win32con.DRIVE_REMOTE else None
