"""Sightings and listings made from what the system tells of files."""

from __future__ import annotations

import marshal
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from operator import attrgetter, itemgetter
from typing import overload

from agent.model.file import Kind, Listing, Sighting, Signature

Found = tuple[str, os.stat_result | None]  # None: it is listed and cannot be looked at

_HALF = 1 << 63
_WINDOWS = sys.platform == "win32"
_MARKED = sys.platform in ("win32", "darwin")  # where a stat may tell of placeholders
_REGULAR = Kind.regular  # in a loop over files an enum's member is dear to look up
_UNSEEN = Signature(0, 0, 0, 0, 0)

# What signature and kind are made of (but for the device, which is the root's).
_MARKS = {"win32": ("st_file_attributes", "st_reparse_tag"), "darwin": ("st_flags",)}
_FACTS = attrgetter(
    "st_size", "st_mtime_ns", "st_ctime_ns", "st_ino", "st_mode", *_MARKS.get(sys.platform, ())
)
_NAME = itemgetter(0)
_PLAIN = 2  # the version of marshal's format in which equal values always give equal bytes

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
    folder: bytes, mtime_ns: int, found: Sequence[Found], subfolders: Sequence[str]
) -> Listing:
    """A Listing in the order of names, with its digest.

    The digest covers name, kind, size, both times and inode of every file, and the names of the
    subfolders. It is made of what the system told: for a million unchanged files the digest is all
    that is needed, so their sightings are made only when somebody looks at them (watch.md 5.2).
    """
    names = sorted(subfolders)
    found = sorted(found, key=_NAME)
    facts = [(name, None if of is None else _FACTS(of)) for name, of in found]
    digest = blake2b(marshal.dumps((facts, names), _PLAIN), digest_size=16).digest()
    below = tuple(sorted(map(os.fsencode, names)))
    return Listing(folder, fit(mtime_ns), digest, _Sightings(found), below)


class _Sightings(Sequence[Sighting]):
    """What was found in one folder, made into sightings at the first look."""

    __slots__ = ("_found", "_made")

    def __init__(self, found: Sequence[Found]) -> None:
        self._found = found
        self._made: tuple[Sighting, ...] | None = None

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Sighting: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Sighting]: ...

    def __getitem__(self, index: int | slice) -> Sighting | Sequence[Sighting]:
        return self._all()[index]

    def __iter__(self) -> Iterator[Sighting]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # equal to tuples, whose hash it has not

    def _all(self) -> tuple[Sighting, ...]:
        if self._made is None:
            sightings = (_sighting(os.fsencode(name), facts) for name, facts in self._found)
            self._made = tuple(sorted(sightings, key=attrgetter("name")))
        return self._made


def _sighting(name: bytes, facts: os.stat_result | None) -> Sighting:
    if facts is None:
        return Sighting(name, _REGULAR, _UNSEEN)
    return Sighting(name, kind_of(facts), signature_of(facts))


def _is_online_only(facts: os.stat_result) -> bool:
    recalled = getattr(facts, "st_file_attributes", 0) & _RECALL
    return bool(recalled or getattr(facts, "st_flags", 0) & _DATALESS)


def _leads_elsewhere(facts: os.stat_result) -> bool:
    return bool(getattr(facts, "st_reparse_tag", 0) & _NAME_SURROGATE)
