"""The disk of this machine, whichever system it runs."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from agent.folders.disk_windows import WindowsDisk as SystemDisk
else:
    from agent.folders.disk_posix import PosixDisk as SystemDisk


class LocalDisk(SystemDisk):
    """Fulfils engine.ports.Disk: only regular files physically under their root are read (S7)."""
