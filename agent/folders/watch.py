"""Live watching of all roots: native events only, and every loss of them is told."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

from watchdog.events import FileSystemEventHandler
from watchdog.observers.api import BaseObserver, EventEmitter, ObservedWatch

from agent.errors import RootUnavailable
from agent.folders.hands import Hands
from agent.folders.hints import DirtySet
from agent.model.hints import Hints

if sys.platform == "win32":
    from agent.folders.windows import WindowsEmitter as SystemEmitter
    from agent.folders.windows import start_sentence
elif sys.platform == "darwin":
    from agent.folders.macos import FseventsEmitter as SystemEmitter
    from agent.folders.macos import start_sentence
else:
    from agent.folders.linux import InotifyEmitter as SystemEmitter
    from agent.folders.linux import start_sentence

_OFF = "Live watching is switched off in the configuration. Changes are found by scans."
_LOST = "The folder is away, so it is not watched. Watching resumes when the folder is back."
_BEGINNING = "Live watching is being prepared. Changes are found by scans until then."
_BROKEN = "Live watching broke off and is being restarted. Changes are found by scans."

_COVER_SECONDS = 5.0  # how long a large root's watches are waited for
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


@dataclass(slots=True)
class _Post:
    """A root that is to be watched, and what watches it; `due` is monotonic."""

    identity: tuple[int, int] | None
    watch: ObservedWatch | None = None
    emitter: SystemEmitter | None = None
    pause: float = 0.0
    due: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether its thread still reads events."""
        return self.emitter is not None and self.emitter.is_alive() and not self.emitter.lost


class NativeWatch:
    """Fulfils engine.ports.Watch on top of watchdog, with one watch and one thread a root.

    With `native` False nothing is ever watched and take() gives nothing. A thread that died is
    started again by take(), after 1 s at first and 60 s at last; a root that went away is not:
    arm() it when it is back. Safe to use from several threads; no lock is held while a root is
    touched, so limits() and close() answer although a root hangs; with `hands` the others do soon.
    """

    def __init__(
        self,
        native: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
        hands: Hands | None = None,
    ) -> None:
        self._native = native
        self._monotonic = monotonic
        self._hands = hands
        self._hints = DirtySet()
        self._posts: dict[bytes, _Post] = {}
        self._said: dict[bytes, str] = {}
        self._observer: BaseObserver | None = None
        self._lock = threading.RLock()

    def on_hint(self, callback: Callable[[], None]) -> None:
        """Call this when something waits, at most once between two takes.

        It is called from an event thread and must not block.
        """
        self._hints.on_hint = callback

    def arm(self, root: bytes) -> bool:
        """Watch this root (again); False when its events will be incomplete (see limits).

        It costs one stat when the root is watched already and still the same folder, so call it
        before every deep scan. When it returns True, everything below is watched. Raises
        RootUnavailable when the root hangs.
        """
        if not self._native:
            self._said[root] = _OFF
            return False
        identity = self._identity(root)
        with self._lock:
            post = self._posts.get(root)
            if post is None or not post.alive or post.identity != identity:
                self.disarm(root)
                if identity is None:
                    self._said[root] = _LOST
                else:
                    self._start(root, _Post(identity))
        self._await_cover(root)
        return root not in self.limits()

    def disarm(self, root: bytes) -> None:
        """Stop watching a root (it is unavailable)."""
        with self._lock:
            self._said.pop(root, None)
            post = self._posts.pop(root, None)
            if post is not None:
                self._stop(post)

    def take(self) -> Hints:
        """Everything told since the last call; forgets it. Restarts what died."""
        with self._lock:
            dead = self._supervise()
        for root, post in dead:
            self._revive(root, post)
        return self._hints.take()

    def limits(self) -> Mapping[bytes, str]:
        """Roots whose live watching is limited, with the sentence that says why and the remedy."""
        with self._lock:
            said = dict(self._said)
            for root, post in self._posts.items():
                sentence = _limit_of(post)
                if sentence is not None:
                    said.setdefault(root, sentence)
            return said

    def close(self) -> None:
        """Stop every thread and wait for its end; nothing can be armed afterwards."""
        with self._lock:
            self._native = False
            self._posts.clear()
            self._end_observer()

    def _start(self, root: bytes, post: _Post) -> bool:
        """Begin to watch; on failure the sentence is kept, and nothing is watched."""
        try:
            post.watch = self._running().schedule(
                FileSystemEventHandler(), os.fsdecode(root), recursive=True
            )
        except (OSError, RuntimeError) as error:
            self._said[root] = start_sentence(error)
            return False
        for emitter in self._running().emitters:
            if emitter.watch == post.watch:
                assert isinstance(emitter, SystemEmitter)
                post.emitter = emitter
        self._posts[root] = post
        self._said.pop(root, None)
        return True

    def _await_cover(self, root: bytes) -> None:
        """Wait until everything below is watched; what takes too long becomes a gap at its end."""
        with self._lock:
            post = self._posts.get(root)
        emitter = post.emitter if post is not None else None
        if emitter is None:
            return
        if not emitter.covered.wait(_COVER_SECONDS):
            emitter.late = True
            if emitter.covered.is_set():  # just now: it may not have seen that it is late
                self._hints.gap(root)
        elif emitter.failure is not None:
            with self._lock:
                self.disarm(root)
                self._said[root] = start_sentence(emitter.failure)

    def _identity(self, root: bytes) -> tuple[int, int] | None:
        """Device and inode; None for a root that is not there. Raises RootUnavailable."""
        if self._hands is None:
            return _identity(root)
        return self._hands.do(root, lambda beat: _identity(root))

    def _stop(self, post: _Post) -> None:
        if post.watch is not None and self._observer is not None:
            self._observer.unschedule(post.watch)
        post.watch = post.emitter = None

    def _running(self) -> BaseObserver:
        """The observer, made on first use; its own queue stays empty."""
        if self._observer is None:
            emitter_class = cast("type[EventEmitter]", partial(SystemEmitter, hints=self._hints))
            self._observer = BaseObserver(emitter_class)
            self._observer.start()
        return self._observer

    def _end_observer(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None

    def _supervise(self) -> list[tuple[bytes, _Post]]:
        """The roots whose threads died, without those that went away."""
        if self._observer is not None and not self._observer.is_alive():
            self._end_observer()
            for post in self._posts.values():
                post.watch = post.emitter = None
        dead = []
        for root, post in list(self._posts.items()):
            if post.emitter is not None and post.emitter.lost:
                self.disarm(root)
                self._said[root] = _LOST
            elif not post.alive:
                dead.append((root, post))
        return dead

    def _revive(self, root: bytes, post: _Post) -> None:
        """Start a root's thread again unless that was tried a moment ago; then tell the gap."""
        now = self._monotonic()
        if now < post.due:
            return
        calm = now - post.due > _LONGEST_PAUSE
        post.pause = _FIRST_PAUSE if calm else min(2 * post.pause, _LONGEST_PAUSE) or _FIRST_PAUSE
        post.due = now + post.pause
        try:
            identity = self._identity(root)
        except RootUnavailable:
            return
        with self._lock:
            self._stop(post)
            post.identity = identity
            self._start(root, post)
        self._await_cover(root)
        # After the start, because a scan that begins now must not miss what follows it.
        self._hints.gap(root)


def _limit_of(post: _Post) -> str | None:
    """Why a root's live watching is limited."""
    emitter = post.emitter
    if emitter is None or not emitter.is_alive():
        return _BROKEN
    return emitter.limit if emitter.covered.is_set() else _BEGINNING


def _identity(root: bytes) -> tuple[int, int] | None:
    """Device and inode; None for a root that is not there or no folder."""
    try:
        facts = os.stat(root)
    except OSError:
        return None
    return (facts.st_dev, facts.st_ino) if stat.S_ISDIR(facts.st_mode) else None
