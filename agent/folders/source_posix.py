"""An opened regular file on POSIX."""

from __future__ import annotations

import io
import os
import sys

from agent.errors import DiskError, FileBusy
from agent.folders.listing import signature_of
from agent.folders.trouble import file_trouble
from agent.model.file import Signature

assert sys.platform != "win32"


class PosixSource:
    """Fulfils engine.ports.Source with one descriptor; reads need no lock and no position."""

    def __init__(self, descriptor: int) -> None:
        self._file = io.FileIO(descriptor)

    def signature(self) -> Signature:
        """The signature of the open handle, now. Raises DiskError."""
        return signature_of(self.facts())

    def facts(self) -> os.stat_result:
        """One fstat. Raises DiskError."""
        try:
            return os.fstat(self._file.fileno())
        except OSError as error:
            raise DiskError(str(file_trouble(error))) from error

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end. Raises DiskError, FileBusy."""
        parts: list[bytes] = []
        wanted = size
        while wanted > 0:
            part = self._read_once(offset + size - wanted, wanted)
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Let go of the file; twice does no harm."""
        self._file.close()

    def __enter__(self) -> PosixSource:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _read_once(self, offset: int, size: int) -> bytes:
        try:
            return os.pread(self._file.fileno(), size, offset)
        except OSError as error:
            trouble = file_trouble(error)
            if isinstance(trouble, FileBusy):
                raise trouble from error
            raise DiskError(str(trouble)) from error
