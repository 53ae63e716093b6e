"""Searching, paging, stories, exports; and names that would like to be more than text."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from agent.model.naming import safe_text
from agent.words.catalogue import CLIENT_STATES, FILE_STATES, OPERATION_STATES, STAGES
from agent.words.show import size_text
from tests.page.office import Office, opened, pdf

pytestmark = [pytest.mark.system, pytest.mark.slow]

MANY = 60
ODD = "Odd <b>Names"
NAMES = (
    "<img src=x onerror=window.taken=1>.pdf",
    "invoice\u202efdp.pdf",
    "two\nlines.pdf",
    "n" * 251 + ".pdf",
    "\u05e9\u05dc\u05d5\u05dd & 'quoted' \"twice\".pdf",
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An agent that filed more than fits on a page, and names of all kinds."""
    with opened(tmp_path_factory.mktemp("full").resolve()) as office:
        for number in range(MANY):
            office.agent.write(f"Client {number % 12:02}/scan {number:03}.pdf", pdf(f"{number}"))
        for number, name in enumerate(NAMES):
            office.agent.write(f"{ODD}/{name}", pdf(f"odd {number}"))
        office.until("filed", MANY + len(NAMES), 100)
        yield office


def test_documents_are_paged_by_the_agent(full: Office, window: Page) -> None:
    full.let_in(window, "documents")
    section = window.locator("#documents")
    rows = section.locator("tbody tr")
    total = MANY + len(NAMES)
    expect(rows).to_have_count(50)
    expect(section.locator(".pager p")).to_have_text(f"1 to 50 of {total} documents")
    section.get_by_role("button", name="Next").click()
    expect(rows).to_have_count(total - 50)
    expect(section.get_by_role("button", name="Next")).to_be_disabled()
    section.get_by_role("button", name="Previous").click()
    expect(rows).to_have_count(50)


def test_documents_are_searched_and_sifted(full: Office, window: Page) -> None:
    full.let_in(window, "documents")
    section = window.locator("#documents")
    section.get_by_label("Search").fill("scan 007")
    expect(section.locator("tbody tr")).to_have_count(1)
    expect(window.locator("#spoken")).to_have_text("1 to 1 of 1 document")
    section.get_by_label("Search").fill("")
    section.get_by_label("Stage").select_option("failed")
    expect(section.locator(".pager p")).to_have_text("No documents here.")


def test_a_document_tells_its_whole_story(full: Office, window: Page) -> None:
    full.let_in(window, "documents")
    window.locator("#documents").get_by_label("Search").fill("scan 007")
    window.get_by_role("button", name="scan 007.pdf").click()
    dialog = window.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_have_text("scan 007.pdf")
    for term in ("SHA-256", "Upload ID", "Task ID", "Client 07"):
        expect(dialog).to_contain_text(term)
    expect(dialog.locator(".places")).to_contain_text(
        str(full.agent.root / "Client 07" / "scan 007.pdf")
    )
    expect(dialog.locator(".story li").last).to_contain_text("filed")
    window.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(window.get_by_role("button", name="scan 007.pdf")).to_be_focused()


def test_a_client_leads_to_its_documents_and_its_history(full: Office, window: Page) -> None:
    full.let_in(window, "clients")
    section = window.locator("#clients")
    expect(section.locator("tbody tr")).to_have_count(13)
    section.get_by_label("Search").fill("Client 03")
    expect(section.locator("tbody tr")).to_have_count(1)
    expect(section.locator("tbody td").nth(1)).to_have_text("5")
    for view, least in (("documents", 5), ("history", 10)):
        window.goto(f"{full.origin}/#/clients")
        section.get_by_role("button", name="Client 03").click()
        window.get_by_role("dialog").get_by_role("button", name=f"Its {view}").click()
        rows = window.locator(f"#{view} tbody tr")
        expect(
            window.locator(f"#{view}").get_by_role("button", name="Client: Client 03")
        ).to_be_visible()
        expect(rows.first).to_contain_text("Client 03")
        wanted = window.locator(f"#{view} .pager p")
        expect(wanted).not_to_contain_text(f"of {MANY}")
        assert rows.count() >= least


def test_history_is_exported(full: Office, window: Page, fresh: Path) -> None:
    full.let_in(window, "history")
    expect(window.locator("#history tbody tr")).to_have_count(50)
    with window.expect_download() as told:
        window.get_by_role("link", name="CSV").click()
    told.value.save_as(fresh / "history.csv")
    with (fresh / "history.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    with window.expect_download() as told:
        window.get_by_role("link", name="JSON").click()
    told.value.save_as(fresh / "history.json")
    lines = json.loads((fresh / "history.json").read_text())["history"]
    assert len(lines) == len(table) > MANY
    assert sum(line["after"] == "filed" for line in lines) == MANY + len(NAMES)


def read_as_text(window: Page) -> None:
    """No name became an element, nor ran; a flag that no snapshot writes over."""
    assert window.locator("img[src=x], b").count() == 0
    assert window.evaluate("window.taken") is None


def test_N04_names_are_text(full: Office, window: Page) -> None:
    full.let_in(window, "documents")
    for view, search in (("documents", "img src"), ("clients", "odd"), ("history", "img src")):
        window.goto(f"{full.origin}/#/{view}")
        window.locator(f"#{view}").get_by_label("Search").fill(search)
        expect(window.locator(f"#{view} tbody tr").filter(has_text=ODD)).not_to_have_count(0)
        read_as_text(window)
    window.goto(f"{full.origin}/#/documents")
    section = window.locator("#documents")
    shown = (NAMES[0], "invoice\\u202efdp.pdf", "two\\nlines.pdf", NAMES[3], NAMES[4])
    for search, name in zip(("img src", "fdp", "lines", "nnnn", "quoted"), shown, strict=True):
        section.get_by_label("Search").fill(search)
        expect(section.locator("tbody tr")).to_have_count(1)
        link = section.locator("tbody .link")
        expect(link).to_have_text(name)
        link.click()
        dialog = window.get_by_role("dialog")
        expect(dialog.get_by_role("heading", level=2)).to_have_text(name)
        expect(dialog).to_contain_text(ODD)
        read_as_text(window)
        window.keyboard.press("Escape")


def test_the_page_says_labels_sizes_and_names_as_the_agent_does(full: Office, window: Page) -> None:
    full.let_in(window)
    labels = window.evaluate("import('/words.js').then(({LABELS}) => LABELS)")
    assert labels == {
        "document": {stage.value: words for stage, words in STAGES.items()},
        "file": {state.value: words for state, words in FILE_STATES.items()},
        "client": {state.value: words for state, words in CLIENT_STATES.items()},
        "operation": {state.value: words for state, words in OPERATION_STATES.items()},
    }
    sizes = [0, 1, 999, 1000, 99_500, 123_456, 999_499, 999_500, 4_200_000, 10**12, 10**16]
    told = window.evaluate("(all) => import('/words.js').then(({size}) => all.map(size))", sizes)
    assert [one.replace("\u00a0", " ") for one in told] == [size_text(size) for size in sizes]
    names = [
        "plain.pdf",
        "tab\there",
        "\x1b[31m",
        "\u00ad",
        "a\u202eb",
        "\u2028",
        "\u200d",
        "\U000e0041",
    ]
    shown = window.evaluate("(all) => import('/words.js').then(({plain}) => all.map(plain))", names)
    assert shown == [safe_text(name) for name in names]
