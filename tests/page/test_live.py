"""What happens while the page is open is seen without loading it anew."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from playwright.sync_api import Page, expect

from tests.page.office import Office, pdf

pytestmark = [pytest.mark.system, pytest.mark.slow]


def test_a_new_file_appears_filed(office: Office, window: Page) -> None:
    office.let_in(window)
    state = window.locator("#state")
    window.evaluate("document.body.dataset.same = 'page'")
    office.agent.write("Ada Ames/first.pdf", pdf("first"))
    expect(window.locator("#sentence")).to_have_text("The one document is filed.")
    expect(state).to_have_attribute("data-standing", "filed")
    expect(window.locator("#recent li")).to_contain_text(["first.pdf"])
    expect(window.locator("#recent .stage")).to_have_text(["filed"])
    expect(window.locator("#charts figcaption").first).to_contain_text("Documents: 1 in 30 days")
    assert window.title() == "The one document is filed. filed-agent"
    assert window.evaluate("document.body.dataset.same") == "page"


def test_a_list_follows_what_happens(office: Office, window: Page) -> None:
    office.let_in(window, "documents")
    expect(window.locator("#documents .pager p")).to_have_text("No documents here.")
    office.agent.write("Ada Ames/first.pdf", pdf("first"))
    expect(window.locator("#documents tbody tr")).to_have_count(1)
    expect(window.locator("#documents tbody .stage")).to_have_text("filed")


def test_a_list_that_changes_behind_a_story_keeps_the_place(office: Office, window: Page) -> None:
    office.let_in(window, "documents")
    office.agent.write("Ada Ames/first.pdf", pdf("first"))
    first = window.get_by_role("button", name="first.pdf")
    first.click()
    rows = window.locator("#documents tbody tr")
    expect(window.locator(".story li")).not_to_have_count(0)
    office.agent.write("Ada Ames/second.pdf", pdf("second"))
    expect(rows).to_have_count(2)
    window.keyboard.press("Escape")
    expect(first).to_be_focused()


def test_what_is_on_the_line_is_shown(office: Office, window: Page) -> None:
    office.sandbox.aim("PATCH: stall after 100000 bytes")
    office.let_in(window)
    office.agent.write("Ada Ames/large.pdf", pdf("x" * 600_000))
    expect(window.locator("#line li")).to_have_count(1)
    expect(window.locator("#line")).to_contain_text("large.pdf")
    expect(window.locator("#pace")).to_contain_text("1 document")
    expect(window.locator("#state")).to_have_attribute("data-standing", "working")


def test_an_agent_that_stopped_and_went_on(office: Office, window: Page) -> None:
    """The window behind keeps its cookie, so it comes back by itself once somebody answers."""
    office.let_in(window)
    state = window.locator("#state")
    window.route("**/v1/**", lambda route: route.abort("connectionrefused"))
    window.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(state).to_have_attribute("data-standing", "not-running")
    expect(window.locator("#sentence")).to_have_text("No agent answers.")
    expect(window.locator("#advice")).to_contain_text("tried again by itself")
    window.unroute("**/v1/**")
    expect(state).to_have_attribute("data-standing", "idle")


def test_an_agent_that_was_killed_and_started_again(office: Office, window: Page) -> None:
    office.let_in(window)
    office.agent.kill()
    expect(window.locator("#sentence")).to_have_text("No agent answers.")
    expect(window.locator("#told")).to_have_text("No agent answers.")
    office.agent.start("run")
    office.let_in(window)
    expect(window.locator("#state")).to_have_attribute("data-standing", "idle")


def test_a_page_that_is_not_signed_in_any_more_says_how_to_come_back(
    office: Office, window: Page
) -> None:
    office.let_in(window)
    window.context.clear_cookies()
    window.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    over(window)


def over(window: Page) -> None:
    """Another sign than Filed's refused key, and nothing that looks as if it were of now."""
    expect(window.locator("#sentence")).to_have_text("This page's key is over.")
    expect(window.locator("#advice code")).to_have_text("filed-agent open")
    expect(window.locator("#state")).to_have_attribute("data-standing", "page-over")
    expect(window.locator("#state .sign use")).to_have_attribute("href", "#i-page-over")
    expect(window.locator("#i-page-over")).to_have_count(1)
    expect(window.locator("body")).to_have_class("gone")
    expect(window.locator("main .acts >> visible=true")).to_have_count(0)


def test_a_wish_with_a_key_that_is_over_tells_the_whole_page(office: Office, window: Page) -> None:
    """The feed of before may still be open."""
    office.agent.write("Ada Ames/empty.pdf", b"")
    office.let_in(window)
    expect(window.locator("#waiting .acts")).to_be_visible()
    window.context.clear_cookies()
    window.get_by_role("button", name="Scan now").click()
    over(window)
    expect(window.locator("#sentence")).to_be_focused()


def test_times_of_yesterday_get_their_date_when_the_day_turns(office: Office, window: Page) -> None:
    window.clock.install()
    office.let_in(window)
    office.agent.write("Ada Ames/first.pdf", pdf("first"))
    expect(window.locator("#recent .stage")).to_have_text("filed")  # and so it stays
    moved = window.locator("#recent .sub")
    expect(moved).to_have_text(re.compile(r", \d\d:\d\d$"))
    window.clock.fast_forward("24:00:00")
    expect(moved).to_have_text(re.compile(r", \d{4}-\d\d-\d\d \d\d:\d\d$"))
    expect(window.locator("#roots .sub")).to_have_text(re.compile(r" \d{4}-\d\d-\d\d \d\d:\d\d$"))


def test_a_snooze_that_ended_is_not_told_of(office: Office, window: Page) -> None:
    window.clock.install()
    office.ask("POST", "/v1/snooze", {"seconds": 3600})
    office.let_in(window)
    summary = window.locator("#snooze summary")
    expect(summary).to_contain_text("Notices snoozed until")
    window.clock.fast_forward("01:00:10")
    expect(summary).to_have_text("Snooze notices")


def test_that_nothing_arrived_is_told_until_something_does(office: Office, window: Page) -> None:
    at = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    told = {"id": 1, "kind": "nothing-arrived", "title": "Nothing arrived", "text": "For 3 days."}
    notices = {"notices": [{**told, "at": at, "urgent": False}]}
    window.route("**/v1/notices", lambda route: route.fulfill(json=notices))
    office.let_in(window)
    expect(window.locator("#notes li")).to_contain_text("Nothing arrived. For 3 days.")
    office.agent.write("Ada Ames/first.pdf", pdf("first"))
    expect(window.locator("#sentence")).to_have_text("The one document is filed.")
    expect(window.locator("#notes li")).to_have_count(0)


def test_another_reason_for_as_many_is_seen(office: Office, window: Page) -> None:
    """No number changes, so that no snapshot comes."""
    office.agent.write("Ada Ames/empty.pdf", b"")
    window.clock.install()
    office.let_in(window)
    card = window.locator("#waiting > li")
    expect(card).to_contain_text("empty.pdf")
    other = office.ask("GET", "/v1/waiting")
    for one in cast("list[dict[str, object]]", other["waiting"]):
        one.update(why="Another program holds it.", step="Close that program.")
    window.route("**/v1/waiting*", lambda route: route.fulfill(json=other))
    window.clock.fast_forward(20_000)
    expect(card).to_contain_text("Another program holds it.")
    expect(card).to_contain_text("Close that program.")
