"""To whom a folder belongs: state is never kept in one that somebody else prepared."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

if sys.platform == "win32":
    import win32api
    import win32con
    import win32security


def foreign_owner(path: Path) -> str | None:
    """The owner of `path` in words where it is not the account we run under, else None.

    On Windows Administrators and SYSTEM are trusted too: an elevated installer's folders are
    theirs. Raises OSError when the path cannot be looked at.
    """
    if sys.platform == "win32":
        return _windows_owner(path)
    else:  # noqa: RET505  # mypy needs both branches to leave one out on each platform
        link = path.lstat()
        if stat.S_ISLNK(link.st_mode) and link.st_uid not in (0, os.geteuid()):
            return f"user {link.st_uid}, who made a link of it"
        owner = path.stat().st_uid
        return None if owner == os.geteuid() else f"user {owner}"


def planted(folder: Path, spared: Path) -> str | None:
    """The first entry of `folder`, with its owner, that neither we nor root put there, else None.

    A folder that stood open to others may hold links or files of theirs under our names. `spared`
    is not looked at: a configuration may be an administrator's. On Windows the folder's access
    list does this work. Raises OSError when the folder cannot be listed.
    """
    if sys.platform == "win32":
        return None
    else:  # noqa: RET505  # as above
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    owner = entry.stat(follow_symlinks=False).st_uid
                except FileNotFoundError:  # SQLite's files beside the ledger come and go
                    continue
                if owner not in (0, os.geteuid()) and Path(entry) != spared:
                    return f"{entry.name} in {folder} belongs to user {owner}"
        return None


if sys.platform == "win32":

    def _windows_owner(path: Path) -> str | None:
        try:
            found = win32security.GetFileSecurity(
                str(path), win32security.OWNER_SECURITY_INFORMATION
            )
        except win32security.error as error:
            raise OSError(error.winerror, error.strerror, str(path)) from error
        owner = found.GetSecurityDescriptorOwner()
        token = win32security.OpenProcessToken(win32api.GetCurrentProcess(), win32con.TOKEN_QUERY)
        trusted = [
            win32security.GetTokenInformation(token, win32security.TokenUser)[0],
            win32security.CreateWellKnownSid(win32security.WinBuiltinAdministratorsSid, None),
            win32security.CreateWellKnownSid(win32security.WinLocalSystemSid, None),
        ]
        if any(owner == sid for sid in trusted):
            return None
        return f"account {win32security.ConvertSidToStringSid(owner)}"
