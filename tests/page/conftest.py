"""A browser for all tests of the page; each test has a window of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.page.office import PATIENCE, Office, launched, opened


# not of the session: the loop that Playwright runs in this thread would be in the way of others
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium without a screen."""
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """An empty window without cookies; whatever its page complains of fails the test."""
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda told: complaints.extend(
            [told.text] if "Content Security Policy" in told.text else []
        ),
    )
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def office(fresh: Path) -> Iterator[Office]:
    """An agent of the test's own."""
    with opened(fresh) as office:
        yield office
