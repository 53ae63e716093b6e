"""A desktop for the tray, without a screen: a bus of its own, a watcher, a host that looks.

StatusNotifierWatcher, a panel that reads the item and clicks its entries, and a notification
service; all in one connection, served by a thread.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from agent.tray.bus import Body, Bus, Called, address
from agent.tray.bus_menu import MENU
from agent.tray.sni import ITEM
from agent.tray.sni_host import PROPERTIES, WATCHER
from agent.tray.sni_notices import INTERFACE as NOTICES
from tests.kit.process import wait_for

SECONDS = 10.0  # a call on a busy machine


@contextmanager
def session_bus() -> Iterator[str]:
    """A private bus; its address. Skips the test where there is no dbus-daemon."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed (Debian package dbus)")
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as daemon:
        try:
            assert daemon.stdout is not None
            yield daemon.stdout.readline().decode().strip()
        finally:
            daemon.terminate()


class Panel:
    """Watcher, host and notification service at once."""

    def __init__(
        self,
        bus_address: str,
        *,
        watches: bool = True,
        notices: bool = True,
        hosts: bool = True,
        takes: bool = True,
    ) -> None:
        """`hosts` is what it says of itself; without `takes` it refuses every icon."""
        found = Bus.session({"DBUS_SESSION_BUS_ADDRESS": bus_address})
        assert found is not None
        self.bus = found
        self.registered: list[str] = []
        self._hosts, self._takes = hosts, takes
        self.notices: list[tuple[str, str, int, int]] = []  # title, text, urgency, replaces
        self.signals: list[tuple[str, Body]] = []
        self.bus.answerer = self._answered
        self._thread = threading.Thread(target=self.bus.listen)
        self._thread.start()
        for interface, members in {
            ITEM: ("NewIcon", "NewTitle", "NewToolTip", "NewStatus"),
            MENU: ("LayoutUpdated", "ItemsPropertiesUpdated"),
        }.items():
            for member in members:
                self.bus.on_signal(interface, member, partial(self._heard, member))
        if watches:
            self._own(WATCHER)
        if notices:
            self._own(NOTICES)

    def close(self) -> None:
        """Go: the bus tells everyone that the watcher has no owner any more."""
        self.bus.stop()
        self._thread.join(SECONDS)
        self.bus.close()

    def __enter__(self) -> Panel:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def item(self, seconds: float = 20.0) -> Item:
        """The icon that registered last."""
        wait_for(lambda: bool(self.registered), "an icon registers", seconds)
        return Item(self, self.registered[-1])

    def ask(self, name: str, path: str, member: str, signature: str, body: Body) -> Body:
        """Call and wait; the interface is part of `member` up to the last dot."""
        interface, _, called = member.rpartition(".")
        answers: list[Body | None] = []
        there = threading.Event()

        def answered(answer: Body | None) -> None:
            answers.append(answer)
            there.set()

        self.bus.call(address(path, name, interface), called, signature, body, answered)
        assert there.wait(SECONDS), f"{member} was not answered"
        assert answers[0] is not None, f"{member} failed"
        return answers[0]

    def invoke(self, number: int) -> None:
        """A click on the notice with this number."""
        path = "/org/freedesktop/Notifications"
        self.bus.signal(path, NOTICES, "ActionInvoked", "us", (number, "default"))

    def _own(self, name: str) -> None:
        got: list[bool | None] = []
        self.bus.own(name, got.append)
        wait_for(lambda: bool(got), "a name on the bus", SECONDS)
        assert got[0], name

    def _heard(self, member: str, body: Body) -> None:
        self.signals.append((member, body))

    def _answered(self, called: Called) -> tuple[str, Body] | None:
        if called.member == "Get":
            assert called.body == (WATCHER, "IsStatusNotifierHostRegistered")
            return "v", (("b", self._hosts),)
        if called.member == "RegisterStatusNotifierItem":
            if not self._takes:
                raise ValueError("No more icons.")
            assert called.body[0].startswith("/")
            self.registered.append(called.sender)
            return "", ()
        if called.member == "GetCapabilities":
            return "as", (["body", "body-markup", "actions"],)
        if called.member == "Notify":
            _, replaces, _, title, text, _, hints, _ = called.body
            self.notices.append((title, text, hints["urgency"][1], replaces))
            return "u", (replaces or len(self.notices),)
        return None


class Item:
    """One icon, as a panel sees it."""

    def __init__(self, panel: Panel, name: str) -> None:
        self._panel = panel
        self.name = name

    def __getitem__(self, name: str) -> Any:
        member = f"{PROPERTIES}.Get"
        path = "/StatusNotifierItem"
        return self._panel.ask(self.name, path, member, "ss", (ITEM, name))[0][1]

    def activate(self) -> None:
        """A click with the left button."""
        self._panel.ask(self.name, "/StatusNotifierItem", f"{ITEM}.Activate", "ii", (0, 0))

    def layout(self) -> tuple[int, Any]:
        """The revision and the root of the menu."""
        revision, root = self._panel.ask(
            self.name, "/MenuBar", f"{MENU}.GetLayout", "iias", (0, -1, [])
        )
        return revision, root

    def labels(self) -> dict[str, tuple[int, bool]]:
        """Every entry by its text, of submenus too: its number, and whether it can be clicked."""
        return dict(self._labels(self.layout()[1]))

    def _labels(self, entry: Any) -> Iterator[tuple[str, tuple[int, bool]]]:
        number, told, children = entry
        if "label" in told:
            enabled = told.get("enabled", ("b", True))[1]
            yield told["label"][1].replace("__", "_"), (number, enabled)
        for _, child in children:
            yield from self._labels(child)

    def parents(self) -> set[int]:
        """The numbers of the entries that open a submenu."""
        return {entry[0] for _, entry in self.layout()[1][2] if entry[2]}

    def click(self, label: str) -> None:
        """Click the entry whose text begins so."""
        labels = self.labels()
        found = [number for text, (number, _) in labels.items() if text.startswith(label)]
        assert found, f"{label} is not among {list(labels)}"
        self.event(found[0])

    def event(self, number: int) -> None:
        """A click on the entry with this number, whether it is there or not."""
        told = (number, "clicked", ("i", 0), 0)
        self._panel.ask(self.name, "/MenuBar", f"{MENU}.Event", "isvu", told)

    def icon(self, size: int) -> bytes:
        """The pixels of the picture of this size."""
        sizes: dict[int, bytes] = {width: pixels for width, _, pixels in self["IconPixmap"]}
        return sizes[size]
