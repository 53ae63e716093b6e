"""The icon's menu on the desktop's bus. Source: the interface com.canonical.dbusmenu, version 3."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from agent.tray.bus import Body, Bus, Called
from agent.tray.entries import ROOT, Entries

MENU = "com.canonical.dbusmenu"
MENU_PATH = "/MenuBar"
MENU_PROPERTIES: dict[str, tuple[str, Any]] = {
    "Version": ("u", 3),
    "TextDirection": ("s", "ltr"),
    "Status": ("s", "normal"),
    "IconThemePath": ("as", []),
}


class BusMenu:
    """Told by one thread, asked by another; `clicked` is given pystray's item."""

    def __init__(self, bus: Bus, clicked: Callable[[Any], None]) -> None:
        self._bus = bus
        self._clicked = clicked
        self._entries = Entries()
        self._lock = threading.Lock()

    def tell(self, menu: Any, *, signals: bool) -> None:
        """Show this menu (pystray's) from now on; other words alone are no new layout."""
        with self._lock:
            change = self._entries.replace(menu)
            revision = self._entries.revision
        if not signals or not change:
            return
        if change.layout:
            self._bus.signal(MENU_PATH, MENU, "LayoutUpdated", "ui", (revision, ROOT))
        else:
            body: Body = (change.changed, change.removed)
            signature = "a(ia{sv})a(ias)"
            self._bus.signal(MENU_PATH, MENU, "ItemsPropertiesUpdated", signature, body)

    def answered(self, called: Called) -> tuple[str, Body] | None:
        """The answer to a call, with its types; None: no such method."""
        with self._lock:
            return self._answered(called)

    def _answered(self, called: Called) -> tuple[str, Body] | None:
        entries, body = self._entries, called.body
        match called.member:
            case "GetLayout":
                return "u(ia{sv}av)", entries.layout(*body)
            case "GetGroupProperties":
                return "a(ia{sv})", (entries.properties(*body),)
            case "GetProperty":
                return "v", (entries.properties([body[0]], [])[0][1][body[1]],)
            case "Event":
                self._event(body[0], body[1])
                return "", ()
            case "EventGroup":
                return "ai", ([n for n, kind, *_ in body[0] if not self._event(n, kind)],)
            case "AboutToShow":
                return "b", (False,)
            case "AboutToShowGroup":
                return "aiai", ([], [])
        return None

    def _event(self, number: int, kind: str) -> bool:
        """Do what the entry does; False where it is no more."""
        entry = self._entries.entry(number)
        if entry is None:
            return False
        if kind == "clicked" and entry.item is not None and entry.item.enabled:
            self._clicked(entry.item)
        return True
