"""The icon on a real bus, seen by a panel of our own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from agent.tray.bus import Body, Bus, Then
from agent.tray.face import IconFace, icon_face
from agent.tray.icon import look_of, picture
from agent.tray.menu import Act, menu_of, title_of
from agent.tray.pixmap import argb
from agent.tray.sni_host import GRACE, WATCHER
from agent.tray.sni_notices import INTERFACE as NOTICES
from agent.words.tray import ALREADY, NO_TRAY
from tests.kit.process import wait_for
from tests.tray.host import Panel, session_bus
from tests.tray.told import progress, recent, snapshot

pytestmark = [pytest.mark.slow, pytest.mark.system]


class Shown:
    """A face that runs, and what was clicked on it."""

    def __init__(self, bus: str, **told: object) -> None:
        first = snapshot(**told)
        self.acts: list[Act] = []
        self.said: list[str] = []
        shown = (look_of("filed"), title_of(first), menu_of(first))
        env = {"DBUS_SESSION_BUS_ADDRESS": bus}
        found = icon_face(env, shown, self.acts.append, self.said.append)
        assert isinstance(found, IconFace)
        self.face = found
        self.ended: list[bool] = []
        self._thread = threading.Thread(target=lambda: self.ended.append(self.face.run()))
        self._thread.start()

    def show(self, **told: object) -> None:
        """The agent stands so now."""
        now = snapshot(**told)
        look = look_of(now["standing"], 0.0, now["needs"])
        self.face.show(look, title_of(now), menu_of(now))

    def end(self) -> None:
        """Quit."""
        self.face.stop()
        self._thread.join(20)


@pytest.fixture
def bus() -> Iterator[str]:
    with session_bus() as address:
        yield address


@contextmanager
def shown_on(bus: str, **told: object) -> Iterator[Shown]:
    shown = Shown(bus, **told)
    try:
        yield shown
    finally:
        shown.end()


def test_a_panel_reads_picture_title_and_menu(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus):
        item = panel.item()
        assert item["Id"] == "filed-agent"
        assert item["Title"] == "Filed Agent: All 1,284 documents are filed."
        assert item["Status"] == "Active"
        assert item["ItemIsMenu"] is False
        assert item["Menu"] == "/MenuBar"
        assert item["ToolTip"][2] == item["Title"]
        for size in (16, 22, 24, 32, 48, 64):
            assert item.icon(size) == argb(picture(look_of("filed"), size))
        assert list(item.labels())[:3] == [
            "All 1,284 documents are filed.",
            "Recent documents",
            "W-2 & 1099.pdf · Berg · filed",
        ]


def test_every_entry_that_can_be_clicked_arrives(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus, needs=2) as shown:
        item = panel.item()
        parents = item.parents()  # these only open a submenu
        for number, enabled in item.labels().values():
            before = len(shown.acts)
            item.event(number)
            assert len(shown.acts) == before + (enabled and number not in parents)
        assert {act.verb for act in shown.acts} == {
            *("status", "folder", "pause", "scan", "retry", "sign-in", "home", "about", "quit"),
        }


def test_a_left_click_shows_the_status(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus) as shown:
        panel.item().activate()
        assert shown.acts == [Act("status")]


def test_nothing_is_published_where_no_word_changed(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus) as shown:
        item = panel.item()
        revision = item.layout()[0]
        for second in range(50):
            shown.show(at=f"2026-11-22T10:00:{second:02}+00:00")
        assert item.layout()[0] == revision
        assert panel.signals == []


def test_live_figures_go_to_the_tooltip_at_once_and_to_the_menu_seldom(bus: str) -> None:
    working = {"standing": "working", "sentence": "3 documents are on the way."}
    with Panel(bus) as panel, shown_on(bus) as shown:
        item = panel.item()
        shown.show(**working, progress=progress(3, 10, "10 bytes to send"))
        revision = item.layout()[0]
        for left in range(9, 0, -1):
            shown.show(**working, progress=progress(3, left, f"{left} bytes to send"))
        assert item["Title"].endswith("1 bytes to send")
        assert "10 bytes to send" in item.labels()
        assert item.layout()[0] == revision
        assert [name for name, _ in panel.signals].count("LayoutUpdated") == 1


def test_other_words_alone_leave_an_open_menu_open(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus) as shown:
        item = panel.item()
        before = item.labels()
        shown.show(sentence="All 1,285 documents are filed.")
        after = item.labels()
        names = [name for name, _ in panel.signals]
        assert "LayoutUpdated" not in names
        assert names.count("ItemsPropertiesUpdated") == 1
        assert [n for n, _ in after.values()] == [n for n, _ in before.values()]
        assert next(iter(after)) == "All 1,285 documents are filed."


def test_a_click_on_an_entry_that_has_gone_does_nothing(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus, recent=[recent(1, "a.pdf")]) as shown:
        item = panel.item()
        old = item.labels()["a.pdf · Berg · filed"][0]
        shown.show(recent=[recent(2, "b.pdf", "/srv/other")])
        item.event(old)
        assert shown.acts == []
        assert item.labels()["b.pdf · Berg · filed"][0] != old


def test_what_needs_a_person_asks_the_panel_to_show_it(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus) as shown:
        item = panel.item()
        shown.show(standing="needs-you", needs=3)
        assert item["Status"] == "NeedsAttention"
        assert item.icon(22) == argb(picture(look_of("needs-you", number=3), 22))
        assert [name for name, _ in panel.signals if name.startswith("NewI")] == ["NewIcon"]
        assert ("NewStatus", ("NeedsAttention",)) in panel.signals


def test_names_keep_their_underscores_and_cannot_be_markup(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus, recent=[recent(1, "<b>a_b__c</b>")]):
        _, root = panel.item().layout()
        assert "<b>a__b____c</b>" in str(root)


def test_a_new_watcher_gets_the_icon_too(bus: str) -> None:
    with shown_on(bus) as shown:
        with Panel(bus) as panel:
            assert panel.item()["Id"] == "filed-agent"
        with Panel(bus) as panel:
            assert panel.item()["Id"] == "filed-agent"
        assert len(shown.said) <= 1


def test_a_desktop_without_a_tray_is_said_once_and_notices_still_appear(bus: str) -> None:
    with Panel(bus, watches=False) as panel, shown_on(bus) as shown:
        wait_for(lambda: len(panel.notices) == 1, "it is said")
        assert panel.notices.pop() == ("Filed Agent", NO_TRAY, 1, 0)
        shown.face.notice("signed-out", "Sign-in needed", "Run <login> & wait.", urgent=True)
        shown.face.notice("signed-out", "Sign-in needed", "Still.")
        shown.face.notice("digest", "Filed", "12 documents.")
        wait_for(lambda: len(panel.notices) == 3, "the notices")
        assert panel.notices[0] == ("Sign-in needed", "Run &lt;login&gt; &amp; wait.", 2, 0)
        assert panel.notices[1][2:] == (1, 1)  # in the place of the first
        assert panel.notices[2][3] == 0
        assert shown.said == [NO_TRAY]


@pytest.mark.parametrize("way", ["hosts", "takes"])
def test_a_watcher_that_shows_no_icon_is_no_tray(bus: str, way: str) -> None:
    hosts, takes = way != "hosts", way != "takes"
    with Panel(bus, hosts=hosts, takes=takes) as panel, shown_on(bus) as shown:
        wait_for(lambda: bool(panel.notices), "it is said")
        assert shown.said == [NO_TRAY]
        assert panel.notices == [("Filed Agent", NO_TRAY, 1, 0)]


def test_a_desktop_that_finds_its_host_in_time_is_no_case_for_words(bus: str) -> None:
    with Panel(bus, hosts=False) as panel, shown_on(bus) as shown:
        panel.item()
        panel.bus.signal("/StatusNotifierWatcher", WATCHER, "StatusNotifierHostRegistered", "", ())
        for _ in range(4):
            panel.item().labels()
            time.sleep(GRACE / 3)
        assert (shown.said, panel.notices) == ([], [])


def test_a_new_notification_service_is_told_no_old_number(bus: str) -> None:
    with Panel(bus, notices=False) as watcher, shown_on(bus) as shown:
        watcher.item()
        for _ in range(2):
            with Panel(bus, watches=False) as service:
                for text in ("One.", "Two."):
                    shown.face.notice("digest", "Filed", text)
                wait_for(lambda: len(service.notices) == 2, "the notices")
                assert [one[3] for one in service.notices] == [0, 1]
        wait_for(lambda: not has_owner(watcher, NOTICES), "it has gone")
        assert shown.said == []


def has_owner(panel: Panel, name: str) -> bool:
    bus = "org.freedesktop.DBus"
    return bool(panel.ask(bus, "/org/freedesktop/DBus", f"{bus}.NameHasOwner", "s", (name,))[0])


def test_odd_messages_end_nothing(bus: str, caplog: pytest.LogCaptureFixture) -> None:
    with Panel(bus) as panel, shown_on(bus) as shown:
        item = panel.item()
        path = "/org/freedesktop/DBus"
        panel.bus.signal(path, "org.freedesktop.DBus", "NameOwnerChanged", "s", ("x",))
        panel.bus.signal("/x", NOTICES, "ActionInvoked", "", ())
        assert "Show status" in item.labels()
        assert shown.ended == []
        assert caplog.text.count("cannot be understood") == 1


def test_a_bus_that_gives_no_names_still_shows_the_icon(
    bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Panel(bus) as panel:
        asked = Bus.ask_bus

        def refused(self: Bus, member: str, signature: str, body: Body, then: Then) -> None:
            wrong = "a" if member == "RequestName" else ""  # "RequestNamea": an error is answered
            asked(self, member + wrong, signature, body, then)

        monkeypatch.setattr(Bus, "ask_bus", refused)
        with shown_on(bus) as shown:
            assert panel.item()["Id"] == "filed-agent"
            assert shown.said == []


def test_a_click_on_a_notice_shows_the_status_and_one_on_another_s_does_not(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus) as shown:
        panel.item()
        shown.face.notice("digest", "Filed", "12 documents.")
        wait_for(lambda: bool(panel.notices), "the notice")
        panel.invoke(77)
        panel.invoke(1)
        wait_for(lambda: bool(shown.acts), "the click")
        assert shown.acts == [Act("status")]


def test_notices_that_nobody_shows_are_printed(bus: str) -> None:
    with Panel(bus, notices=False) as panel, shown_on(bus) as shown:
        panel.item()
        shown.face.notice("digest", "Filed", "12 documents.")
        wait_for(lambda: bool(shown.said), "it is said")
        assert shown.said == ["Filed: 12 documents."]


def test_a_second_icon_for_the_same_agent_says_so_and_ends(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus) as first:
        panel.item()
        with shown_on(bus) as second:
            wait_for(lambda: bool(second.ended), "the second one ends")
            assert (second.ended, second.said) == ([True], [ALREADY])
        assert len(panel.registered) == 1
        assert first.ended == []


def test_a_stop_before_the_start_is_not_forgotten(bus: str) -> None:
    shown = (look_of("filed"), "", menu_of(None))
    face = icon_face({"DBUS_SESSION_BUS_ADDRESS": bus}, shown, lambda act: None, print)
    assert face is not None
    face.stop()
    assert face.run() is True


def test_the_desktop_s_end_is_the_icon_s_end() -> None:
    with session_bus() as bus:
        shown = Shown(bus)
        wait_for(lambda: bool(shown.said), "it runs")
    shown.end()
    assert shown.ended == [False]


def test_hosts_that_ask_for_the_interfaces_are_told_them(bus: str) -> None:
    with Panel(bus) as panel, shown_on(bus):
        name = panel.item().name
        introspect = "org.freedesktop.DBus.Introspectable.Introspect"
        for path, member in {"/StatusNotifierItem": "Activate", "/MenuBar": "GetLayout"}.items():
            assert f'name="{member}"' in panel.ask(name, path, introspect, "", ())[0]
        assert 'name="MenuBar"' in panel.ask(name, "/", introspect, "", ())[0]
