"""When many folders of one root changed last, at one opening of the root (POSIX).

A sweep asks for every known folder. Asked one by one, each costs six calls; here a folder costs
one, and what holds it three, once for all that lie side by side.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Sequence

from agent.errors import FileTrouble
from agent.folders.listing import fit

if sys.platform != "win32":
    from agent.folders.walk import Walk, is_plain

assert sys.platform != "win32"

Times = dict[bytes, int | FileTrouble]


def folder_times(
    root: bytes,
    folders: Sequence[bytes],
    alone: Callable[[bytes], int],
    beat: Callable[[], None],
) -> list[int | FileTrouble]:
    """The mtime of each folder in nanoseconds, or the trouble with it; `beat` is called for each.

    A folder that is anything but well is asked for once more by `alone`, which knows what is the
    matter. Raises RootUnavailable, also when the root is another one in the end.
    """
    times: Times = {}
    with Walk(root) as walk:
        times[b""] = fit(walk.facts.st_mtime_ns)
        for parent, names in _by_parent(folders).items():
            _ask_in(walk, parent, names, times, beat)
        for folder in folders:
            if folder not in times:
                beat()
                times[folder] = _alone(folder, alone)
        walk.confirm_root()
    return [times[folder] for folder in folders]


def _by_parent(folders: Sequence[bytes]) -> dict[bytes, list[bytes]]:
    """The names by the folder that they lie in."""
    found: dict[bytes, list[bytes]] = {}
    for folder in folders:
        parent, _, name = folder.rpartition(b"/")
        found.setdefault(parent, []).append(name)
    return found


def _ask_in(
    walk: Walk, parent: bytes, names: list[bytes], times: Times, beat: Callable[[], None]
) -> None:
    """Take the times of the folders in `parent` that are well.

    No link is followed (S7): none on the way to the parent, and the name itself is looked at as
    it stands there. Nothing of a folder has to be opened for its time.
    """
    descriptor = walk.below(parent)
    if descriptor < 0:
        return
    device = walk.identity[0]
    above = parent + b"/" if parent else b""
    try:
        for name in names:
            beat()
            if not is_plain(name):
                continue
            try:
                facts = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISDIR(facts.st_mode) and facts.st_dev == device:
                times[above + name] = fit(facts.st_mtime_ns)
    finally:
        os.close(descriptor)


def _alone(folder: bytes, alone: Callable[[bytes], int]) -> int | FileTrouble:
    try:
        return alone(folder)
    except FileTrouble as trouble:
        return trouble.with_traceback(None)  # it is kept; its frames would keep themselves
