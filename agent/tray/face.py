"""The icon on this desktop, whichever backend paints it; it is painted only where it changed."""

from __future__ import annotations

import importlib
import os
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from agent.tray.icon import SIZES, Look, picture
from agent.tray.menu import SEPARATOR, Act, Line, Menu, short, without_progress
from agent.tray.notify import show_notice
from agent.tray.parts import OWN_BACKEND, MenuItem, PlainIcon
from agent.tray.parts import Menu as PlainMenu
from agent.words.tray import ALREADY, NAME, NO_TRAY

ID = "filed-agent"
TITLE_MOST = 127  # characters; Windows takes no more
PROGRESS_SECONDS = 5.0  # so often at most are live figures written into a menu that may be open


class Face(Protocol):
    """What a tray needs of a desktop."""

    def show(self, look: Look, title: str, menu: Menu) -> None:
        """Show this from now on."""
        ...

    def notice(self, kind: str, title: str, text: str, *, urgent: bool = False) -> None:
        """Tell a person something, once."""
        ...

    def run(self) -> bool:
        """Be there until stop(); False when the desktop has gone."""
        ...

    def stop(self) -> None:
        """End run(), from any thread or a signal."""
        ...


class IconFace:
    """An icon with its menu. All painting comes from one thread, the one that follows the agent."""

    def __init__(
        self,
        made: Callable[[Any, str, Any], Any],
        shown: tuple[Look, str, Menu],
        clicked: Callable[[Act], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        look, title, menu = shown
        self._clicked = clicked
        self._look, self._menu = look, menu
        self._now = now
        self._menu_at = now()
        self._post = _poster()
        self.icon = made(picture(look, SIZES[-1]), short(title, TITLE_MOST), self._plain(menu))
        self._paint(look)

    def show(self, look: Look, title: str, menu: Menu) -> None:
        """As Face.show; what did not change is not touched."""
        self._post(lambda: self._show(look, short(title, TITLE_MOST), menu))

    def notice(self, kind: str, title: str, text: str, *, urgent: bool = False) -> None:
        """As Face.notice."""
        self._post(lambda: show_notice(self.icon, kind, title, text, urgent=urgent))

    def run(self) -> bool:
        """As Face.run; in the main thread, as macOS wants it."""
        try:
            self.icon.run()
        finally:
            getattr(self.icon, "close", _nothing)()
        return not getattr(self.icon, "gone", False)

    def stop(self) -> None:
        """As Face.stop."""
        self.icon.stop()

    def _show(self, look: Look, title: str, menu: Menu) -> None:
        if look != self._look:
            self._look = look
            self._paint(look)
        self.icon.title = title  # pystray looks itself whether it changed
        if self._worth_it(menu):
            self._menu, self._menu_at = menu, self._now()
            self.icon.menu = self._plain(menu)

    def _paint(self, look: Look) -> None:
        pictures = [picture(look, size) for size in SIZES]
        paint = getattr(self.icon, "show", None)
        if paint is not None:
            paint(pictures, urgent=look.standing in URGENT)
        else:
            self.icon.icon = pictures[-1]

    def _worth_it(self, menu: Menu) -> bool:
        """A new menu closes an open one on some panels: live figures alone have to wait."""
        if menu == self._menu:
            return False
        same = without_progress(menu) == without_progress(self._menu)
        return not same or self._now() - self._menu_at >= PROGRESS_SECONDS

    def _plain(self, menu: Menu) -> Any:
        return PlainMenu(*(self._item(line) for line in menu))

    def _item(self, line: Line) -> Any:
        if line == SEPARATOR:
            return PlainMenu.SEPARATOR
        text = line.text.replace("&", "&&") if sys.platform == "win32" else line.text
        if line.lines:
            item = MenuItem(text, self._plain(line.lines))
        else:
            act = line.act
            item = MenuItem(
                text,
                lambda icon, item: self._clicked(act) if act is not None else None,
                default=line.default,
                enabled=act is not None,
            )
        item.key = line.key
        return item


URGENT = ("needs-you", "sign-in", "disk-full")  # a panel should not hide these


def _poster() -> Callable[[Callable[[], None]], None]:
    """How painting reaches the thread that may paint: macOS takes it from its main thread alone."""
    post: Callable[[Callable[[], None]], None] = _at_once
    if sys.platform == "darwin":
        post = importlib.import_module("PyObjCTools.AppHelper").callAfter
    return post


def _nothing() -> None:
    """What pystray's own icons do to let go."""


def _at_once(painting: Callable[[], None]) -> None:
    painting()


def icon_face(
    env: Mapping[str, str],
    shown: tuple[Look, str, Menu],
    clicked: Callable[[Act], None],
    say: Callable[[str], None],
) -> IconFace | None:
    """The icon of this system; None where there is no desktop to show it on.

    `say` prints that the desktop shows no icons, and the notices that it does not show.
    """
    if not OWN_BACKEND:
        return IconFace(
            lambda image, title, menu: PlainIcon(ID, image, title, menu), shown, clicked
        )
    from agent.tray.bus import Bus
    from agent.tray.sni import Said, SniIcon

    bus = Bus.session(env)
    if bus is None:
        return None

    def printed(title: str, text: str) -> None:
        if text != NO_TRAY:  # which was printed already
            say(f"{title}: {text}")

    def no_host() -> None:
        say(NO_TRAY)
        face.notice("no-tray", NAME, NO_TRAY)

    told = Said(_bus_name(env), lambda: say(ALREADY), no_host, printed)

    def made(image: Any, title: str, menu: Any) -> SniIcon:
        return SniIcon(bus, ID, image, title, menu, told)

    face = IconFace(made, shown, clicked)
    return face


def _bus_name(env: Mapping[str, str]) -> str:
    """One for each agent: a second icon for the same one would only be in the way."""
    agent = env.get("FILED_AGENT_SOCKET") or env.get("FILED_AGENT_HOME") or ""
    return f"com.filed.agent.tray.a{zlib.crc32(os.fsencode(agent)):08x}"
