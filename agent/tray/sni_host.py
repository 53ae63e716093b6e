"""Whether this desktop shows the icon: its watcher takes it in, and a host is there to show it.

Source: freedesktop.org's StatusNotifierItem specification, StatusNotifierWatcher. With a desktop
that is only starting both may come some seconds after the icon.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from agent.tray.bus import Body, Bus, address

WATCHER = "org.kde.StatusNotifierWatcher"
PROPERTIES = "org.freedesktop.DBus.Properties"
PATH = "/StatusNotifierWatcher"
GRACE = 3.0  # seconds in which a starting desktop may still find its host


class Host:
    """Registers one item; `no_host` is told once where nothing shows it after GRACE."""

    def __init__(self, bus: Bus, item: str, no_host: Callable[[], None]) -> None:
        self._bus = bus
        self._item = item
        self._no_host = no_host
        self._allowed = False  # only one icon of an agent registers
        self._taken = False  # by the watcher
        self._hosted = False
        self._said = False
        self.ended = False

    def listen(self) -> None:
        """Hear of a host that comes."""
        self._bus.on_signal(WATCHER, "StatusNotifierHostRegistered", lambda body: self._host(True))

    def register(self) -> None:
        """Register now, where there is a watcher, and with each one that comes."""
        self._allowed = True
        self._bus.ask_bus("NameHasOwner", "s", (WATCHER,), self._known)
        timer = threading.Timer(GRACE, self._late)
        timer.daemon = True
        timer.start()

    def came(self) -> None:
        """A watcher has come."""
        if self._allowed:
            self._register()

    def _known(self, body: Body | None) -> None:
        if body and body[0]:
            self._register()

    def _register(self) -> None:
        """By the connection's own path: panels then watch our connection, and see it end."""
        self._taken = self._hosted = False
        watcher = address(PATH, WATCHER, WATCHER)
        member = "RegisterStatusNotifierItem"
        self._bus.call(watcher, member, "s", (self._item,), self._registered)

    def _registered(self, body: Body | None) -> None:
        """None is an error: this watcher does not show us."""
        if body is None:
            return
        self._taken = True
        asked = (WATCHER, "IsStatusNotifierHostRegistered")
        properties = address(PATH, WATCHER, PROPERTIES)
        self._bus.call(properties, "Get", "ss", asked, self._asked)

    def _asked(self, body: Body | None) -> None:
        """A watcher that cannot tell is believed to have a host."""
        self._host(body is None or body[0][1] is True)

    def _host(self, there: bool) -> None:
        self._hosted = self._hosted or there

    def _late(self) -> None:
        if self.ended or self._said or (self._taken and self._hosted):
            return
        self._said = True
        with suppress(OSError):  # the desktop ended just now
            self._no_host()
