"""Events of one root on Linux: one inotify instance, one thread, nothing lost unseen."""

from __future__ import annotations

import errno
import logging
import os
import select
import sys
import threading
import time
from collections.abc import Iterator

from watchdog.observers.api import EventEmitter, EventQueue, ObservedWatch

from agent.folders import inotify
from agent.folders.hints import DirtySet
from agent.folders.inotify import Inotify, Record
from agent.folders.watch_tree import WatchTree

if sys.platform == "linux":
    from agent.folders.mounts import remote_kind

assert sys.platform == "linux"

_log = logging.getLogger(__name__)

_CALM_SECONDS = 60.0  # without an overflow for so long, the next one is answered at once
_LONGEST_PAUSE = 30.0
_BATCH_SECONDS = 0.01
_JOIN_SECONDS = 1.0


class InotifyEmitter(EventEmitter):
    """Puts what happens under one root into a DirtySet, from its own thread.

    Every folder is watched first and listed second, so nothing made in between is missed; a
    moved folder is watched anew, because its watches would go on telling the old path. All of that
    is done by its own thread, because the root may hang: `covered` is set when everything is
    watched, or when nothing can be (`failure`); where nobody waited for it (`late`) it is a gap.
    `limit` is the sentence that says why some folders are not watched; `lost` is set when the root
    itself went away.
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
        self.lost = False
        self.late = False
        self.covered = threading.Event()
        self.failure: OSError | None = None
        self._root = os.fsencode(watch.path)
        self._hints = hints
        self._inotify: Inotify | None = None
        self._tree = WatchTree()
        self._device = 0
        self._overflow_at = 0.0
        self._pause = 0.0
        self._wake = -1
        self._wake_lock = threading.Lock()

    def on_thread_start(self) -> None:
        """Make what wakes the thread; the root is not touched. Raises OSError: EMFILE."""
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def on_thread_stop(self) -> None:
        """Wake the thread, so that it sees that it has to end."""
        with self._wake_lock:
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, but not for ever: it may hang with its root."""
        super().join(_JOIN_SECONDS if timeout is None else timeout)

    def run(self) -> None:
        """Watch everything, then read events until stopped.

        NativeWatch notices a thread that ended by itself.
        """
        try:
            self._cover_all()
            super().run()
        except Exception:
            _log.exception("Live watching of a folder broke off")
        finally:
            self._end()

    def _cover_all(self) -> None:
        try:
            self._begin()
        except OSError as error:
            self.failure = error
            self.stop()
        self.covered.set()
        if self.late:
            self._hints.gap(self._root)

    def queue_events(self, timeout: float) -> None:
        """Wait for events, however long, and note them."""
        assert self._inotify is not None
        poll = select.poll()
        poll.register(self._inotify.descriptor, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        poll.poll()
        overflown = False
        for record in self._inotify.read():
            overflown = overflown or bool(record.mask & inotify.OVERFLOW)
            # What was read before an overflow is covered by the gap that follows.
            if not overflown and not self.lost:
                self._note(record)
        if overflown and not self.lost:
            self._recover()
        # A burst then comes in few large reads; the first event of it was not delayed.
        self.stopped_event.wait(_BATCH_SECONDS)

    def _note(self, record: Record) -> None:
        folder = self._tree.path(record.watch)
        if folder is None:
            return  # an event that was on its way when its watch was given up
        if record.mask & inotify.SELF:
            self._note_self(record, folder)
        elif record.mask & inotify.IS_FOLDER:
            self._note_folder(record, folder + b"/" + record.name if folder else record.name)
        else:
            done = bool(record.mask & (inotify.CLOSE_WRITE | inotify.MOVED_TO))
            self._hints.path(self._root, folder, record.name, closed=done)

    def _note_self(self, record: Record, folder: bytes) -> None:
        """Something befell a watched folder itself; of those below, their parents tell as well."""
        if not folder:
            self._lose()
        elif record.mask & inotify.IGNORED:
            self._tree.drop(record.watch)

    def _note_folder(self, record: Record, path: bytes) -> None:
        assert self._inotify is not None
        if record.mask & (inotify.CREATE | inotify.MOVED_TO):
            self._cover(record.watch, record.name)
        elif record.mask & (inotify.MOVED_FROM | inotify.DELETE):
            below = self._tree.below(record.watch, record.name)
            for watch in self._tree.drop(below) if below is not None else ():
                self._inotify.remove(watch)
        self._hints.tree(self._root, path)

    def _begin(self) -> None:
        self._inotify = Inotify()
        self._tree = WatchTree()
        self.limit = None
        kind = remote_kind(self._root)
        if kind is not None:
            self.limit = _remote_sentence(kind)
        # With the dot a root that is a link is watched where it leads.
        self._device = os.stat(self._root).st_dev
        watch = self._inotify.add(self._root + b"/.")
        self._tree.add(watch, -1, b"")
        for name in _subfolders(self._root):
            self._cover(watch, name)

    def _cover(self, parent: int, name: bytes) -> None:
        """Watch a folder and all below it."""
        assert self._inotify is not None
        todo = [(parent, name)]
        while todo and self.should_keep_running():
            above, name = todo.pop()
            folder = self._tree.path(above)
            if folder is None:
                continue
            path = b"/".join(part for part in (self._root, folder, name) if part)
            try:
                if os.lstat(path).st_dev != self._device:
                    continue
                watch = self._inotify.add(path)
            except OSError as error:
                self._not_covered(error)
                if error.errno == errno.ENOSPC:
                    return
                continue
            self._tree.add(watch, above, name)
            todo += ((watch, below) for below in _subfolders(path))

    def _not_covered(self, error: OSError) -> None:
        """Of a folder that went away, or that we may not read, the scans tell."""
        if error.errno == errno.ENOSPC:
            self.limit = _limit_sentence()
        elif error.errno == errno.ENAMETOOLONG and self.limit is None:
            self.limit = (
                "Some paths are too long for live watching. Their changes are found by scans."
            )

    def _recover(self) -> None:
        """Events were lost: let the burst pass, watch everything anew, and say so."""
        now = time.monotonic()
        calm = now - self._overflow_at > _CALM_SECONDS
        self._pause = 1.0 if calm else min(2 * self._pause, _LONGEST_PAUSE)
        if self.stopped_event.wait(self._pause):
            return
        if self._inotify is not None:
            self._inotify.close()
        try:
            self._begin()
        except OSError:
            self._lose()
            return
        self._overflow_at = time.monotonic()
        self._hints.gap(self._root)

    def _lose(self) -> None:
        self.lost = True
        self._hints.gap(self._root)
        self.stop()

    def _end(self) -> None:
        if self._inotify is not None:
            self._inotify.close()
        with self._wake_lock:
            if self._wake >= 0:
                os.close(self._wake)
                self._wake = -1


def start_sentence(error: Exception) -> str:
    """Why a root cannot be watched at all, and what to do about it."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _limit_sentence()
    if isinstance(error, OSError) and error.errno == errno.EMFILE:
        now = _allowance("max_user_instances")
        return (
            f"Live watching cannot start: fs.inotify.max_user_instances is {now} and used up. "
            "Changes are found by scans. To raise it: "
            f"sudo sysctl -w fs.inotify.max_user_instances={max(2 * now, 512)}"
        )
    said = error.strerror if isinstance(error, OSError) else str(error)
    return f"Live watching cannot start: {said}. Changes are found by scans."


def _limit_sentence() -> str:
    now = _allowance("max_user_watches")
    return (
        f"Live watching is limited: fs.inotify.max_user_watches is {now} and used up. "
        "Changes elsewhere are found by scans. To raise it: "
        f"sudo sysctl -w fs.inotify.max_user_watches={max(2 * now, 524_288)}"
    )


def _remote_sentence(kind: str) -> str:
    return (
        f"This folder lies on a share ({kind}): changes made on other computers give no events. "
        "They are found by scans."
    )


def _allowance(name: str) -> int:
    try:
        with open(f"/proc/sys/fs/inotify/{name}", encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def _subfolders(path: bytes) -> Iterator[bytes]:
    try:
        with os.scandir(path) as entries:
            yield from [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
