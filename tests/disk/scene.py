"""A real agent on disks that fail, and the questions that every test here asks of it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agent.ledger.ledger import Ledger
from agent.model.file import FileState
from agent.model.overview import Counts
from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from agent.system.clock import SystemClock
from tests.kit.process import AgentProcess, expected, filed

MOST_SECONDS = 40.0
LOOK = 0.05

Filed = dict[tuple[str, str], int]


@dataclass
class DiskAgent(AgentProcess):
    """An agent whose watched folders lie where a test wants them."""

    roots: tuple[Path, ...] = ()
    state_folder: Path | None = None
    before: tuple[str, ...] = ()  # what the command line begins with, e.g. a namespace
    output: Path | None = None  # where its words go while it runs in the background
    settings: Mapping[str, str] = field(default_factory=dict)  # lines replaced in the configuration

    @property
    def root(self) -> Path:
        """The first watched folder."""
        return self.roots[0] if self.roots else super().root

    @property
    def home(self) -> Path:
        """FILED_AGENT_HOME."""
        return self.state_folder or super().home

    def command(self, *arguments: str) -> list[str]:
        """The command line; a `[[folder]]` for each root after the first."""
        line = super().command(*arguments)
        config = Path(line[line.index("--config") + 1])
        text = config.read_text()
        for old, new in self.settings.items():
            assert old in text, old
            text = text.replace(old, new)
        for root in self.roots[1:]:
            text += f"\n[[folder]]\npath = '{root}'\nlayout = \"{{client}}\"\n"
            text += 'tax_year = 2025\nreturn_type = "F1040"\n'
        config.write_text(text)
        return [*self.before, *line]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it in the background; its words go to `output`."""
        assert self.process is None
        self.output = self.base / "words.txt"
        with self.output.open("ab") as words:
            self.process = subprocess.Popen(
                self.command(*arguments),
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
            )
        return self.process

    def stop(self, seconds: float = 10.0) -> int:
        """SIGTERM; the exit code. Fails when it takes longer than it may."""
        process = self.process
        assert process is not None
        process.send_signal(signal.SIGTERM)
        code = process.wait(seconds)
        self.process = None
        return code

    def status(self) -> dict[str, object]:
        """`status --json`."""
        told = self.call("status", "--json")
        assert told.stdout, told.stderr
        answer = json.loads(told.stdout)
        assert isinstance(answer, dict)
        return answer

    def waits(self) -> dict[str, dict[str, str]]:
        """What waits, by its path or name, with `label`, `why` and `next_step`."""
        waits = self.status()["waiting"]
        assert isinstance(waits, list)
        return {str(one["path"] or one["what"]): one for one in waits}


@dataclass
class Scene:
    """One sandbox, one agent."""

    sandbox: Sandbox
    agent: DiskAgent
    made: dict[Path, bytes] = field(default_factory=dict)

    def put(self, path: Path, size: int = 3_000) -> bytes:
        """A file with content of its own; remembered, so that it can be asked for."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = random.Random(f"{path} {size}").randbytes(size)
        path.write_bytes(content)
        self.made[path] = content
        return content

    def filed(self) -> Filed:
        """(client, SHA-256) of what stands in binders, with how often."""
        return filed(self.sandbox.received())

    def until(
        self, done: Callable[[], bool], what: Callable[[], str], seconds: float = MOST_SECONDS
    ) -> float:
        """Wait; how long it took. Fails with `what` was waited for, and the agent's words."""
        began = time.monotonic()
        while not done():
            process = self.agent.process
            ended = process is not None and process.poll() is not None
            if ended or time.monotonic() - began > seconds:
                raise AssertionError(f"{what()}{' (it ended)' if ended else ''}\n{self.told()}")
            time.sleep(LOOK)
        return time.monotonic() - began

    def until_calm(self, seconds: float) -> None:
        """Let it live for so long; it must not end."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end, lambda: "", seconds + 1.0)

    def until_filed(self, root: Path, *clients: str, seconds: float = MOST_SECONDS) -> float:
        """Wait until everything below `root` (of these clients) stands in its binder, once."""
        wanted = [key for key in expected(root) if not clients or key[0] in clients]

        def left() -> list[str]:
            here = self.filed()
            return [name for name, sha256 in wanted if here.get((name, sha256)) != 1]

        return self.until(lambda: not left(), lambda: f"not filed once: {left()}", seconds)

    def away(self) -> str | None:
        """Why the first watched folder is unavailable, None while it is there."""
        with self.ledger() as ledger:
            return ledger.root(os.fsencode(self.agent.root)).unavailable

    def counts(self) -> Counts:
        """What the ledger counts."""
        with self.ledger() as ledger:
            return ledger.counts()

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The agent's own, to be read."""
        with Ledger.open(self.agent.home / "ledger.sqlite3", SystemClock(), sound=False) as ledger:
            yield ledger

    def until_away(self, what: str) -> str:
        """Wait until the first watched folder is unavailable; why. Nothing may be missing."""
        self.until(lambda: self.away() is not None, lambda: f"{what}: never away")
        assert self.missing() == 0, what
        return self.away() or ""

    def missing(self) -> int:
        """How many files the agent believes to be gone."""
        return self.counts().files[FileState.missing]

    def all_once(self, *roots: Path) -> None:
        """Exactly what lies below these roots is filed, each once: nothing torn or twice."""
        wanted: Filed = {}
        for root in roots:
            wanted |= expected(root)
        assert self.filed() == wanted

    def told(self) -> str:
        """The agent's last words and log, for a failing test."""
        files = [self.agent.output, self.agent.home / "logs" / "agent.log"]
        texts = [
            file.read_text(errors="replace")[-3_000:] for file in files if file and file.exists()
        ]
        return "\n".join(texts)


@contextmanager
def scene(base: Path, *roots: Path, **options: object) -> Iterator[Scene]:
    """A scene under `base`; whatever the agent does is ended with it."""
    switches = Switches(task_seconds=0.2, task_polls=1)
    with Sandbox(base / "filed", switches) as sandbox:
        agent = DiskAgent(base, sandbox.graphql_url, sandbox.upload_url, sandbox.api_key)
        agent.roots = roots
        for name, value in options.items():
            setattr(agent, name, value)
        agent.root.mkdir(parents=True, exist_ok=True)
        try:
            yield Scene(sandbox, agent)
        finally:
            agent.kill()
