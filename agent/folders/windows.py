"""Events of one root on Windows: watchdog's reader, with its losses told.

What watchdog does that is mended here: a buffer of length nought (the system's word for lost
events) is passed over in silence; events wait until the folder is quiet for a second; reading a
file counts as a change of it.
"""

from __future__ import annotations

import ctypes
import logging
import os
import queue
import sys
import threading
from ctypes.wintypes import DWORD, HANDLE

from watchdog.observers import winapi
from watchdog.observers.api import EventQueue, ObservedWatch
from watchdog.observers.read_directory_changes import WindowsApiEmitter
from watchdog.observers.winapi import DirectoryChangeReader

from agent.folders.hints import DirtySet
from agent.folders.windows_records import (
    ADDED,
    MODIFIED,
    REMOVED,
    SELF_REMOVED,
    Change,
    changes,
)

assert sys.platform == "win32"

_log = logging.getLogger(__name__)

_FIXED_DRIVE = 3
_FIXED_BUFFER = 1 << 20  # over the network the system allows 64 KiB at most

# Module constants of watchdog, read at every call: last access and security stay out.
winapi.WATCHDOG_FILE_NOTIFY_FLAGS = (
    winapi.FILE_NOTIFY_CHANGE_FILE_NAME
    | winapi.FILE_NOTIFY_CHANGE_DIR_NAME
    | winapi.FILE_NOTIFY_CHANGE_ATTRIBUTES
    | winapi.FILE_NOTIFY_CHANGE_SIZE
    | winapi.FILE_NOTIFY_CHANGE_LAST_WRITE
    | winapi.FILE_NOTIFY_CHANGE_CREATION
)


class ChangeReader(DirectoryChangeReader):
    """watchdog's reader with a larger buffer for local drives, and buffers given at once."""

    def __init__(self, path: str) -> None:
        super().__init__(path, recursive=True)
        drive = os.path.splitdrive(path)[0] + "\\"
        fixed = ctypes.windll.kernel32.GetDriveTypeW(drive) == _FIXED_DRIVE
        self._large = ctypes.create_string_buffer(_FIXED_BUFFER) if fixed else None

    def _run_inner(
        self, handle: HANDLE, event_buffer: ctypes.Array[ctypes.c_char], nbytes: DWORD
    ) -> None:
        super()._run_inner(handle, self._large or event_buffer, nbytes)

    def next_buffer(self, timeout: float) -> tuple[bytes, bool] | None:
        """One buffer and whether it is extended; None when nothing came in time (seconds)."""
        try:
            buffer, extended = self._buf_queue.get(timeout=timeout)
        except queue.Empty:
            return None
        return bytes(buffer), bool(extended)


class WindowsEmitter(WindowsApiEmitter):
    """Puts what happens under one root into a DirtySet.

    A reader that fails ends the thread: NativeWatch tells the gap and starts it anew.
    """

    def __init__(
        self,
        event_queue: EventQueue,
        watch: ObservedWatch,
        *,
        hints: DirtySet,
        timeout: float = 1.0,
        event_filter: None = None,
    ) -> None:
        super().__init__(event_queue, watch, timeout=timeout, event_filter=event_filter)
        self.limit: str | None = None
        self.lost = self.late = False
        self.covered = threading.Event()
        self.covered.set()  # the system watches everything as soon as it is asked
        self.failure: OSError | None = None
        self._root = os.fsencode(watch.path)
        self._hints = hints

    def on_thread_start(self) -> None:
        """Open the folder and start reading. Raises OSError, queue.Empty after 2 s."""
        reader = ChangeReader(self.watch.path)
        with self._lock:
            self._reader = reader
        reader.start()

    def queue_events(self, timeout: float) -> None:
        """Wait for one buffer, at most `timeout` seconds, and note what it tells."""
        with self._lock:
            reader = self._reader
        if not isinstance(reader, ChangeReader):
            return
        came = reader.next_buffer(timeout)
        if came is None:
            return
        buffer, extended = came
        if not buffer:
            self._hints.gap(self._root)
            return
        for change in changes(buffer, extended):
            self._note(change)

    def _note(self, change: Change) -> None:
        if change.action == SELF_REMOVED:
            _log.warning("Live watching of a folder broke off")
            self._hints.gap(self._root)
            self.stop()
            return
        path = os.fsencode(change.path.replace("\\", "/"))
        # A removed entry's kind is not reliably told, nor any kind by the plain records.
        unsure = change.is_folder is None or change.action == REMOVED
        if change.action != MODIFIED and (change.is_folder or unsure):
            self._hints.tree(self._root, path)
        if not change.is_folder or unsure:
            folder, _, name = path.rpartition(b"/")
            self._hints.path(self._root, folder, name)
        elif change.action == ADDED:
            self._hints.folder(self._root, path.rpartition(b"/")[0])


def start_sentence(error: Exception) -> str:
    """Why a root cannot be watched at all."""
    return f"Live watching cannot start: {error}. Changes are found by scans."
