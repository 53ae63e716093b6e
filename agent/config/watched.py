"""Which folders may be watched at all, and which never beside each other (reliability.md C7).

A folder that is not there is no fault (C6): a share may come later.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.system.asking_paths import real_path, same_file

FOLDS_CASE = sys.platform in ("win32", "darwin")


def full_path(text: str) -> Path:
    """The path that the configuration names; raises ValueError for one that is not complete."""
    try:
        path = Path(text.strip()).expanduser()
    except RuntimeError:
        raise ValueError("begins with ~ and the name of no account of this machine") from None
    if "\0" in text or not text.strip() or not path.is_absolute():
        raise ValueError("is not a full path; write it from the root or drive on")
    return Path(os.path.normpath(path))


def folder_faults(
    folders: Mapping[int, Path], home: Path | None, private: tuple[Path, ...]
) -> Iterator[tuple[int, str]]:
    """The first fault of each folder as (its number counted from 0, sentence).

    `home` is the account's own folder, if it has one; `private` are folders of the agent that
    no watched folder may contain.
    """
    sound: dict[int, Path] = {}
    for number, path in folders.items():
        real = _real(path)
        fault = _own_fault(real, home, private) or next(
            filter(None, (_pair_fault(real, other, n + 1) for n, other in sound.items())), None
        )
        if fault is None:
            sound[number] = real
        else:
            yield number, fault


def _own_fault(path: Path, home: Path | None, private: tuple[Path, ...]) -> str | None:
    if sys.platform != "win32" and path == Path(path.anchor):
        return "is the whole disk; name the folder in which the clients' folders lie"
    if home is not None and _inside(_real(home), path):
        return (
            "is the home folder of the agent's account, or contains it; name a folder that "
            "holds clients and nothing else"
        )
    for folder in private:
        if _inside(_real(folder), path):
            return (
                f"contains the agent's own folder {folder}; watch another folder, or move that "
                "one with FILED_AGENT_HOME"
            )
    return None


def _pair_fault(path: Path, earlier: Path, number: int) -> str | None:
    if _folded(path) == _folded(earlier) or _same_on_disk(path, earlier):
        return f"is the same folder as folder[{number}]; remove one of them"
    if _inside(path, earlier):
        return f"lies within folder[{number}]; each document may belong to one folder only"
    if _inside(earlier, path):
        return f"contains folder[{number}]; each document may belong to one folder only"
    return None


def _real(path: Path) -> Path:
    return Path(real_path(path))


def _folded(path: Path) -> str:
    return str(path).casefold() if FOLDS_CASE else str(path)


def _inside(path: Path, outer: Path) -> bool:
    return Path(_folded(path)).is_relative_to(_folded(outer))


def _same_on_disk(one: Path, other: Path) -> bool:
    """Two names of one folder that no link explains: a bind mount, a second share, its case."""
    return same_file(one, other)
