"""Notices of the desktop (org.freedesktop.Notifications): one place for each kind of notice.

A newer notice of a kind takes the place of the older one. Clicking one does what clicking the
icon does. Each is sent when the one before it has been answered, so that they keep their order.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import Any, NamedTuple

from agent.tray.bus import Body, Bus, address
from agent.words.tray import NAME, SHOW_STATUS

INTERFACE = "org.freedesktop.Notifications"
SERVICE = address("/org/freedesktop/Notifications", INTERFACE, INTERFACE)
NORMAL, CRITICAL = 1, 2  # urgencies of the specification
KEPT = 50  # numbers of notices that a click may still come for; also how many may wait


class Notice(NamedTuple):
    """What is to be shown; an empty kind takes nothing's place."""

    kind: str
    title: str
    text: str
    urgent: bool


class Notices:
    """The notices of one icon; `clicked` is what a click does."""

    def __init__(self, bus: Bus, name: str, clicked: Callable[[], None]) -> None:
        self._bus = bus
        self._name = name
        self._clicked = clicked
        self._markup: bool | None = None  # None: the service was not asked yet
        self._shown: dict[str, int] = {}
        self._waiting: deque[Notice] = deque(maxlen=KEPT)
        self._busy = False
        self._lock = threading.Lock()
        self.picture: tuple[str, Any] | None = None  # the hint image-data
        self.unseen: Callable[[str, str], None] = lambda title, text: None  # no service shows it

    def listen(self) -> None:
        """Hear clicks."""
        self._bus.on_signal(INTERFACE, "ActionInvoked", self._invoked)

    def show(self, notice: Notice) -> None:
        """Show it, after those that wait."""
        with self._lock:
            self._waiting.append(notice)
            if self._busy:
                return
            self._busy = True
        if self._markup is None:
            self._bus.call(SERVICE, "GetCapabilities", "", (), self._asked)
        else:
            self._next()

    def forget(self) -> None:
        """The service ended: its successor knows none of our numbers, and may show other text."""
        self._shown.clear()
        self._markup = None

    def _asked(self, answer: Body | None) -> None:
        with suppress(LookupError, TypeError):  # an odd answer must not hold up what waits
            if answer is not None:
                self._markup = "body-markup" in answer[0]
        self._next()

    def _next(self) -> None:
        with self._lock:
            notice = self._waiting.popleft() if self._waiting else None
            self._busy = notice is not None
        if notice is not None:
            told = self._told(notice)
            then = self._answered(notice)
            self._bus.call(SERVICE, "Notify", "susssasa{sv}i", told, then)

    def _told(self, notice: Notice) -> Body:
        hints: dict[str, tuple[str, Any]] = {
            "urgency": ("y", CRITICAL if notice.urgent else NORMAL),
            "desktop-entry": ("s", self._name),
        }
        if self.picture is not None:
            hints["image-data"] = self.picture
        body = escape(notice.text, quote=False) if self._markup else notice.text
        replaces = self._shown.get(notice.kind, 0)
        actions = ["default", SHOW_STATUS]
        return NAME, replaces, "", notice.title, body, actions, hints, -1

    def _answered(self, notice: Notice) -> Callable[[Body | None], None]:
        def answered(answer: Body | None) -> None:
            if answer is None:
                self.unseen(notice.title, notice.text)
            elif notice.kind and answer:
                self._shown.pop(notice.kind, None)  # the newest comes last
                self._shown[notice.kind] = answer[0]
                while len(self._shown) > KEPT:
                    del self._shown[next(iter(self._shown))]
            self._next()

        return answered

    def _invoked(self, body: Body) -> None:
        if body and body[0] in self._shown.values():
            self._clicked()
