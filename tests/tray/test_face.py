"""What is painted, and when, by whichever backend."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from PIL import Image

from agent.tray.face import PROGRESS_SECONDS, IconFace
from agent.tray.icon import look_of
from agent.tray.menu import Act, menu_of
from agent.tray.printed import PrintedFace
from tests.tray.told import progress, recent, snapshot


class PlainIcon:
    """pystray's icon on Windows or macOS: notes what is set."""

    HAS_NOTIFICATION = True

    def __init__(self, image: Image.Image, title: str, menu: Any) -> None:
        self.painted: list[tuple[str, object]] = []
        self.title, self.menu, self.icon = title, menu, image
        self.painted.clear()

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("icon", "menu") and "painted" in self.__dict__:
            self.painted.append((name, value))
        super().__setattr__(name, value)

    def notify(self, message: str, title: str) -> None:
        self.painted.append(("notice", (message, title)))

    def run(self) -> None:
        pass

    def stop(self) -> None:
        self.painted.append(("stop", None))


class Desk:
    """A face with such an icon, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.acts: list[Act] = []
        shown = (look_of("filed"), "", menu_of(snapshot()))
        self.face = IconFace(PlainIcon, shown, self.acts.append, lambda: self.now)
        self.icon: PlainIcon = self.face.icon
        self.icon.painted.clear()

    def show(self, **told: object) -> list[str]:
        """What was painted anew."""
        self.icon.painted.clear()
        now = snapshot(**told)
        self.face.show(look_of(now["standing"], 0.5, now["needs"]), "title", menu_of(now))
        return [name for name, _ in self.icon.painted]

    def texts(self) -> list[str]:
        return [item.text for item in self.icon.menu]


def test_what_did_not_change_is_not_painted() -> None:
    desk = Desk()
    assert desk.show() == []
    assert desk.show(standing="idle") == []
    desk.now = 3600.0
    assert desk.show() == []


def test_only_what_changed_is_painted() -> None:
    desk = Desk()
    assert desk.show(standing="offline") == ["icon"]
    assert desk.show(standing="offline", sentence="Offline since 10:42.") == ["menu"]
    assert desk.show(standing="needs-you", needs=2) == ["icon", "menu"]
    assert desk.show(standing="needs-you", needs=3) == ["icon", "menu"]


def test_live_figures_wait_until_an_open_menu_has_been_read() -> None:
    desk = Desk()
    assert desk.show(progress=progress(1, 9, "9 bytes to send")) == []
    desk.now = PROGRESS_SECONDS
    assert desk.show(progress=progress(1, 8, "8 bytes to send")) == ["menu"]
    assert "8 bytes to send" in desk.texts()
    assert desk.show(progress=progress(1, 7, "7 bytes to send")) == []
    assert desk.show(sentence="Paused.", progress=progress(1, 6, "6 bytes to send")) == ["menu"]


def test_a_click_is_handed_on_and_words_cannot_be_clicked() -> None:
    desk = Desk()
    for item in desk.icon.menu:
        if item.text == "Scan now":
            item(desk.icon)
    assert desk.acts == [Act("scan")]
    enabled = {item.text: item.enabled for item in Desk().icon.menu}
    assert enabled["Scan now"] is True


def test_notices_fit_what_windows_takes_and_always_have_a_title() -> None:
    desk = Desk()
    desk.face.notice("x", "", "t" * 999, urgent=True)
    name, told = desk.icon.painted[-1]
    assert name == "notice"
    assert isinstance(told, tuple)
    assert (len(told[0]), told[1]) == (255, "Filed Agent")


def test_an_ampersand_is_a_letter_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    desk = Desk()
    desk.show(recent=[recent(1, "a & b.pdf")])
    submenu = next(item for item in desk.icon.menu if item.submenu).submenu
    assert [item.text for item in submenu] == ["a && b.pdf · Berg · filed"]


def test_without_a_desktop_notices_are_printed_on_one_line() -> None:
    said: list[str] = []
    face = PrintedFace(said.append)
    face.show(look_of("filed"), "", menu_of(None))
    face.notice("x", "Sign-in needed", "line\none", urgent=True)
    face.stop()
    assert face.run() is True
    assert said == ["Sign-in needed: line\\none"]
