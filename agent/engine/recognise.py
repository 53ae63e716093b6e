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
    if identity == root.identity and not disk.is_empty(root.path):
        return  # the very same folder: its files were exchanged, and that is their right
    raise RootUnavailable(
        "None of the known files is there: it is empty, or another disk stands at this place. "
        "If that is right, run `filed-agent retry --root`."
    )


def must_be_there(ledger: Ledger, disk: Disk, path: bytes) -> None:
    """Raise RootUnavailable unless this root is, right now, the one that Look recognised.

    Whoever draws a conclusion from a file that is absent or other asks this in the same pass: a
    share that went, came back empty or was exchanged a moment ago says nothing of its files.
    """
    must_be_same(ledger, disk, path)
    if disk.is_empty(path):
        raise RootUnavailable("The folder is suddenly empty; nothing is concluded from that.")


def must_be_same(ledger: Ledger, disk: Disk, path: bytes) -> None:
    """Raise RootUnavailable unless the folder at this place is the one that Look recognised."""
    root = ledger.root(path)
    if root.unavailable is not None or disk.identify(path) != root.identity:
        raise RootUnavailable("Another folder stands at this place than a moment ago.")
