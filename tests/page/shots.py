"""Pictures of the page in every state, for the documentation.

`python -m tests.page.shots FOLDER` writes docs/images/page-*.png. The agent watches FOLDER/clients,
a path that the pictures show; FOLDER must not exist, and is removed afterwards.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.kit.process import wait_for
from tests.page.office import Office, launched, opened, pdf

IMAGES = Path(__file__).parents[2] / "docs" / "images"
CLIENTS = (
    "Alder, June",
    "Ash Bakery",
    "Aspen Travel",
    "Beech Dairy",
    "Birch & Sons",
    "Cedar Dental",
    "Elm, Rosa",
    "Fir Garage",
    "Hazel Books",
    "Larch, Tom",
    "Linden Law",
    "Maple Farm",
    "Myrtle, Ann",
    "Oak Studio",
    "Pine Hotel",
    "Rowan, Lee",
    "Spruce Taxi",
    "Yew Gallery",
)
KINDS = ("W-2", "1099-INT", "1098 mortgage", "K-1", "Brokerage statement", "Receipts March")
DAY = 86_400.0


@contextmanager
def page_of(office: Office, browser: Browser, kind: str, view: str) -> Iterator[Page]:
    """A logged-in window: light, dark or phone."""
    phone = kind == "phone"
    with browser.new_context(
        color_scheme="dark" if kind == "dark" else "light",
        viewport={"width": 360, "height": 780} if phone else {"width": 1100, "height": 860},
        device_scale_factor=2 if phone else 1,
    ) as context:
        page = office.let_in(context.new_page(), view)
        page.wait_for_timeout(900)
        yield page


def shoot(
    office: Office,
    browser: Browser,
    name: str,
    *kinds: str,
    view: str = "overview",
    whole: bool = False,
) -> None:
    """A picture for each kind of window, of what it shows or of the `whole` page."""
    for kind in kinds or ("light",):
        with page_of(office, browser, kind, view) as page:
            path = IMAGES / f"page-{name}{'' if kind == 'light' else '-' + kind}.png"
            page.screenshot(path=path, full_page=whole and kind != "phone")


def stands(office: Office, page: Page, standing: str) -> None:
    """Wait until the page says so."""
    expect(page.locator("#state")).to_have_attribute("data-standing", standing, timeout=60_000)


def write_season(office: Office, dice: random.Random) -> int:
    """A few weeks' documents."""
    many = 0
    for client in CLIENTS:
        for kind in dice.sample(KINDS, dice.randint(2, 6)):
            content = pdf(f"{client} {kind}") + dice.randbytes(dice.randint(30_000, 250_000))
            office.agent.write(f"{client}/{kind}.pdf", content + b"\n%%EOF\n")
            many += 1
    return many


def spread(office: Office) -> None:
    """As if a client's documents had come on a day of their own, over weeks; the agent does not
    run meanwhile."""
    days = (29, 28, 27, 24, 23, 21, 20, 17, 16, 15, 14, 13, 10, 9, 8, 7, 6, 3, 2, 1, 0)
    with closing(sqlite3.connect(office.agent.ledger)) as ledger, ledger:
        files = ledger.execute("SELECT id, client_id FROM documents ORDER BY id").fetchall()
        clients = list(dict.fromkeys(client for _, client in files))
        for at, client in enumerate(clients):
            back = days[at * len(days) // len(clients)] * DAY
            ledger.execute(
                "UPDATE history SET at = at - :back WHERE"
                " subject = 'client' AND subject_id = :client OR subject = 'document' AND"
                " subject_id IN (SELECT id FROM documents WHERE client_id = :client) OR"
                " subject = 'operation' AND"
                " subject_id IN (SELECT id FROM operations WHERE client_id = :client)",
                {"back": back, "client": client},
            )


def filed_and_lists(office: Office, browser: Browser) -> None:
    """All is filed: the page, its lists and a document's story."""
    shoot(office, browser, "filed", "light", "dark", "phone", whole=True)
    shoot(office, browser, "documents", "light", "phone", view="documents")
    shoot(office, browser, "clients", "light", "dark", view="clients")
    shoot(office, browser, "history", view="history")
    with page_of(office, browser, "light", "documents") as page:
        page.locator("#documents .link").first.click()
        expect(page.locator(".story li")).not_to_have_count(0)
        page.wait_for_timeout(300)
        page.screenshot(path=IMAGES / "page-story.png")


def explained(office: Office, browser: Browser) -> None:
    """What was decided about a path."""
    with page_of(office, browser, "light", "overview") as page:
        page.get_by_label("Full path").fill(str(office.agent.root / "Oak Studio" / "Notes.tmp"))
        page.keyboard.press("Enter")
        expect(page.locator("#explained h3").first).to_be_visible()
        page.locator("section", has=page.locator("#explain")).screenshot(
            path=IMAGES / "page-explain.png"
        )


def working(office: Office, browser: Browser, dice: random.Random) -> None:
    """Some large documents on a slow line."""
    office.sandbox.aim("PATCH rate 1.0: wait 1.5 s, carry out")
    for client in CLIENTS[:12]:
        content = pdf(client) + dice.randbytes(dice.randint(4, 19) * 1_000_000) + b"\n%%EOF\n"
        office.agent.write(f"{client}/Scan of all receipts.pdf", content)
    with page_of(office, browser, "light", "overview") as page:
        stands(office, page, "working")
        for _ in range(100):
            page.wait_for_timeout(200)
            if page.locator("#line li").count() >= 3 and "left" in page.inner_text("#pace"):
                break
        page.screenshot(path=IMAGES / "page-working.png")
    office.sandbox.clear_faults()
    office.ask("POST", "/v1/pause", {"seconds": 3600})
    shoot(office, browser, "paused")
    office.ask("POST", "/v1/resume", {})
    wait_for(lambda: office.counts()["filed"] == sum(office.counts().values()), "all is filed", 90)


def needing(office: Office, browser: Browser) -> None:
    """A failed document, an empty file, two folders for one client."""
    sandbox = office.sandbox
    sandbox.switches = replace(sandbox.switches, task_outcome="failed")
    office.agent.write("Elm, Rosa/Locked statement.pdf", pdf("locked"))
    office.agent.write("Maple Farm/Scan 0042.pdf", b"")
    office.agent.write("OAK STUDIO/W-2.pdf", pdf("second folder"))
    office.until("failed", 1)
    shoot(office, browser, "needs-you", "light", "dark", "phone")
    with page_of(office, browser, "light", "overview") as page:
        page.get_by_role("button", name="Map to a client").first.click()
        expect(page.get_by_role("radio")).not_to_have_count(0)
        page.screenshot(path=IMAGES / "page-map.png")


def ending(office: Office, browser: Browser) -> None:
    """The page's key is over, Filed cannot be reached, its key is revoked, no agent answers."""
    with page_of(office, browser, "light", "overview") as page:
        page.context.clear_cookies()
        page.get_by_role("button", name="Scan now").click()
        stands(office, page, "page-over")
        page.get_by_role("button", name="Close").click()
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=IMAGES / "page-key-over.png")
    with page_of(office, browser, "light", "overview") as page:
        office.sandbox.stop()
        office.agent.write("Fir Garage/Late receipt.pdf", pdf("late"))
        stands(office, page, "offline")
        page.screenshot(path=IMAGES / "page-offline.png")
        office.sandbox.start()
        office.sandbox.revoke_key(office.sandbox.api_key)
        office.sandbox.forget_tokens()
        stands(office, page, "sign-in")
        page.screenshot(path=IMAGES / "page-sign-in.png")
        office.agent.kill()
        stands(office, page, "not-running")
        page.screenshot(path=IMAGES / "page-no-agent.png")


def main(base: Path) -> None:
    """All pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    dice = random.Random(5)
    base.mkdir()
    try:
        with (
            sync_playwright() as playwright,
            launched(playwright) as browser,
            opened(base) as office,
        ):
            office.until("filed", write_season(office, dice), 100)
            office.agent.end()
            spread(office)
            office.agent.start("run")
            filed_and_lists(office, browser)
            explained(office, browser)
            working(office, browser, dice)
            needing(office, browser)
            ending(office, browser)
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
