"""Who gets at the page: by a one-time link from the agent's own address, and nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.office import ARGUMENTS, Office, browser_path

pytestmark = [pytest.mark.system, pytest.mark.slow]


def test_a_link_logs_in_once(office: Office, window: Page, browser: Browser) -> None:
    link = office.link()
    assert window.goto(link) is not None
    expect(window.get_by_role("heading", level=1)).to_contain_text("documents")
    assert "key=" not in window.url  # nothing of the link stays in the history of the browser
    with browser.new_context() as other:
        again = other.new_page().goto(link)
        assert again is not None
        assert again.status == 403


def test_without_a_link_nothing_is_told(office: Office, window: Page) -> None:
    for path in ("/", "/page.js", "/v1/snapshot", "/v1/events"):
        answer = window.goto(f"{office.origin}{path}")
        assert answer is not None
        assert answer.status == 401


def test_another_name_for_this_machine_is_refused(office: Office, browser: Browser) -> None:
    """DNS rebinding: a foreign name that suddenly points here."""
    rule = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    port = office.address()["port"]
    link = office.link()
    rebound = browser.browser_type.launch(
        executable_path=browser_path(), args=[*ARGUMENTS, rule], timeout=60_000
    )
    try:
        page = rebound.new_page()
        for url in (f"http://evil.example:{port}/", link.replace("127.0.0.1", "evil.example")):
            answer = page.goto(url)
            assert answer is not None
            assert answer.status == 421
    finally:
        rebound.close()


class Foreign(BaseHTTPRequestHandler):
    """A web server of somebody else on this machine."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Prizes</title><form method=post></form>")

    def log_message(self, *told: object) -> None:
        pass


@contextmanager
def foreign_origin() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# another port of the same host is the same site: the browser does send the cookie along
POSTS = """async (door) => {
  const tries = [
    {method: "POST", mode: "no-cors", credentials: "include", body: "{}"},
    {method: "POST", mode: "cors", credentials: "include", body: "{}",
     headers: {"Content-Type": "application/json"}},
  ];
  const got = [];
  for (const one of tries) {
    try { got.push((await fetch(`${door}/v1/pause`, one)).type); } catch { got.push("failed"); }
  }
  try { got.push(await (await fetch(`${door}/v1/snapshot`, {credentials: "include"})).text()); }
  catch { got.push("failed"); }
  return got;
}"""


def test_another_page_can_neither_ask_nor_read(office: Office, window: Page) -> None:
    office.let_in(window)
    with foreign_origin() as foreign:
        window.goto(foreign)
        got = window.evaluate(POSTS, office.origin)
        assert got[0] in ("opaque", "failed")  # nothing of an answer can be read
        assert got[1:] == ["failed", "failed"]
        posted = office.origin + "/v1/pause"
        window.evaluate(
            "(url) => { const form = document.forms[0]; form.action = url; form.submit(); }", posted
        )
        window.wait_for_url(posted)
        expect(window.locator("body")).to_contain_text("Another page asked in your name")
    assert office.ask("GET", "/v1/snapshot")["paused"] is False
