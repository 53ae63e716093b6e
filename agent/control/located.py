"""Where a path that a person names stands: in which watched folder, and what the ledger has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.model.file import File
from agent.model.root import Root

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
    """The absolute path with every link resolved but the last: a link is not what it points to."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.fsencode(os.path.join(os.path.realpath(folder), name))


def below_root(path: bytes, root: bytes) -> bytes | None:
    """The path relative to a root, b"/" between its parts; None where it is not inside."""
    if os.sep != "/":
        separator = os.fsencode(os.sep)
        path, root = path.replace(separator, b"/"), root.replace(separator, b"/")
    if path == root:
        return b""
    start = root.rstrip(b"/") + b"/"
    return path[len(start) :] if path.startswith(start) else None


def locate(ledger: Ledger, path: str) -> Located | None:
    """Find a path in the ledger's roots; None where it lies in none of them."""
    for candidate in dict.fromkeys((absolute(path), os.fsencode(os.path.realpath(path)))):
        for root in ledger.roots():
            below = below_root(candidate, root.path)
            if below is not None:
                file = ledger.file_at(root.id, below) if below else None
                return Located(candidate, root, below, file)
    return None
