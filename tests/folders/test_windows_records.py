"""Records of ReadDirectoryChangesW, parsed on every system."""

from __future__ import annotations

import struct

from agent.folders.windows_records import ADDED, MODIFIED, REMOVED, Change, changes


def plain(action: int, name: str, last: bool = True) -> bytes:
    text = name.encode("utf-16-le", "surrogatepass")
    size = -(-(12 + len(text)) // 4) * 4
    return (struct.pack("<III", 0 if last else size, action, len(text)) + text).ljust(size, b"\0")


def extended(action: int, name: str, attributes: int, last: bool = True) -> bytes:
    """FILE_NOTIFY_EXTENDED_INFORMATION: a header of 84 bytes, then the name."""
    text = name.encode("utf-16-le")
    size = -(-(84 + len(text)) // 8) * 8
    head = struct.pack("<II", 0 if last else size, action) + struct.pack("<6q", *range(6))
    head += struct.pack("<II", attributes, 0) + struct.pack("<qq", 7, 8)
    return (head + struct.pack("<I", len(text)) + text).ljust(size, b"\0")


def test_plain_records_do_not_tell_folders_from_files() -> None:
    buffer = plain(ADDED, "Ann\\x.pdf", last=False) + plain(REMOVED, "b\udc80ad")
    assert list(changes(buffer, extended=False)) == [
        Change(ADDED, "Ann\\x.pdf", None),
        Change(REMOVED, "b\udc80ad", None),
    ]


def test_extended_records_do() -> None:
    buffer = extended(ADDED, "Ann", 0x10, last=False) + extended(MODIFIED, "Ann\\x.pdf", 0x20)
    assert list(changes(buffer, extended=True)) == [
        Change(ADDED, "Ann", True),
        Change(MODIFIED, "Ann\\x.pdf", False),
    ]
