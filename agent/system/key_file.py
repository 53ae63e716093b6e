"""The API key in a file of our own (0600): for machines without a secret store, on request only."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from agent.errors import SignInNeeded

MOST_BYTES = 8192


def read_key_file(path: Path) -> str | None:
    """The file's text, None when there is no such file.

    Raises SignInNeeded for a file that others may read or that is not ours (reliability.md C9).
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SignInNeeded(f"The key file {path} cannot be read ({error.strerror}).") from error
    with os.fdopen(descriptor, "rb") as file:
        _check_private(path, os.fstat(descriptor))
        return file.read(MOST_BYTES).decode("utf-8", "replace")


def write_key_file(path: Path, key: str) -> None:
    """Replace the file in one step; it is never readable by others, not even for a moment."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)


def _check_private(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SignInNeeded(f"The key file {path} is not a regular file. Remove it.")
    # On Windows the profile's access list, which the file inherits, does this work.
    if sys.platform != "win32":
        if found.st_uid != os.geteuid():
            raise SignInNeeded(f"The key file {path} belongs to user {found.st_uid}. Remove it.")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise SignInNeeded(
                f"The key file {path} can be read by others. Run: chmod 600 '{path}', "
                "and make a new key if somebody may have read it."
            )
