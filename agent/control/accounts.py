"""Accounts of this machine, by number."""

from __future__ import annotations

import getpass
import os
import sys
from functools import lru_cache


def own_uid() -> int | None:
    """The account that we run under; None where accounts have no numbers (Windows)."""
    if sys.platform == "win32":
        return None
    else:  # noqa: RET505  # mypy needs both branches to leave one out on each platform
        return os.geteuid()


@lru_cache(maxsize=64)
def account_name(uid: int | None) -> str:
    """Its name for the history; our own for None."""
    if uid is None or sys.platform == "win32":
        return _ours()
    else:  # noqa: RET505  # as above
        import pwd

        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return f"user {uid}"


def _ours() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name
        return "someone"
