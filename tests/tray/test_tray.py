"""The whole tray beside a real agent, clicked entry by entry through a real bus."""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agent import __version__
from agent.control.remote import Remote
from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from agent.tray import opening
from agent.tray.icon import Look, look_of, picture
from agent.tray.menu import short
from agent.tray.pixmap import argb
from agent.words import tray as words
from tests.kit.process import AgentProcess, Vitals, wait_for
from tests.tray.desk import Desk, tray
from tests.tray.host import Item, Panel, session_bus
from tests.tray.office import office

pytestmark = [pytest.mark.slow, pytest.mark.system]
QUIET = float(os.environ.get("QUIET", "5"))  # seconds in which nothing happens


def looks(item: Item, look: Look) -> bool:
    return item.icon(22) == argb(picture(look, 22))


def has(item: Item, label: str) -> bool:
    return any(text.startswith(label) for text in item.labels())


@contextmanager
def at_work(
    folder: Path, switches: Switches | None = None
) -> Iterator[tuple[Sandbox, AgentProcess, Panel, Desk]]:
    """All of it, with the icon on a panel."""
    with (
        session_bus() as bus,
        office(folder, switches) as (sandbox, agent),
        Panel(bus) as panel,
        tray(agent.env, folder, bus) as desk,
    ):
        yield sandbox, agent, panel, desk


@pytest.mark.timeout(180)
def test_every_entry_has_its_effect(fresh: Path) -> None:
    with at_work(fresh) as (_, agent, panel, desk):
        item = panel.item()
        wait_for(lambda: looks(item, look_of("filed")), "the one document is filed", 60)
        assert item["Title"] == "Filed Agent: The one document is filed."
        remote = Remote.find(agent.env)
        assert remote is not None

        item.click(words.PAUSE_HOUR)
        wait_for(lambda: has(item, "Resume (paused until"), "paused for an hour")
        assert remote.get("/v1/snapshot")["paused_until"] is not None
        assert looks(item, look_of("paused"))
        item.click(words.RESUME)
        wait_for(lambda: has(item, words.PAUSE_TOMORROW), "resumed")
        item.click(words.PAUSE_TOMORROW)
        wait_for(lambda: has(item, "Resume (paused until"), "paused until tomorrow")
        item.click(words.RESUME)
        wait_for(lambda: has(item, words.PAUSE_OPEN), "resumed again")
        item.click(words.PAUSE_OPEN)
        wait_for(lambda: words.RESUME in item.labels(), "paused without an end")
        assert remote.get("/v1/snapshot")["paused"] is True
        assert remote.get("/v1/snapshot")["paused_until"] is None
        item.click(words.RESUME)
        wait_for(lambda: looks(item, look_of("filed")), "filed again")

        before = len(panel.notices)
        item.click(words.SCAN)
        item.click(words.RETRY_ALL)
        item.click(words.ABOUT)
        wait_for(lambda: len(panel.notices) >= before + 3, "what came of it")
        told = [text for _, text, _, _ in panel.notices[before:]]
        assert any("look" in text.lower() or "scan" in text.lower() for text in told), told
        assert words.about_text(__version__) in told

        item.click(words.SHOW_STATUS)
        opener, url = desk.last_opened(1)
        assert opener == "xdg-open"
        assert entered(url) in (302, 303)
        assert entered(url) == 403  # it serves once
        item.click(short(str(agent.root)))
        assert desk.last_opened(2) == ["xdg-open", str(agent.root)]
        item.click("w2.pdf")
        assert desk.last_opened(3) == ["xdg-open", str(agent.root / "Berg")]
        item.click(words.HOME_FOLDER)
        assert desk.last_opened(4) == ["xdg-open", str(agent.home)]
        item.click(words.SIGN_IN)
        terminal = desk.last_opened(5)
        assert terminal[:2] == ["x-terminal-emulator", "-e"]
        assert opening.WAITS in terminal
        assert terminal[-3:] == ["-m", "agent", "login"]
        item.activate()
        assert desk.last_opened(6)[1].startswith("http://127.0.0.1:")

        item.click(words.QUIT)
        assert desk.process.wait(20) == 0
        assert desk.said() == ""
        assert agent.vitals().threads > 0  # the agent goes on


def entered(url: str) -> int:
    """The status with which the page answers a link."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.timeout(180)
def test_what_needs_a_person_is_counted_and_tried_again(fresh: Path) -> None:
    with at_work(fresh, Switches(task_outcome="failed")) as (sandbox, _, panel, desk):
        item = panel.item()
        wait_for(lambda: looks(item, look_of("needs-you", number=1)), "one needs you", 60)
        assert item["Status"] == "NeedsAttention"
        item.click("Needs you (1)")
        assert desk.last_opened(1)[1].endswith("#needs")
        sandbox.switches = replace(sandbox.switches, task_outcome="completed")
        item.click(words.RETRY_ALL)
        wait_for(lambda: looks(item, look_of("filed")), "tried again, and filed", 60)
        assert item["Status"] == "Active"
        assert not has(item, "Needs you")


@pytest.mark.timeout(180)
def test_an_agent_that_dies_is_seen_and_one_that_comes_back_too(fresh: Path) -> None:
    with at_work(fresh) as (_, agent, panel, desk):
        item = panel.item()
        wait_for(lambda: looks(item, look_of("filed")), "filed", 60)
        agent.kill()
        wait_for(lambda: looks(item, look_of("not-running")), "it has gone", 10)
        assert item["Title"] == f"Filed Agent: {words.NOT_RUNNING}"
        assert not has(item, words.SCAN)
        agent.start("run")
        wait_for(lambda: looks(item, look_of("filed")), "it is back", 60)
        assert has(item, words.SCAN)
        assert panel.registered == [item.name]
        assert desk.process.poll() is None


@pytest.mark.timeout(120)
def test_a_new_panel_shows_the_icon_again(fresh: Path) -> None:
    with session_bus() as bus, office(fresh) as (_, agent), tray(agent.env, fresh, bus):
        with Panel(bus) as panel:
            item = panel.item()
            wait_for(lambda: looks(item, look_of("filed")), "filed", 60)
        with Panel(bus) as panel:
            assert looks(panel.item(), look_of("filed"))


@pytest.mark.timeout(120)
def test_no_tray_is_said_once_and_it_stays_for_the_notices(fresh: Path) -> None:
    with session_bus() as bus, tray({"FILED_AGENT_HOME": str(fresh / "home")}, fresh, bus) as desk:
        wait_for(lambda: bool(desk.said()), "it is said")
        assert desk.process.poll() is None
        desk.process.terminate()
        assert desk.process.wait(20) == 0
        assert desk.said() == f"{words.NO_TRAY}\n"


@pytest.mark.timeout(120)
def test_no_desktop_at_all_is_said_once_and_it_stays(fresh: Path) -> None:
    env = {"FILED_AGENT_HOME": str(fresh / "home"), "XDG_RUNTIME_DIR": str(fresh)}
    with tray(env, fresh, None) as desk:
        wait_for(lambda: bool(desk.said()), "it is said")
        assert desk.process.poll() is None
        desk.process.terminate()
        assert desk.process.wait(20) == 0
        assert desk.said() == f"{words.NO_BUS}\n"


@pytest.mark.timeout(120)
def test_the_desktop_s_end_is_said_and_ends_the_tray(fresh: Path) -> None:
    env = {"FILED_AGENT_HOME": str(fresh / "home")}
    with session_bus() as bus, Panel(bus) as panel:
        desk_of = tray(env, fresh, bus)
        desk = desk_of.__enter__()
        panel.item()
    try:
        assert desk.process.wait(20) == 1
        assert desk.said() == f"{words.DESKTOP_GONE}\n"
    finally:
        desk_of.__exit__(None, None, None)


@pytest.mark.timeout(120)
def test_it_stays_small_and_idle(fresh: Path) -> None:
    with at_work(fresh) as (_, _, panel, desk):
        item = panel.item()
        wait_for(lambda: looks(item, look_of("filed")), "filed", 60)
        vitals = Vitals.of(desk.process.pid)
        print(f"tray: {vitals.rss / 1e6:.1f} MB, {vitals.threads} threads")
        assert vitals.rss < 60e6
        before = desk.ticks()
        desk.outlasts(QUIET)
        assert desk.ticks() - before <= 2


@pytest.mark.timeout(120)
@pytest.mark.parametrize("way", ["menu", "signal"])
def test_it_ends_at_once_though_a_deed_takes_long(fresh: Path, way: str) -> None:
    with at_work(fresh) as (_, _, panel, desk):
        (fresh / "openers/xdg-open").write_text(f"#!/bin/sh\ntouch '{fresh}/opens'\nsleep 10\n")
        item = panel.item()
        wait_for(lambda: has(item, words.HOME_FOLDER), "the agent is found", 60)
        item.click(words.HOME_FOLDER)
        wait_for((fresh / "opens").exists, "the opener is at it")
        if way == "menu":
            item.click(words.QUIT)
        else:
            desk.process.terminate()
        assert desk.process.wait(2) == 0


@pytest.mark.timeout(120)
def test_a_notice_from_before_the_icon_came_is_shown_once(fresh: Path) -> None:
    with (
        session_bus() as bus,
        office(fresh, Switches(task_outcome="failed")) as (_, agent),
        Panel(bus) as panel,
    ):
        wait_for(lambda: Remote.find(agent.env) is not None, "the agent answers")
        remote = Remote.find(agent.env)
        assert remote is not None
        wait_for(lambda: bool(remote.get("/v1/notices")["notices"]), "a notice is raised", 60)
        told = remote.get("/v1/notices")["notices"][0]
        with tray(agent.env, fresh, bus) as desk:
            wait_for(lambda: bool(panel.notices), "it is shown")
            desk.outlasts(1)
        title, text, _, _ = panel.notices[0]
        assert title == told["title"]
        assert text.startswith(told["text"])
        assert [shown[0] for shown in panel.notices].count(title) == 1
