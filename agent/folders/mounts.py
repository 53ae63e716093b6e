"""Which file systems of Linux tell nothing of changes made on other computers."""

from __future__ import annotations

import os
import sys

assert sys.platform == "linux"

MOUNT_TABLE = "/proc/self/mountinfo"
_REMOTE = frozenset(
    {"9p", "afs", "ceph", "cifs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2"}
    | {"smb3", "smbfs", "virtiofs", "vboxsf", "fuse.glusterfs", "fuse.rclone", "fuse.sshfs"}
)


def remote_kind(path: bytes, table: str = MOUNT_TABLE) -> str | None:
    """The name of the remote file system that holds `path`, None for a local one.

    Unreadable tables give None as well. Raises OSError when the path cannot be asked.
    """
    return kind_of_device(os.stat(path).st_dev, table)


def kind_of_device(device: int, table: str = MOUNT_TABLE) -> str | None:
    """The name of the remote file system with this device number (st_dev), None for a local one.

    Unreadable tables give None as well.
    """
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        with open(table, encoding="utf-8", errors="replace") as lines:
            kinds = {kind for found, kind in map(_mount, lines) if found == number}
    except OSError:
        return None
    return min(kinds & _REMOTE, default=None)


def _mount(line: str) -> tuple[str, str]:
    """Device number and kind of file system in one line of mountinfo (proc(5))."""
    before, _, after = line.partition(" - ")
    return before.split(" ")[2], after.split(" ")[0]
