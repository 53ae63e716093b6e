"""Sightings and listings made from what the system tells of files."""

from __future__ import annotations

import os
import stat
import struct
import sys
from collections.abc import Sequence
from hashlib import blake2b
from operator import attrgetter

from agent.model.file import Kind, Listing, Sighting, Signature

_FACTS = struct.Struct("<qqqqc")
_HALF = 1 << 63
_WINDOWS = sys.platform == "win32"
_MARKED = sys.platform in ("win32", "darwin")  # where a stat may tell of placeholders
_REGULAR = Kind.regular  # in a loop over files an enum's member is dear to look up
_LETTERS = {Kind.regular: b"r", Kind.link: b"l", Kind.other: b"o", Kind.online_only: b"c"}

# macOS: SF_DATALESS. Windows: RECALL_ON_DATA_ACCESS, RECALL_ON_OPEN, OFFLINE.
_DATALESS = 0x40000000
_RECALL = 0x400000 | 0x40000 | 0x1000
# Windows marks deduplicated files as reparse points too; only a name surrogate leads elsewhere.
_NAME_SURROGATE = 0x20000000


def fit(number: int) -> int:
    """The number folded into a signed 64-bit one, which is what SQLite can hold.

    Inodes of some network and FUSE file systems, and dates beyond the year 2262, do not fit.
    """
    if -_HALF <= number < _HALF:
        return number
    return (number + _HALF) % (2 * _HALF) - _HALF


def signature_of(facts: os.stat_result) -> Signature:
    """The signature in one stat; without IDs on Windows, where listings do not tell them."""
    mtime_ns, ctime_ns = facts.st_mtime_ns, facts.st_ctime_ns
    device, inode = (0, 0) if _WINDOWS else (facts.st_dev, facts.st_ino)
    # Asked before fit() is called, because this runs once for each of a million files.
    if not -_HALF <= mtime_ns < _HALF or not -_HALF <= ctime_ns < _HALF:
        mtime_ns, ctime_ns = fit(mtime_ns), fit(ctime_ns)
    if inode >= _HALF or device >= _HALF:
        device, inode = fit(device), fit(inode)
    return Signature(facts.st_size, mtime_ns, ctime_ns, device, inode)


def kind_of(facts: os.stat_result) -> Kind:
    """What lies there, by one lstat or fstat; a folder that is no junction gives `other`."""
    if _MARKED and _is_online_only(facts):
        return Kind.online_only
    if stat.S_ISREG(facts.st_mode):
        return Kind.link if _MARKED and _leads_elsewhere(facts) else _REGULAR
    linked = stat.S_ISLNK(facts.st_mode) or _leads_elsewhere(facts)
    return Kind.link if linked else Kind.other


def listing_of(
    folder: bytes, mtime_ns: int, found: Sequence[Sighting], subfolders: Sequence[bytes]
) -> Listing:
    """A Listing in the order of names, with its digest.

    The digest covers name, kind, size, both times and inode of every sighting, and the names of
    the subfolders. Names hold no NUL and are never empty, so no two listings give the same bytes.
    """
    sightings = tuple(sorted(found, key=attrgetter("name")))
    names = tuple(sorted(subfolders))
    parts: list[bytes] = []
    for sighting in sightings:
        of = sighting.signature
        letter = b"r" if sighting.kind is _REGULAR else _LETTERS[sighting.kind]
        parts.append(sighting.name)
        parts.append(_FACTS.pack(of.size, of.mtime_ns, of.ctime_ns, of.ino, letter))
    parts.append(b"")
    parts += names
    digest = blake2b(b"\0".join(parts), digest_size=16).digest()
    return Listing(folder, fit(mtime_ns), digest, sightings, names)


def _is_online_only(facts: os.stat_result) -> bool:
    recalled = getattr(facts, "st_file_attributes", 0) & _RECALL
    return bool(recalled or getattr(facts, "st_flags", 0) & _DATALESS)


def _leads_elsewhere(facts: os.stat_result) -> bool:
    return bool(getattr(facts, "st_reparse_tag", 0) & _NAME_SURROGATE)
