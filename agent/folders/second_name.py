"""Files that somebody may have given a second name in a folder of his own (F14).

A hard link makes a file appear in a folder without a right to read it, and an agent with more
rights than the one who linked it would send it. So a file of several names is read only when
whoever may write into the folder could read it anyway. That leaves links of the same owner, of
backups and of tools against duplicates alone.

Linux mostly refuses such links by itself (fs.protected_hardlinks); other systems and file servers
may not. A link whose first name was deleted since cannot be told from an ordinary file.
"""

from __future__ import annotations

import os
import stat
import sys

from agent.errors import SecondName

assert sys.platform != "win32"

ROOT_ACCOUNT = 0


def refuse_second_name(file: os.stat_result, folder: os.stat_result) -> None:
    """Raise SecondName for a file of several names that the folder's writers may not read.

    Both are facts of open descriptors, so that nothing can be exchanged in between.
    """
    if file.st_nlink < 2 or _readable_by_writers(file, folder, os.geteuid(), os.getegid()):
        return
    raise SecondName(
        "It is a second name (a hard link) of a file that those who may write into this folder "
        "may not read."
    )


def _readable_by_writers(
    file: os.stat_result, folder: os.stat_result, agent: int, own_group: int
) -> bool:
    """Whether everyone who may have put the name there could read the file without the agent."""
    if file.st_mode & stat.S_IROTH:
        return True
    if folder.st_mode & stat.S_IWOTH:
        return False
    if file.st_mode & stat.S_IRGRP and file.st_gid == folder.st_gid:
        return True
    if folder.st_mode & stat.S_IWGRP and folder.st_gid != own_group:
        return False
    return folder.st_uid in (ROOT_ACCOUNT, agent, file.st_uid)
