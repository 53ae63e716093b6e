"""The page for everybody: WCAG 2.1 AA by axe, keyboard, a phone's width, both colour schemes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from agent.sandbox.switches import Switches
from tests.page.office import Office, opened, pdf
from tests.peers.node import HERE, install

pytestmark = [pytest.mark.system, pytest.mark.slow]

VIEWS = {
    "overview": "#waiting > li, #recent li, #roots li, #charts rect",
    "documents": "#documents tbody tr",
    "clients": "#clients tbody tr",
    "history": "#history tbody tr",
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
DESK: ViewportSize = {"width": 1180, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An agent of which every kind of list has something to show."""
    with opened(tmp_path_factory.mktemp("busy").resolve(), Switches()) as office:
        write = office.agent.write
        write("Ada Ames/one.pdf", pdf("one"))
        write("Ben Brook/" + "long name " * 20 + ".pdf", pdf("long"))
        office.until("filed", 2)
        sandbox = office.sandbox
        sandbox.switches = replace(sandbox.switches, task_outcome="failed")
        write("Ada Ames/locked.pdf", pdf("locked"))
        write("Ada Ames/empty.pdf", b"")
        write("ADA AMES/two.pdf", pdf("two"))
        office.until("failed", 1)
        yield office


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, as the lock of the peers names it."""
    install()
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text()


def violations(page: Page, axe: str) -> list[str]:
    """What axe finds wrong. Its source comes by the debugger, which the page's CSP cannot stop."""
    page.evaluate(axe)
    found = page.evaluate(
        "(rules) => axe.run(document, {runOnly: rules}).then((told) => told.violations)", RULES
    )
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESK), ("dark", DESK), ("light", PHONE), ("dark", PHONE)]
)
def test_axe_finds_nothing(
    busy: Office, browser: Browser, axe: str, scheme: str, size: ViewportSize
) -> None:
    dark = scheme == "dark"
    with browser.new_context(color_scheme="dark" if dark else "light", viewport=size) as context:
        page = busy.let_in(context.new_page())
        expect(page.locator("#waiting > li")).not_to_have_count(0)
        page.get_by_text("The same as a table").click()
        for view, filled in VIEWS.items():
            page.goto(f"{busy.origin}/#/{view}")
            for rows in filled.split(", "):
                expect(page.locator(rows)).not_to_have_count(0)
            assert violations(page, axe) == []
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{view} scrolls sideways: {wide}"


def test_axe_finds_nothing_in_dialogs_menus_and_answers(
    busy: Office, window: Page, axe: str
) -> None:
    busy.let_in(window)
    window.set_viewport_size(PHONE)
    window.get_by_text("Pause", exact=True).click()
    assert violations(window, axe) == []
    window.keyboard.press("Escape")
    window.get_by_role("button", name="Map to a client").first.click()
    expect(window.get_by_role("radio")).not_to_have_count(0)
    assert violations(window, axe) == []
    window.keyboard.press("Escape")
    window.get_by_role("button", name="Its story").first.click()
    expect(window.locator(".story li")).not_to_have_count(0)
    assert violations(window, axe) == []
    window.get_by_role("dialog").get_by_role("button", name="Open folder").first.click()
    expect(window.locator("#answer")).to_be_visible()
    assert violations(window, axe) == []
    assert window.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_axe_finds_nothing_in_an_explanation(busy: Office, window: Page, axe: str) -> None:
    busy.let_in(window)
    window.set_viewport_size(PHONE)
    path = busy.agent.root / "Ada Ames" / "one.pdf"
    window.get_by_label("Full path of a file or folder").fill(str(path))
    window.keyboard.press("Enter")
    expect(window.locator("#explained .story li")).not_to_have_count(0)
    assert violations(window, axe) == []
    assert window.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_page_says_when_no_agent_answers_in_enough_contrast(
    busy: Office, window: Page, axe: str
) -> None:
    busy.let_in(window)
    expect(window.locator("#waiting > li")).not_to_have_count(0)
    window.route("**/v1/**", lambda route: route.abort("connectionrefused"))
    window.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(window.locator("#state")).to_have_attribute("data-standing", "not-running")
    assert violations(window, axe) == []


def test_the_keyboard_reaches_everything(busy: Office, window: Page) -> None:
    busy.let_in(window)
    window.keyboard.press("Tab")
    expect(window.get_by_role("link", name="Skip to the content")).to_be_focused()
    window.keyboard.press("Enter")
    expect(window.locator("#main")).to_be_focused()
    window.keyboard.press("Tab")
    summary = window.locator("#pause summary")
    expect(summary).to_be_focused()
    window.keyboard.press("Enter")
    expect(window.get_by_role("button", name="For 1 hour").first).to_be_visible()
    window.keyboard.press("Escape")
    expect(window.get_by_role("button", name="For 1 hour").first).to_be_hidden()
    expect(summary).to_be_focused()


def test_the_switch_of_colours_is_kept(busy: Office, window: Page) -> None:
    busy.let_in(window)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = window.evaluate(ground)
    window.get_by_label("Colours").select_option("dark")
    dark = window.evaluate(ground)
    assert dark != light
    window.reload()
    expect(window.get_by_label("Colours")).to_have_value("dark")
    assert window.evaluate(ground) == dark
