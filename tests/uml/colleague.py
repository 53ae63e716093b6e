"""Inside the guest: another user of the share, with a Windows program's way of opening files."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import IO, cast

import smbclient

from tests.uml.samba import PASSWORD, SHARE, USER

SERVER = "127.0.0.1"
PATIENCE = 4.0  # seconds; the kernel's own client keeps a closed file for one second


class Colleague:
    """An SMB session of its own; paths are relative to the share, with slashes."""

    def __init__(self) -> None:
        smbclient.register_session(SERVER, username=USER, password=PASSWORD)

    def open(self, path: str, mode: str, share: str | None) -> IO[bytes]:
        """Open as CreateFile does; `share` is what others may do meanwhile: r, w, d or None."""
        return cast("IO[bytes]", smbclient.open_file(_full(path), mode=mode, share_access=share))

    def save_in_place(self, path: str, content: bytes) -> None:
        """Rewrite a file as Excel or a scanner does: others may read meanwhile."""
        with self.open(path, "wb", "r") as file:
            file.write(content)

    def save_by_replacing(self, path: str, content: bytes) -> None:
        """Write beside it and rename over it."""
        with self.open(path + ".new~", "wb", None) as file:
            file.write(content)
        smbclient.replace(_full(path + ".new~"), _full(path))

    def save_by_deleting(self, path: str, content: bytes) -> None:
        """Write beside it, delete the old one, rename; again and again while the name is taken.

        A server keeps a deleted name until its last handle is closed.
        """
        with self.open(path + ".new~", "wb", None) as file:
            file.write(content)
        smbclient.remove(_full(path))
        until = time.monotonic() + PATIENCE
        while True:
            try:
                smbclient.rename(_full(path + ".new~"), _full(path))
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return

    def rename(self, path: str, to: str) -> None:
        """Rename a file or a folder."""
        smbclient.rename(_full(path), _full(to))

    def delete(self, path: str) -> None:
        """Delete a file."""
        smbclient.remove(_full(path))

    def close(self) -> None:
        """End the session."""
        smbclient.reset_connection_cache()


def _full(path: str) -> str:
    return "\\\\" + SERVER + "\\" + SHARE + "\\" + path.replace("/", "\\")


def outcome(what: Callable[[], object]) -> str:
    """What came of it, and in how many seconds."""
    began = time.monotonic()
    try:
        what()
        said = "done"
    except OSError as error:
        said = str(error)
    return f"{said} in {time.monotonic() - began:.1f} s"
