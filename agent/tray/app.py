"""The tray put together: follow the agent, paint what it tells, do what is clicked.

Three threads: the main one belongs to the desktop, one follows the agent and paints, one does
what was clicked. None of them waits for another.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Full, Queue

from agent.control.door_shapes import NoticeAnswer, SnapshotAnswer
from agent.control.remote import SOCKET_VARIABLE, Remote
from agent.tray.deeds import Deeds
from agent.tray.face import Face, icon_face
from agent.tray.icon import Look, look_of
from agent.tray.menu import QUIT, Act, Menu, menu_of, title_of
from agent.tray.printed import PrintedFace
from agent.tray.stretch import Stretch
from agent.tray.watch import LONGEST, Watch
from agent.words import tray as words

LOG = logging.getLogger(__name__)
PROGRAM = "tray"  # what the history calls whoever wished it
SAID = "said"  # the kind of notice that answers a click
MOST_CLICKS = 20  # that wait for the one before them


class Tray:
    """One icon and the agent that it shows; `say` prints a sentence where there is no desktop."""

    def __init__(
        self, env: Mapping[str, str], say: Callable[[str], None], longest: float = LONGEST
    ) -> None:
        self._ended = threading.Event()
        self._stretch = Stretch()
        self._own = not env.get(SOCKET_VARIABLE, "").strip()
        self._deeds = Deeds(lambda: Remote.find(env, PROGRAM), self._answered)
        self._clicks: Queue[Act] = Queue(MOST_CLICKS)
        # daemons: they may be waiting for the agent when the icon goes, and are not waited for
        self._hands = threading.Thread(  # noqa: TID251 - the crew is the engine's, not ours
            target=self._work, name="tray-deeds", daemon=True
        )
        watch = Watch(lambda: Remote.find(env, PROGRAM), self, self._ended.wait, longest)
        self._follower = threading.Thread(  # noqa: TID251 - as above
            target=watch.run, name="tray-watch", daemon=True
        )
        shown = self._shown(None)
        face = icon_face(env, shown, self.clicked, say)
        if face is None:
            say(words.NO_BUS)
        self._face: Face = face or PrintedFace(say)

    def run(self) -> bool:
        """Be there until somebody quits it; False when the desktop has gone."""
        self._follower.start()
        self._hands.start()
        try:
            return self._face.run()
        finally:
            self._ended.set()

    def stop(self) -> None:
        """Take the icon away, from any thread or a signal: it touches no lock of ours."""
        self._face.stop()

    def clicked(self, act: Act) -> None:
        """An entry of the menu: done elsewhere, since the desktop waits for this thread.

        To quit waits for nothing.
        """
        if act.verb == QUIT:
            self.stop()
            return
        with suppress(Full):
            self._clicks.put_nowait(act)

    def seen(self, snapshot: SnapshotAnswer | None, said: str = "") -> None:
        """The agent stands so now; as watch.Listener.seen."""
        with suppress(OSError):  # the desktop may be ending just now
            if not self._ended.is_set():
                self._face.show(*self._shown(snapshot, said))

    def noticed(self, notice: NoticeAnswer) -> None:
        """What the agent wants a person to be told."""
        kind, title, text = notice["kind"], notice["title"], notice["text"]
        with suppress(OSError):
            self._face.notice(kind, title, text, urgent=notice["urgent"])

    def _shown(self, snapshot: SnapshotAnswer | None, said: str = "") -> tuple[Look, str, Menu]:
        share = self._stretch.share(snapshot)
        standing = "not-running" if snapshot is None else snapshot["standing"]
        look = look_of(standing, share, 0 if snapshot is None else snapshot["needs"])
        return look, title_of(snapshot, said), menu_of(snapshot, said, own=self._own)

    def _work(self) -> None:
        """Do what is clicked, one after the other."""
        while not self._ended.is_set():
            self._done(self._clicks.get())

    def _done(self, act: Act) -> None:
        try:
            self._deeds.do(act)
        except Exception:
            LOG.exception("%s could not be done", act.verb)

    def _answered(self, sentence: str) -> None:
        """What came of a click."""
        with suppress(OSError):
            self._face.notice(SAID, words.NAME, sentence)
