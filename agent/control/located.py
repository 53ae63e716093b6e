"""Where a path that a person names stands: in which watched folder, and what the ledger has.

A watched folder may lie on a server that hangs: about what the ledger knows no disk is asked.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.control.refused import Refused
from agent.model.file import File
from agent.model.overview import Subject
from agent.model.root import Root
from agent.system.asking_paths import real_path

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Located:
    """A path below a watched root; `below` is relative to it (b"" for the root itself)."""

    path: bytes
    root: Root
    below: bytes
    file: File | None


def absolute(path: str) -> bytes:
    """The absolute path with every link resolved but the last: a link is not what it points to.

    What does not answer in time is left as it is (agent.system.asking_paths).
    """
    folder, name = os.path.split(os.path.abspath(path))
    return os.fsencode(os.path.join(real_path(folder), name))


def below_root(path: bytes, root: bytes) -> bytes | None:
    """The path relative to a root, b"/" between its parts; None where it is not inside."""
    if os.sep != "/":
        separator = os.fsencode(os.sep)
        path, root = path.replace(separator, b"/"), root.replace(separator, b"/")
    if path == root:
        return b""
    start = root.rstrip(b"/") + b"/"
    return path[len(start) :] if path.startswith(start) else None


def known(ledger: Ledger, path: str) -> Located | None:
    """Where a path stands by the ledger alone: a watched folder, a file or folder that the agent
    has seen in it, and anything in one that is unavailable.

    None: only the disk can tell, for there may be a link on the way.
    """
    place = _in_roots(ledger, os.fsencode(os.path.abspath(path)))
    if place is None or place.file is not None or place.root.unavailable is not None:
        return place
    return place if is_seen_folder(ledger, place) else None


def is_seen_folder(ledger: Ledger, place: Located) -> bool:
    """Whether it is a watched folder, or a folder that the agent has looked through in one."""
    return not place.below or ledger.folder(place.root.id, place.below) is not None


def is_away(ledger: Ledger, path: str) -> bool:
    """Whether its watched folder is unavailable: then the disk is not to be asked about it."""
    place = known(ledger, path)
    return place is not None and place.root.unavailable is not None


def locate(ledger: Ledger, path: str) -> Located | None:
    """Find a path in the ledger's roots; None where it lies in none of them."""
    place = known(ledger, path)
    if place is None:
        place = _in_roots(ledger, absolute(path))
    if place is None:
        place = _in_roots(ledger, os.fsencode(real_path(path)))
    return place


def path_of_file(ledger: Ledger, file_id: int) -> str:
    """The full path of one of the ledger's files. Raises Refused where it has none with this ID."""
    for line in ledger.history_of_file(file_id):
        if line.subject is Subject.file and line.path is not None:
            return os.fsdecode(line.path)
    raise Refused(f"There is no file {file_id}.")


def _in_roots(ledger: Ledger, path: bytes) -> Located | None:
    for root in ledger.roots():
        below = below_root(path, root.path)
        if below is not None:
            file = ledger.file_at(root.id, below) if below else None
            return Located(path, root, below, file)
    return None
