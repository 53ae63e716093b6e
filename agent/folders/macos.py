"""Events of one root on macOS: FSEvents' flags read, so that losses are told."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence

from watchdog.observers.api import EventQueue, ObservedWatch
from watchdog.observers.fsevents import FSEventsEmitter

from agent.folders.hints import DirtySet

assert sys.platform == "darwin"

_LATENCY_SECONDS = 0.5  # one save arrives as one event rather than as five

# FSEvents.h: MustScanSubDirs, UserDropped, KernelDropped, EventIdsWrapped.
_GAP = 0x01 | 0x02 | 0x04 | 0x08
_ROOT_CHANGED = 0x20
_MOUNTED = 0x40 | 0x80
_CREATED_REMOVED_RENAMED = 0x100 | 0x200 | 0x800
_IS_FOLDER = 0x20000


class FseventsEmitter(FSEventsEmitter):
    """Puts what happens under one root into a DirtySet; its thread runs the event loop."""

    def __init__(
        self,
        event_queue: EventQueue,
        watch: ObservedWatch,
        *,
        hints: DirtySet,
        timeout: float = 1.0,
        event_filter: None = None,
    ) -> None:
        super().__init__(
            event_queue,
            watch,
            timeout=timeout,
            event_filter=event_filter,
            latency=_LATENCY_SECONDS,
        )
        self.limit: str | None = None
        self.lost = self.late = False
        self.covered = threading.Event()
        self.covered.set()  # the system watches everything as soon as it is asked
        self.failure: OSError | None = None
        self._root = os.fsencode(watch.path)
        self._hints = hints

    def events_callback(
        self,
        paths: Sequence[bytes | str],
        inodes: Sequence[int],
        flags: Sequence[int],
        ids: Sequence[int],
    ) -> None:
        """What the stream calls with each batch; nothing is asked of the disk here."""
        for path, flag in zip(paths, flags, strict=False):
            self._note(os.fsencode(path), flag)

    def _note(self, full: bytes, flag: int) -> None:
        path = full.removeprefix(self._root).strip(b"/")
        if flag & _ROOT_CHANGED:
            self.lost = True
            self._hints.gap(self._root)
            self.stop()
        elif flag & _GAP or flag & _MOUNTED or not full.startswith(self._root):
            self._hints.gap(self._root)
        elif not flag & _IS_FOLDER:
            folder, _, name = path.rpartition(b"/")
            self._hints.path(self._root, folder, name)
        elif flag & _CREATED_REMOVED_RENAMED and path:
            self._hints.tree(self._root, path)


def start_sentence(error: Exception) -> str:
    """Why a root cannot be watched at all."""
    return f"Live watching cannot start: {error}. Changes are found by scans."
