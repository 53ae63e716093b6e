"""The icon on a real panel (xfce4-panel under Xvfb), used with the mouse, seen on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.control.remote import Remote
from tests.cli_demo.virtual_desktop import VirtualDesktop
from tests.kit.process import AgentProcess, wait_for
from tests.tray.desk import Desk, tray
from tests.tray.office import office
from tests.tray.screen import Point, icon_place, mouse, needed

pytestmark = [pytest.mark.slow, pytest.mark.system, pytest.mark.timeout(180)]
DARK = 60  # of 255: menu and panel are darker, the empty desktop is black


class Place(NamedTuple):
    """Where somebody sits."""

    desktop: VirtualDesktop
    agent: AgentProcess
    desk: Desk

    def icon(self, standing: str, seconds: float = 60.0) -> Point:
        """Wait until the icon stands so; where it is."""
        why = f"the panel shows {standing}: {self.desk.said()}"
        wait_for(lambda: icon_place(self.desktop, standing) is not None, why, seconds)
        place = icon_place(self.desktop, standing)
        assert place is not None
        return place

    def menu_is_open(self) -> bool:
        """Whether something is drawn on the empty desktop right above the panel."""
        image = self.desktop.picture().convert("L")
        above = image.crop((image.width - 150, image.height - 200, image.width - 100, 560))
        drawn = sum(above.histogram()[1:DARK])
        return drawn > above.width * above.height / 2

    def open_menu(self, at: Point) -> None:
        """Click with the right button until the menu is there."""
        mouse(self.desktop, "mousemove", *at, "click", 3)
        wait_for(self.menu_is_open, "the menu opens", 15)


@pytest.fixture
def place(fresh: Path) -> Iterator[Place]:
    needed()
    (fresh / "desk").mkdir()
    with VirtualDesktop(fresh / "desk", (800, 600)) as desktop, office(fresh) as (_, agent):
        env = {**agent.env, "DISPLAY": desktop.env["DISPLAY"]}
        with tray(env, fresh, desktop.env["DBUS_SESSION_BUS_ADDRESS"]) as desk:
            yield Place(desktop, agent, desk)


def test_a_person_sees_the_icon_and_acts_in_two_clicks(place: Place) -> None:
    at = place.icon("filed")
    assert not place.menu_is_open()
    mouse(place.desktop, "mousemove", *at, "click", 1)
    assert place.desk.last_opened(1)[1].startswith("http://127.0.0.1:")
    place.open_menu(at)
    mouse(place.desktop, "key", "Down", "Return")  # the sentence leads to the page
    assert place.desk.last_opened(2)[1].startswith("http://127.0.0.1:")
    wait_for(lambda: not place.menu_is_open(), "the menu closes")
    place.open_menu(at)
    # the sentence, recent documents, open folder, show status, pause, for 1 hour
    mouse(place.desktop, "key", *["Down"] * 5, "Right", "Return")
    place.icon("paused", 20)
    remote = Remote.find(place.agent.env)
    assert remote is not None
    assert remote.get("/v1/snapshot")["paused_until"] is not None
    remote.post("/v1/resume")
    place.icon("filed", 20)


def test_the_panel_shows_that_the_agent_died_and_that_it_is_back(place: Place) -> None:
    place.icon("filed")
    place.agent.kill()
    place.icon("not-running", 20)
    place.agent.start("run")
    place.icon("filed")


def test_an_open_menu_stays_open_while_words_change(place: Place) -> None:
    at = place.icon("filed")
    place.open_menu(at)
    place.agent.write("Berg/another.pdf", b"%PDF-1.4\nanother\n%%EOF\n")
    remote = Remote.find(place.agent.env)
    assert remote is not None
    counts = remote.get("/v1/snapshot")["counts"]["documents"]
    wait_for(
        lambda: remote.get("/v1/snapshot")["counts"]["documents"]["filed"] > counts["filed"],
        "one more is filed",
    )
    place.icon("filed")
    place.desk.outlasts(1)
    assert place.menu_is_open()
