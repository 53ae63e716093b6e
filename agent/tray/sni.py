"""A backend for pystray that speaks to the desktop's bus: StatusNotifierItem, without GTK.

Sources: freedesktop.org's StatusNotifierItem specification, com.canonical.dbusmenu's interface.
The icon registers with the watcher, and once more whenever another watcher takes its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from PIL import Image

from agent.tray.bus import Body, Bus, Called, address
from agent.tray.entries import ROOT, Entries
from agent.tray.parts import PlainIcon
from agent.tray.pixmap import Pixmap, image_hint, pixmaps
from agent.tray.sni_notices import Notice, Notices
from agent.tray.sni_shape import introspection

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"
ITEM_PATH = "/StatusNotifierItem"
MENU_PATH = "/MenuBar"
Answer = tuple[str, Body]


class SniIcon(PlainIcon):  # type: ignore[misc]  # pystray has no types
    """pystray's icon on a bus; `name` is the item's Id and its bus name's last part.

    `no_host` is told once where no desktop shows icons; it is registered when one comes later.
    `unseen` is given each notice that no service shows.
    """

    def __init__(
        self,
        bus: Bus,
        name: str,
        icon: Image.Image,
        title: str,
        menu: Any,
        no_host: Callable[[], None] = lambda: None,
        unseen: Callable[[str, str], None] = lambda title, text: None,
    ) -> None:
        self._bus = bus
        self._pictures: Sequence[Image.Image] = (icon,)
        self._pixmaps: list[Pixmap] = []
        self._entries = Entries()
        self._entries_lock = threading.Lock()  # the menu changes in another thread than it is asked
        self._urgent = False
        self._no_host = no_host
        self.gone = False  # the bus ended under us
        super().__init__(name, icon, title, menu)
        self._notices = Notices(bus, name, clicked=self)
        self._notices.unseen = unseen
        self._update_icon()
        bus.answerer = self._answered

    def show(self, pictures: Sequence[Image.Image], *, urgent: bool) -> None:
        """One picture for each size; `urgent` asks the panel not to hide the icon."""
        self._pictures, self._urgent = pictures, urgent
        self.icon = pictures[-1]
        if self.visible:
            self._signal("NewStatus", "s", (self._status(),))

    def _run(self) -> None:
        self._bus.on_signal("org.freedesktop.DBus", "NameOwnerChanged", self._owner_changed)
        self._notices.listen()
        self._mark_ready()
        self.gone = not self._bus.listen()

    def notice(self, kind: str, title: str, text: str, *, urgent: bool) -> None:
        """A notice of the desktop, with the icon's picture."""
        self._notices.picture = image_hint(self._pictures[-1])
        self._notices.show(Notice(kind, title, text, urgent))

    def stop(self) -> None:
        """End run(), also one that has yet to begin."""
        self._bus.stop()
        super().stop()

    def close(self) -> None:
        """Let go of the bus, once run() has returned."""
        self._bus.close()

    def _stop(self) -> None:
        self._bus.stop()

    def _show(self) -> None:
        self._bus.ask_bus("NameHasOwner", "s", (WATCHER,), self._watcher_known)

    def _hide(self) -> None:
        """The item goes with the connection; until then it only says so."""

    def _update_icon(self) -> None:
        self._pixmaps = pixmaps(self._pictures)
        self._icon_valid = True
        if self.visible:
            self._signal("NewIcon")
            self._signal("NewAttentionIcon")

    def _update_title(self) -> None:
        self._signal("NewTitle")
        self._signal("NewToolTip")

    def _update_menu(self) -> None:
        with self._entries_lock:
            change = self._entries.replace(self.menu)
        if not self.visible or not change:
            return
        if change.layout:
            body: Body = (self._entries.revision, ROOT)
            self._bus.signal(MENU_PATH, MENU, "LayoutUpdated", "ui", body)
        else:
            body = (change.changed, change.removed)
            signature = "a(ia{sv})a(ias)"
            self._bus.signal(MENU_PATH, MENU, "ItemsPropertiesUpdated", signature, body)

    def _notify(self, message: str, title: str | None = None) -> None:
        self._notices.show(Notice("", title or self.title, message, urgent=False))

    def _watcher_known(self, body: Body | None) -> None:
        if body is not None and body[0]:
            self._register()
        else:
            self._no_host()

    def _owner_changed(self, body: Body) -> None:
        name, _, new = body
        if name == WATCHER and new and self.visible:
            self._register()

    def _register(self) -> None:
        """By the connection's own path: panels then watch our connection, and see it end."""
        watcher = address("/StatusNotifierWatcher", WATCHER, WATCHER)
        self._bus.call(watcher, "RegisterStatusNotifierItem", "s", (ITEM_PATH,), lambda body: None)

    def _signal(self, member: str, signature: str = "", body: Body = ()) -> None:
        self._bus.signal(ITEM_PATH, ITEM, member, signature, body)

    def _status(self) -> str:
        return "NeedsAttention" if self._urgent else "Active"

    def _answered(self, called: Called) -> Answer | None:
        if called.interface == PROPERTIES:
            return self._property(called)
        if called.interface == "org.freedesktop.DBus.Introspectable":
            return "s", (introspection(called.path),)
        if called.interface == "org.freedesktop.DBus.Peer" and called.member == "Ping":
            return "", ()
        if called.path == MENU_PATH:
            with self._entries_lock:
                return self._menu_answered(called)
        return self._item_answered(called) if called.path == ITEM_PATH else None

    def _property(self, called: Called) -> Answer | None:
        known = self._item_properties() if called.body[0] == ITEM else _MENU_PROPERTIES
        if called.member == "GetAll":
            return "a{sv}", (known,)
        return ("v", (known[called.body[1]],)) if called.member == "Get" else None

    def _item_properties(self) -> dict[str, tuple[str, Any]]:
        return {
            "Category": ("s", "ApplicationStatus"),
            "Id": ("s", self.name),
            "Title": ("s", self.title),
            "Status": ("s", self._status()),
            "WindowId": ("i", 0),
            "IconThemePath": ("s", ""),
            "IconName": ("s", ""),
            "IconPixmap": ("a(iiay)", self._pixmaps),
            "OverlayIconName": ("s", ""),
            "OverlayIconPixmap": ("a(iiay)", []),
            "AttentionIconName": ("s", ""),
            "AttentionIconPixmap": ("a(iiay)", self._pixmaps),
            "AttentionMovieName": ("s", ""),
            "ToolTip": ("(sa(iiay)ss)", ("", [], self.title, "")),
            "ItemIsMenu": ("b", False),
            "Menu": ("o", MENU_PATH),
        }

    def _item_answered(self, called: Called) -> Answer | None:
        if called.member == "Activate":
            self()
        elif called.member not in _IGNORED:
            return None
        return "", ()

    def _menu_answered(self, called: Called) -> Answer | None:
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
            entry.item(self)
        return True


_MENU_PROPERTIES: dict[str, tuple[str, Any]] = {
    "Version": ("u", 3),
    "TextDirection": ("s", "ltr"),
    "Status": ("s", "normal"),
    "IconThemePath": ("as", []),
}
_IGNORED = ("SecondaryActivate", "ContextMenu", "Scroll", "ProvideXdgActivationToken")
