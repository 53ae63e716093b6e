"""What an error number of POSIX means for a file, said in a sentence."""

from __future__ import annotations

import errno
import os

from agent.errors import (
    DiskError,
    FileAbsent,
    FileBusy,
    FileDenied,
    FileTrouble,
    NotRegular,
    OnlineOnly,
    RootUnavailable,
)

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})
_DENIED = frozenset({errno.EACCES, errno.EPERM})
_BUSY = frozenset({errno.EBUSY, errno.ETXTBSY, errno.EAGAIN})
# Opening a socket or a device without a driver gives these.
_NOT_REGULAR = frozenset({errno.ENXIO, errno.ENODEV, errno.EISDIR})
# macOS answers so when a placeholder's bytes may not be fetched.
_ONLINE_ONLY = errno.EDEADLK

_ROOT_SENTENCES = {
    errno.ENOENT: "The watched folder is not there.",
    errno.ENOTDIR: "Something that is not a folder lies at the watched path.",
    errno.ELOOP: "The path of the watched folder runs in a circle of links.",
    errno.EACCES: "The agent's account may not open the watched folder.",
    errno.EPERM: "The agent's account may not open the watched folder.",
}


def file_trouble(error: OSError) -> FileTrouble:
    """The error of the house for one that arose at a file or folder below a root.

    FileAbsent and DiskError are only a first opinion: whoever asks must look at the root again
    before believing them: a vanished share looks like "deleted" otherwise.
    """
    number = error.errno or 0
    if number in _ABSENT:
        return FileAbsent("Nothing is there under this name any more.")
    if number in _DENIED:
        return FileDenied("The agent's account may not read it.")
    if number in _BUSY:
        return FileBusy("Another program holds it.")
    if number in _NOT_REGULAR:
        return NotRegular("It is a folder, a device or a socket, not a regular file.")
    if number == _ONLINE_ONLY:
        return OnlineOnly("Its bytes are in the cloud only.")
    return DiskError(f"The disk or the share answered: {os.strerror(number)}.")


def root_trouble(error: OSError) -> RootUnavailable:
    """The error of the house for one that arose at the root itself."""
    number = error.errno or 0
    said = _ROOT_SENTENCES.get(number)
    return RootUnavailable(said or f"The watched folder answered: {os.strerror(number)}.")
