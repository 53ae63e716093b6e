"""Whether a folder is on a local disk: SQLite's locks and WAL break on network file systems.

Measured: on a CIFS mount SQLite failed at once (reliability.md finding 7).
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from agent.errors import LedgerTrouble

NETWORK_TYPES = frozenset(
    {
        "9p2000.L", "afs", "afpfs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs",
        "nfs4", "smb2", "smb3", "smbfs", "webdav",
        "fuse.ceph", "fuse.davfs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.gvfsd-fuse",
        "fuse.rclone", "fuse.s3fs", "fuse.smbnetfs", "fuse.sshfs",
    }
)  # fmt: skip

_MNT_LOCAL = 0x1000  # macOS, sys/mount.h
_DRIVE_REMOTE = 4  # Windows, GetDriveTypeW


def refuse_network_disk(folder: Path) -> None:
    """Raise LedgerTrouble when `folder` (which exists) lies on a network file system."""
    kind = network_type(folder.resolve())
    if kind is not None:
        raise LedgerTrouble(
            f"The ledger cannot be kept on a network drive ({kind}): "
            "set FILED_AGENT_HOME to a folder on a local disk."
        )


def network_type(folder: Path) -> str | None:
    """The network file system that holds `folder` (absolute, resolved); None for a local disk."""
    if sys.platform == "win32":
        kind = _windows(folder)
    elif sys.platform == "darwin":
        kind = _macos(folder)
    else:
        kind = _linux(folder)
    return kind


def _linux(folder: Path) -> str | None:
    try:
        table = Path("/proc/self/mountinfo").read_bytes()
    except OSError:
        return None
    return linux_network_type(os.fsencode(folder), table)


def linux_network_type(folder: bytes, mountinfo: bytes) -> str | None:
    """As network_type, read from the text of /proc/self/mountinfo; the last mount on top wins."""
    best, found = -1, ""
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(b" - ")
        fields = before.split(b" ")
        if not separator or len(fields) < 5:
            continue
        point = _unescaped(fields[4]).rstrip(b"/")
        if (folder == point or folder.startswith(point + b"/")) and len(point) >= best:
            best, found = len(point), after.split(b" ")[0].decode("ascii", "replace")
    return found if found in NETWORK_TYPES else None


def _unescaped(field: bytes) -> bytes:
    """A path of mountinfo: blanks, tabs, newlines and backslashes are octal there."""
    for escaped, plain in ((b"\\040", b" "), (b"\\011", b"\t"), (b"\\012", b"\n")):
        field = field.replace(escaped, plain)
    return field.replace(b"\\134", b"\\")


def _macos(folder: Path) -> str | None:
    """Ask statfs: flags stand at byte 64, the type's name at byte 72 (64-bit inode layout)."""
    libc = ctypes.CDLL(None, use_errno=True)
    statfs = getattr(libc, "statfs$INODE64", None) or libc.statfs
    answer = ctypes.create_string_buffer(4096)
    if statfs(os.fsencode(folder), answer) != 0:
        return None
    flags = int.from_bytes(answer.raw[64:68], sys.byteorder)
    kind = answer.raw[72:88].split(b"\0")[0].decode("ascii", "replace")
    return None if flags & _MNT_LOCAL else kind


def _windows(folder: Path) -> str | None:
    """A UNC path or a mapped drive."""
    kind = None
    if sys.platform == "win32":
        if folder.drive.startswith("\\\\"):
            kind = "UNC path"
        elif ctypes.windll.kernel32.GetDriveTypeW(folder.anchor) == _DRIVE_REMOTE:
            kind = "mapped drive"
    return kind
