"""What a person can do on the page, and that it is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.page.office import Office, opened, pdf

pytestmark = [pytest.mark.system, pytest.mark.slow]


def answer(window: Page, text: str) -> None:
    """The answer of a wish is seen and, in a live region, heard."""
    expect(window.locator("#answer")).to_contain_text(text)
    expect(window.locator("#spoken")).to_contain_text(text)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An agent without documents."""
    with opened(tmp_path_factory.mktemp("calm").resolve()) as office:
        yield office


def test_pause_for_an_hour_and_resume(calm: Office, window: Page) -> None:
    calm.let_in(window)
    window.get_by_text("Pause", exact=True).click()
    window.get_by_role("button", name="For 1 hour").first.click()
    answer(window, "Paused until")
    expect(window.locator("#state")).to_have_attribute("data-standing", "paused")
    told = calm.ask("GET", "/v1/snapshot")
    assert told["paused"] is True
    assert told["paused_until"] is not None
    resume = window.get_by_role("button", name="Resume")
    expect(resume).to_be_focused()  # the menu that was chosen from is gone
    window.keyboard.press("Enter")
    answer(window, "Sending goes on.")
    expect(window.locator("#state")).to_have_attribute("data-standing", "idle")
    expect(window.locator("#pause summary")).to_be_focused()


@pytest.mark.parametrize("choice", ["Until tomorrow", "Until resumed"])
def test_pause_for_longer(calm: Office, window: Page, choice: str) -> None:
    calm.let_in(window)
    window.get_by_text("Pause", exact=True).click()
    window.get_by_role("button", name=choice).click()
    answer(window, "Paused")
    expect(window.locator("#resume")).to_be_visible()
    until = calm.ask("GET", "/v1/snapshot")["paused_until"]
    assert (until is None) == (choice == "Until resumed")
    window.get_by_role("button", name="Resume").click()
    answer(window, "Sending goes on.")


def test_snooze_and_end_it(calm: Office, window: Page) -> None:
    calm.let_in(window)
    window.get_by_text("Snooze notices").click()
    window.get_by_role("button", name="For 8 hours").click()
    summary = window.locator("#snooze summary")
    expect(summary).to_contain_text("Notices snoozed until")
    summary.click()
    window.get_by_role("button", name="Tell me again").click()
    expect(summary).to_have_text("Snooze notices")


def test_scan_now(calm: Office, window: Page) -> None:
    calm.let_in(window)
    window.get_by_role("button", name="Scan now").click()
    answer(window, "looked through")


def test_a_failed_document_is_tried_again(office: Office, window: Page) -> None:
    sandbox = office.sandbox
    sandbox.switches = replace(sandbox.switches, task_outcome="failed")
    office.agent.write("Ada Ames/locked.pdf", pdf("locked"))
    office.until("failed", 1)
    office.let_in(window)
    card = window.locator("#waiting > li")
    expect(card).to_contain_text("locked.pdf")
    expect(card).to_contain_text("The document could not be converted.")
    expect(window.locator("#needs-title")).to_have_text("Needs you (1)")
    sandbox.switches = replace(sandbox.switches, task_outcome="completed")
    card.get_by_role("button", name="Try again").click()
    answer(window, "To be tried again: 1 document.")
    expect(window.locator("#state")).to_have_attribute("data-standing", "filed")
    expect(window.locator("#needs .empty")).to_have_text("Nothing needs you.")


def test_all_are_tried_again(office: Office, window: Page) -> None:
    sandbox = office.sandbox
    sandbox.switches = replace(sandbox.switches, task_outcome="failed")
    for number in range(3):
        office.agent.write(f"Ada Ames/{number}.pdf", pdf(f"{number}"))
    office.until("failed", 3)
    office.let_in(window)
    sandbox.switches = replace(sandbox.switches, task_outcome="completed")
    window.get_by_role("button", name="Retry all").click()
    answer(window, "To be tried again: 3 documents.")
    expect(window.locator("#retry-all")).to_be_hidden()
    expect(window.get_by_role("button", name="Scan now")).to_be_focused()
    office.until("filed", 3)


def test_a_file_is_left_out_and_taken_in_again(office: Office, window: Page) -> None:
    path = office.agent.write("Ada Ames/empty.pdf", b"")
    office.let_in(window)
    card = window.locator("#waiting > li")
    expect(card).to_contain_text("empty.pdf")
    card.get_by_role("button", name="Leave out").click()
    answer(window, "is left out from now on.")
    expect(window.locator("#needs .empty")).to_be_visible()
    window.get_by_label("Full path of a file or folder").fill(str(path))
    window.get_by_role("button", name="Explain", exact=True).click()
    explained = window.locator("#explained")
    expect(explained).to_contain_text("left out")
    explained.get_by_role("button", name="Take in again").click()
    answer(window, "is taken in again.")
    expect(card).to_contain_text("empty.pdf")


def test_leaving_out_can_be_undone_at_once(office: Office, window: Page) -> None:
    office.agent.write("Ada Ames/empty.pdf", b"")
    office.let_in(window)
    card = window.locator("#waiting > li")
    card.get_by_role("button", name="Leave out").click()
    window.get_by_role("button", name="Undo", exact=True).click()
    answer(window, "is taken in again.")
    expect(window.locator("#close-toast")).to_be_focused()
    expect(card).to_contain_text("empty.pdf")


def test_a_name_that_is_no_text_is_found_again(office: Office, window: Page) -> None:
    """Its path is shown with escapes, so the wish names the file by its number."""
    office.agent.write("Ada Ames/scan\udcff.pdf", b"")
    office.let_in(window)
    card = window.locator("#waiting > li")
    expect(card.locator(".name bdi").first).to_have_text("scan\\xff.pdf")
    card.get_by_role("button", name="Try again").click()
    answer(window, "To be tried again: 1 file.")
    card.get_by_role("button", name="Leave out").click()
    answer(window, "is left out from now on.")
    window.get_by_role("button", name="Undo", exact=True).click()
    answer(window, "is taken in again.")


def test_a_folder_in_doubt_is_mapped_to_its_client(office: Office, window: Page) -> None:
    office.agent.write("Ada Ames/one.pdf", pdf("one"))
    office.until("filed", 1)
    office.agent.write("ADA AMES/two.pdf", pdf("two"))
    office.let_in(window)
    card = window.locator("#waiting > li").filter(has_text="two folders")
    card.get_by_role("button", name="Map to a client").first.click()
    dialog = window.get_by_role("dialog")
    expect(dialog.get_by_role("radio")).not_to_have_count(0)
    path = str(office.agent.root / "ADA AMES")
    dialog.get_by_label("Folder", exact=True).select_option(path)
    dialog.get_by_role("radio").first.check()
    dialog.get_by_role("button", name="Map", exact=True).click()
    answer(window, "stands for Ada Ames from now on.")
    office.until("filed", 2)


def test_a_folder_on_a_machine_without_a_desktop(office: Office, window: Page) -> None:
    """A refusal is a sentence, and it is said."""
    office.agent.write("Ada Ames/empty.pdf", b"")
    office.let_in(window)
    window.locator("#waiting > li").get_by_role("button", name="Open folder").click()
    expect(window.locator("#toast")).to_have_class("refused")
    answer(window, "no desktop")


def test_what_somebody_may_not_do_is_said(calm: Office, window: Page) -> None:
    """The page of somebody who may only look shows the door's own sentence."""
    calm.let_in(window)
    sentence = "Your account may not do this here; ask whoever looks after the agent."
    window.route("**/v1/scan", lambda route: route.fulfill(status=403, json={"sentence": sentence}))
    window.get_by_role("button", name="Scan now").click()
    answer(window, sentence)
    expect(window.locator("#toast")).to_have_class("refused")


def test_a_path_is_explained(office: Office, window: Page) -> None:
    path = office.agent.write("Ada Ames/one.pdf", pdf("one"))
    office.until("filed", 1)
    office.let_in(window)
    window.get_by_label("Full path of a file or folder").fill(str(path))
    window.keyboard.press("Enter")
    explained = window.locator("#explained")
    expect(explained).to_contain_text("SHA-256")
    expect(explained).to_contain_text("Ada Ames")
    expect(explained.locator(".story li")).not_to_have_count(0)
    told = office.ask("GET", "/v1/explain?" + urlencode({"path": str(path)}))
    decisions = cast("list[dict[str, Any]]", told["decisions"])
    assert len(decisions) >= 5
    for one in decisions:  # what, what holds, and where the rule stands
        line = explained.locator("dt", has_text=re.compile(f"^{re.escape(one['what'])}$"))
        expect(line.locator("xpath=following-sibling::dd[1]").last).to_have_text(
            one["told"] + one["origin"]["text"]
        )
    expect(explained).to_contain_text("[[folder]] no. 1")


def a_client_waits(window: Page, *clients: dict[str, object]) -> Locator:
    """The card of a client that waits; the agent lists these clients."""
    told = {"kind": "client", "id": 7, "what": "Ada Ames", "path": None, "client": "Ada Ames"}
    words = {"label": "in doubt", "why": "Two folders.", "next_step": "", "needs_person": True}
    waiting = {"total": 1, "waiting": [{**told, **words}]}
    window.route("**/v1/waiting*", lambda route: route.fulfill(json=waiting))

    def listed(route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        offset, limit = int(asked.get("offset", ["0"])[0]), int(asked["limit"][0])
        found = clients[offset : offset + limit]
        route.fulfill(json={"total": len(clients), "offset": offset, "clients": found})

    window.route("**/v1/clients?*", listed)
    return window.locator("#waiting > li")


def test_a_client_behind_hundreds_of_namesakes_is_found(calm: Office, window: Page) -> None:
    others = [{"id": 100 + number, "name": "Ada Ames"} for number in range(700)]
    folder = {"root": "/srv/clients", "folder": "Ada", "standing": "doubt"}
    client = {"id": 7, "name": "Ada Ames", "external_id": "ada", "folders": [folder]}
    card = a_client_waits(window, *others, client)
    calm.let_in(window)
    card.get_by_role("button", name="Map to a client").click()
    folders = window.get_by_role("dialog").get_by_label("Folder", exact=True)
    expect(folders.locator("option")).to_have_text("/srv/clients/Ada")


@pytest.mark.parametrize("button", ["Map to a client", "Open folder"])
def test_a_client_without_folders(calm: Office, window: Page, button: str) -> None:
    card = a_client_waits(window, {"id": 7, "name": "Ada Ames", "folders": []})
    calm.let_in(window)
    card.get_by_role("button", name=button).click()
    answer(window, "No folder stands for this client any more.")


def test_a_client_that_is_gone(calm: Office, window: Page) -> None:
    card = a_client_waits(window)
    calm.let_in(window)
    card.get_by_role("button", name="Details").click()
    answer(window, "This client is not in the agent's list any more.")


def test_a_wish_whose_answer_is_late_may_still_be_granted(calm: Office, window: Page) -> None:
    """The door may take 20 s; only after 25 s nobody waits any more."""
    window.clock.install()
    calm.let_in(window)
    window.route("**/v1/scan", lambda route: None)
    with window.expect_request("**/v1/scan"):
        window.get_by_role("button", name="Scan now").click()
    window.clock.fast_forward(20_000)
    expect(window.locator("#toast")).to_be_hidden()
    window.clock.fast_forward(6_000)
    answer(window, "The answer did not come in time; it may still be done.")
