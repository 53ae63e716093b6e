"""Inside the guest: the agent, with everything that its scenes ask of it."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agent.sandbox.server import Sandbox
from tests.kit.process import AgentProcess, expected, filed

RUN = Path("/run")


@dataclass
class Office(AgentProcess):
    """An agent in the guest whose watched folder lies where the scene says."""

    watched: Path = RUN / "clients"
    state: Path = RUN / "agent" / "home"
    network_quiet: float = 2.0
    debounce: float = 0.2

    @classmethod
    def of(cls, sandbox: Sandbox, watched: Path) -> Office:
        """An agent that files to this sandbox."""
        base = RUN / "agent"
        base.mkdir()
        urls = (sandbox.graphql_url, sandbox.upload_url, sandbox.api_key)
        return cls(base, *urls, watched=watched)

    @property
    def root(self) -> Path:
        """The watched folder."""
        return self.watched

    @property
    def home(self) -> Path:
        """FILED_AGENT_HOME."""
        return self.state

    def command(self, *arguments: str) -> list[str]:
        """As the kit's, with a quiet time for shares that fits a scene."""
        command = super().command(*arguments)
        own = self.base / "guest.toml"
        text = (self.base / "config.toml").read_text(encoding="utf-8")
        told = f"[settle]\nnetwork_quiet_seconds = {self.network_quiet}"
        text = text.replace("[settle]", told)
        text = text.replace("debounce_seconds = 0.2", f"debounce_seconds = {self.debounce}")
        if not own.exists() or own.read_text(encoding="utf-8") != text:
            own.write_text(text, encoding="utf-8")
        command[command.index("--config") + 1] = str(own)
        return command

    def rows(self, question: str) -> list[tuple[object, ...]]:
        """What the ledger answers; nothing while it is being made."""
        path = self.home / "ledger.sqlite3"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as ledger:
            if not ledger.execute("SELECT 1 FROM sqlite_schema WHERE name = 'history'").fetchall():
                return []
            return ledger.execute(question).fetchall()

    def missing(self) -> list[str]:
        """Every line of history that called a file missing."""
        question = "SELECT why FROM history WHERE subject = 'file' AND after = 'missing'"
        return [str(row[0]) for row in self.rows(question)]

    def away(self) -> str | None:
        """Why the watched folder is unavailable just now, if it is."""
        rows = self.rows("SELECT unavailable FROM roots")
        return str(rows[0][0]) if rows and rows[0][0] is not None else None

    def held(self) -> dict[str, str]:
        """Names of held files with their reasons."""
        question = "SELECT name, reason FROM files WHERE state = 'held'"
        return {_text(name): str(reason) for name, reason in self.rows(question)}

    def log_tail(self, size: int = 3000) -> str:
        """The last lines of its log."""
        log = self.home / "logs" / "agent.log"
        return log.read_text(encoding="utf-8", errors="replace")[-size:] if log.exists() else ""


def _text(name: object) -> str:
    assert isinstance(name, bytes)
    return name.decode("utf-8", "backslashreplace")


def wait_for(what: Callable[[], bool], seconds: float, pause: float = 0.2) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(pause)
    return what()


def bad(sandbox: Sandbox, truth: Path) -> list[str]:
    """What is lost, twice or torn, in a word for each; nothing when all is well.

    `truth` is the folder as its own disk has it, so that no share's cache can hide anything.
    """
    wanted, found = expected(truth), filed(sandbox.received())
    lost = [f"lost: {client} {digest[:8]}" for client, digest in wanted.keys() - found.keys()]
    more = [
        f"not on disk: {client} {digest[:8]}" for client, digest in found.keys() - wanted.keys()
    ]
    twice = [
        f"{often} times: {client} {digest[:8]}"
        for (client, digest), often in found.items()
        if often > 1
    ]
    return sorted(lost + more + twice)


def say(*command: str, seconds: float = 60.0) -> str:
    """Run a program; what it said. Raises OSError with its complaint when it fails."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    if ended.returncode:
        raise OSError(f"{' '.join(command)}: {ended.stderr.strip()}")
    return ended.stdout
