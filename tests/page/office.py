"""An agent with its sandbox and its status page, and the browser of a person who looks at it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from agent.system.places import Home
from tests.kit.process import AgentProcess, wait_for

BROWSER_VARIABLE = "CHROMIUM"  # another browser than Debian's
USUAL_BROWSER = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
PATIENCE = 15_000.0  # milliseconds that the page may take to show what is expected


def browser_path() -> str:
    """Where Chromium is; skips the test where there is none."""
    path = os.environ.get(BROWSER_VARIABLE, USUAL_BROWSER)
    if shutil.which(path) is None:
        pytest.skip("Chromium is not installed; .ci/run installs it")
    return path


def launched(playwright: Playwright, *arguments: str) -> Browser:
    """A headless browser; whoever calls closes it."""
    return playwright.chromium.launch(
        executable_path=browser_path(), args=[*ARGUMENTS, *arguments], timeout=60_000
    )


@dataclass
class Office:
    """A running agent that files to a sandbox."""

    sandbox: Sandbox
    agent: AgentProcess

    def address(self) -> dict[str, object]:
        """What control.json tells; waits until the door is open."""
        path = Home.find(self.agent.env).control
        process = self.agent.process
        assert process is not None

        def told() -> dict[str, object]:
            found = json.loads(path.read_text()) if path.exists() else {}
            assert isinstance(found, dict)
            return found

        # a killed agent leaves what it told
        wait_for(lambda: told().get("pid") == process.pid, "the door is open")
        return told()

    @property
    def origin(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.address()['port']}"

    def ask(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """An answer of the door to somebody with the token."""
        told = self.address()
        connection = http.client.HTTPConnection("127.0.0.1", int(str(told["port"])), timeout=20)
        try:
            content = None if body is None else json.dumps(body)
            headers = {"Authorization": f"Bearer {told['token']}"}
            if content is not None:
                headers["Content-Type"] = "application/json"
            connection.request(method, path, content, headers)
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        assert isinstance(answer, dict)
        return answer

    def link(self) -> str:
        """A one-time link to the page."""
        return str(self.ask("POST", "/v1/link", {})["url"])

    def counts(self) -> dict[str, int]:
        """How many documents stand at each stage."""
        counts = self.ask("GET", "/v1/snapshot")["counts"]
        assert isinstance(counts, dict)
        found = counts["documents"]
        assert isinstance(found, dict)
        return {str(stage): int(many) for stage, many in found.items()}

    def until(self, stage: str, many: int, seconds: float = 30.0) -> None:
        """Wait until so many documents stand there."""
        wait_for(lambda: self.counts()[stage] >= many, f"{many} are {stage}", seconds)

    def let_in(self, page: Page, view: str = "overview") -> Page:
        """Log in by a one-time link, and open a view of the page."""
        page.set_default_timeout(PATIENCE)
        page.goto(self.link())
        page.goto(f"{self.origin}/#/{view}")
        expect(page.locator("#state")).not_to_have_attribute("data-standing", "unknown")
        return page


@contextmanager
def opened(base: Path, switches: Switches | None = None, **options: object) -> Iterator[Office]:
    """An agent in this folder, started and ended."""
    with (
        Sandbox(base / "sandbox", switches or Switches()) as sandbox,
        AgentProcess.against(sandbox, base, **options) as agent,
    ):
        office = Office(sandbox, agent)
        agent.start("run")
        office.address()
        yield office


def pdf(text: str) -> bytes:
    """A small document; another text is another content."""
    return b"%PDF-1.4\n" + text.encode("utf-8", "surrogateescape") + b"\n%%EOF\n"
