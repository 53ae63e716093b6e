"""Which names are never documents (watch.md 3, reliability.md N11), and why. Pure."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

EXACT = frozenset(("thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"))
ENDINGS = frozenset(
    ("tmp", "part", "partial", "filepart", "crdownload", "download", "opdownload")
)  # of downloads, copies and saves under way; the rename to the real name is the sign of the end
STARTS = ("~$", ".~lock.", "._", "~syncthing~", ".syncthing.", ".nfs", ".fuse_hidden", ".dropbox")

NEVER_ENTERED = frozenset(
    (
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "@eadir",
        "#recycle",
        "#snapshot",
        "~snapshot",
        ".snapshot",
        ".snapshots",
        ".trashes",
        ".trash",
        ".spotlight-v100",
        ".fseventsd",
        ".documentrevisions-v100",
        ".temporaryitems",
        ".stfolder",
        ".stversions",
        ".dropbox.cache",
        ".git",
        ".hg",
        ".svn",
    )
)
TRASH_START = ".trash-"  # .Trash-1000 and the like on Linux


def ignored_by(name: bytes) -> str | None:
    """The built-in rule that ignores a file of this name, as a pattern; None for a document."""
    text = _folded(name)
    if text in EXACT:
        return repr(text)[1:-1]
    for start in STARTS:
        if text.startswith(start):
            return start + "*"
    if text.startswith("."):
        return ".*"
    if text.endswith("~"):
        return "*~"
    ending = text.rpartition(".")[2]
    return "*." + ending if ending in ENDINGS and ending != text else None


def skips_folder(name: bytes) -> str | None:
    """The rule by which a folder of this name is never entered, or None."""
    text = _folded(name)
    if text in NEVER_ENTERED:
        return text
    return TRASH_START + "*" if text.startswith(TRASH_START) else None


def _folded(name: bytes) -> str:
    try:
        return os.fsdecode(name).lower()
    except UnicodeDecodeError:  # Windows: bytes that no file name there can have
        return name.decode("utf-8", "replace").lower()


@dataclass(frozen=True, slots=True)
class Ignoring:
    """The built-in rules and a firm's own patterns (`*`, `?`, `[..]`, any case) for file names.

    The last of `extra` that fits decides; one that begins with "!" takes a name back in, also
    from a built-in rule. Raises ValueError for a pattern that can never fit.
    """

    extra: tuple[str, ...] = ()
    _compiled: tuple[tuple[str, bool, re.Pattern[str]], ...] = field(
        init=False, repr=False, compare=False, default=()
    )

    def __post_init__(self) -> None:
        compiled = tuple(_compile(pattern) for pattern in reversed(self.extra))
        object.__setattr__(self, "_compiled", compiled)

    def rule_for(self, name: bytes) -> str | None:
        """The rule that ignores a file of this name, as it was written; None for a document."""
        if self._compiled:
            text = _folded(name)
            for rule, ignores, pattern in self._compiled:
                if pattern.match(text):
                    return rule if ignores else None
        return ignored_by(name)

    def skips_folder(self, name: bytes) -> str | None:
        """The rule by which a folder of this name is never entered, or None."""
        return skips_folder(name)


def check_patterns(patterns: Sequence[str]) -> None:
    """Raise ValueError, with a sentence, for the first pattern that can never fit a name."""
    for pattern in patterns:
        _compile(pattern)


def _compile(rule: str) -> tuple[str, bool, re.Pattern[str]]:
    ignores = not rule.startswith("!")
    pattern = rule if ignores else rule[1:]
    if not pattern.strip():
        raise ValueError(f"the pattern {rule!r} is empty")
    if "/" in pattern or "\\" in pattern:
        raise ValueError(f"the pattern {rule!r} names a folder; patterns are for file names only")
    return rule, ignores, re.compile(fnmatch.translate(pattern.lower()))
