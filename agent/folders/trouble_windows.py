"""What an error number of Windows means for a file, said in a sentence."""

from __future__ import annotations

from agent.errors import (
    DiskError,
    FileAbsent,
    FileBusy,
    FileDenied,
    FileTrouble,
    NotRegular,
    OnlineOnly,
)

_ABSENT = frozenset({2, 3, 123, 267, 303})  # not found, bad name, not a folder, delete pending
_DENIED = frozenset({5, 19, 65, 1314, 1326})
_BUSY = frozenset({32, 33, 170, 1224})  # sharing and lock violations, mapped section
_NOT_REGULAR = frozenset({1463, 1920, 4390, 4394})  # links that may not or cannot be followed
_ONLINE_ONLY = range(358, 405)  # ERROR_CLOUD_FILE_*


def windows_trouble(winerror: int) -> FileTrouble:
    """The error of the house for a Win32 error number that arose below a root.

    FileAbsent and DiskError are only a first opinion: whoever asks must identify the root again
    before believing them.
    """
    if winerror in _ABSENT:
        return FileAbsent("Nothing is there under this name any more.")
    if winerror in _DENIED:
        return FileDenied("The agent's account may not read it.")
    if winerror in _BUSY:
        return FileBusy("Another program holds it.")
    if winerror in _NOT_REGULAR:
        return NotRegular("It is a link that cannot be read as a file.")
    if winerror in _ONLINE_ONLY:
        return OnlineOnly("Its bytes are in the cloud only.")
    return DiskError(f"The disk or the share answered with Windows error {winerror}.")
