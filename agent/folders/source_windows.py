"""An opened regular file on Windows."""

from __future__ import annotations

import io
import os
import threading

from agent.errors import DiskError, FileBusy
from agent.folders.listing import signature_of
from agent.folders.trouble_windows import windows_trouble
from agent.model.file import Signature


class WindowsSource:
    """Fulfils engine.ports.Source; Windows has no pread, so seek and read share a lock."""

    def __init__(self, descriptor: int) -> None:
        self._file = io.FileIO(descriptor)
        self._lock = threading.Lock()

    def signature(self) -> Signature:
        """The signature of the open handle, now. Raises DiskError."""
        try:
            return signature_of(os.fstat(self._file.fileno()))
        except OSError as error:
            raise DiskError(str(windows_trouble(getattr(error, "winerror", None) or 0))) from error

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end. Raises DiskError, FileBusy."""
        parts: list[bytes] = []
        wanted = size
        with self._lock:
            while wanted > 0:
                part = self._read_once(offset + size - wanted, wanted)
                if not part:
                    break
                parts.append(part)
                wanted -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Let go of the file; twice does no harm."""
        self._file.close()

    def __enter__(self) -> WindowsSource:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _read_once(self, offset: int, size: int) -> bytes:
        try:
            self._file.seek(offset)
            return self._file.read(size)
        except OSError as error:
            trouble = windows_trouble(getattr(error, "winerror", None) or 0)
            # The C runtime tells a byte-range lock as EACCES without a Windows number.
            if isinstance(trouble, FileBusy) or isinstance(error, PermissionError):
                raise FileBusy("Another program holds a part of it locked.") from error
            raise DiskError(str(trouble)) from error
