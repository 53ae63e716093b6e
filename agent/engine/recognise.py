"""Whether a root that came back is still the same place: not another disk, no empty mount point."""

from __future__ import annotations

from agent.engine.ledger_port import Ledger
from agent.engine.ports import Disk
from agent.errors import FileTrouble, RootUnavailable
from agent.model.root import Root, RootIdentity

RECOGNISE = 50  # so many known files tell it


def must_be_same_place(ledger: Ledger, disk: Disk, root: Root, identity: RootIdentity) -> None:
    """Raise RootUnavailable unless some known file is there with its size and time.

    Device numbers change with a reboot and inodes with a remount, so a new identity alone proves
    nothing; nor does an old one prove that the files are there. Raises what the disk raises.
    """
    known = ledger.some_known(root.id, RECOGNISE)
    if not known:
        return
    for file in known:
        try:
            seen = disk.look(root.path, file.path).signature
        except FileTrouble:
            continue
        if (seen.size, seen.mtime_ns) == (file.signature.size, file.signature.mtime_ns):
            return
    if identity == root.identity and _has_entries(disk, root):
        return  # the very same folder: its files were exchanged, and that is their right
    raise RootUnavailable(
        "None of the known files is there: it is empty, or another disk stands at this place. "
        "If that is right, run `filed-agent retry --root`."
    )


def _has_entries(disk: Disk, root: Root) -> bool:
    listing = disk.list_folder(root.path, b"")
    return bool(listing.sightings or listing.subfolders)
