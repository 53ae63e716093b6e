"""The records that ReadDirectoryChangesW and its extended form give."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

ADDED = 1
REMOVED = 2
MODIFIED = 3
SELF_REMOVED = 0xFFFE  # made by watchdog when the watched folder cannot be read any more

_PLAIN = struct.Struct("<III")  # next, action, name length
_EXTENDED = struct.Struct("<II 48x II 16x I")  # next, action, attributes, tag, name length
_IS_FOLDER = 0x10


class Change(NamedTuple):
    """One record: what happened to which path, and whether that is a folder, if it is told."""

    action: int
    path: str
    is_folder: bool | None


def changes(buffer: bytes, extended: bool) -> Iterator[Change]:
    """The records of one buffer, as the system chained them."""
    offset = 0
    while True:
        if extended:
            step, action, attributes, _tag, length = _EXTENDED.unpack_from(buffer, offset)
            start, is_folder = offset + _EXTENDED.size, bool(attributes & _IS_FOLDER)
        else:
            step, action, length = _PLAIN.unpack_from(buffer, offset)
            start, is_folder = offset + _PLAIN.size, None
        name = buffer[start : start + length].decode("utf-16-le", "surrogatepass")
        yield Change(action, name, is_folder)
        if not step:
            return
        offset += step
