"""A backend for pystray that speaks to the desktop's bus: StatusNotifierItem, without GTK.

Source: freedesktop.org's StatusNotifierItem specification; the menu is agent.tray.bus_menu.
The icon registers with the watcher, and once more whenever another watcher takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from PIL import Image

from agent.tray.bus import Body, Bus, Called
from agent.tray.bus_menu import MENU_PATH, MENU_PROPERTIES, BusMenu
from agent.tray.parts import PlainIcon
from agent.tray.pixmap import Pixmap, image_hint, pixmaps
from agent.tray.sni_host import PROPERTIES, WATCHER, Host
from agent.tray.sni_notices import INTERFACE as NOTICES
from agent.tray.sni_notices import Notice, Notices
from agent.tray.sni_shape import introspection

ITEM = "org.kde.StatusNotifierItem"
ITEM_PATH = "/StatusNotifierItem"
Answer = tuple[str, Body]


class Said(NamedTuple):
    """The `name` that one icon alone may have on the bus, and who is told what befalls it.

    `already`: another one has it, so this one ends. `no_host`: the desktop shows no icons, once.
    `unseen`: a notice that no service shows, its title and text.
    """

    name: str
    already: Callable[[], None]
    no_host: Callable[[], None]
    unseen: Callable[[str, str], None]


class SniIcon(PlainIcon):  # type: ignore[misc]  # pystray has no types
    """pystray's icon on a bus; `name` is the item's Id.

    It is registered once its name is taken on the bus, which only one can, and when there is a
    watcher: now or later.
    """

    def __init__(
        self,
        bus: Bus,
        name: str,
        icon: Image.Image,
        title: str,
        menu: Any,
        words: Said,
    ) -> None:
        self._bus = bus
        self._pictures: Sequence[Image.Image] = (icon,)
        self._pixmaps: list[Pixmap] = []
        self._bus_menu = BusMenu(bus, clicked=lambda item: item(self))
        self._urgent = False
        self._words = words
        self._host = Host(bus, ITEM_PATH, words.no_host)
        self.gone = False  # the bus ended under us
        super().__init__(name, icon, title, menu)
        self._notices = Notices(bus, name, clicked=self)
        self._notices.unseen = words.unseen
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
        self._host.listen()
        self._notices.listen()
        self._mark_ready()
        self.gone = not self._bus.listen()

    def notice(self, kind: str, title: str, text: str, *, urgent: bool) -> None:
        """A notice of the desktop, with the icon's picture."""
        self._notices.picture = image_hint(self._pictures[-1])
        self._notices.show(Notice(kind, title, text, urgent))

    def stop(self) -> None:
        """End run(), also one that has yet to begin."""
        self._host.ended = True
        self._bus.stop()
        super().stop()

    def close(self) -> None:
        """Let go of the bus, once run() has returned and pystray's own thread has shown us."""
        self._host.ended = True
        self._setup_thread.join(self.SETUP_THREAD_TIMEOUT)
        self._bus.close()

    def _stop(self) -> None:
        self._bus.stop()

    def _show(self) -> None:
        with suppress(OSError):  # the bus has gone, which listening finds as well
            self._bus.own(self._words.name, self._owned)

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
        self._bus_menu.tell(self.menu, signals=self.visible)

    def _notify(self, message: str, title: str | None = None) -> None:
        self._notices.show(Notice("", title or self.title, message, urgent=False))

    def _owned(self, ours: bool | None) -> None:
        """None: the bus gives no names; then the icon goes without one."""
        if ours is False:
            self._words.already()
            self.stop()
        else:
            self._host.register()

    def _owner_changed(self, body: Body) -> None:
        name, old, new = body
        if name == WATCHER and new:
            self._host.came()
        elif name == NOTICES and old:
            self._notices.forget()

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
            return self._bus_menu.answered(called)
        return self._item_answered(called) if called.path == ITEM_PATH else None

    def _property(self, called: Called) -> Answer | None:
        known = self._item_properties() if called.body[0] == ITEM else MENU_PROPERTIES
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


_IGNORED = ("SecondaryActivate", "ContextMenu", "Scroll", "ProvideXdgActivationToken")
