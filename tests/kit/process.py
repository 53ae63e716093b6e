"""The agent as a real process: its configuration, its start, its end, and how it fares."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from agent.sandbox.received import Received
from agent.sandbox.server import Sandbox
from agent.system.places import Home

CONFIG = """
[filed]
graphql_url = "{graphql_url}"
upload_url = "{upload_url}"

[[folder]]
path = '{root}'
layout = "{{client}}"
tax_year = 2025
return_type = "F1040"

[settle]
quiet_seconds = {quiet}

[upload]
chunk_size = "{chunk}"
parallel = {parallel}

[attach]
quiet_window_seconds = {quiet_window}
debounce_seconds = 0.2

[ingest]
poll_seconds = 0.2
poll_most_seconds = 1

[scan]
sweep_seconds = {sweep}
deep_seconds = {deep}
"""

# sets limits of its own and becomes the agent; a function between fork and exec could hang
LIMITED = (
    "import os, resource, sys\n"
    "for told in sys.argv[1].split():\n"
    "    name, most = told.split('=')\n"
    "    resource.setrlimit(getattr(resource, name), (int(most), int(most)))\n"
    "os.execv(sys.argv[2], sys.argv[2:])\n"
)


def wait_for(what: Callable[[], bool], why: str, seconds: float = 30.0) -> None:
    """Wait until it holds; fail, saying `why`, when it does not within so many seconds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"not within {seconds:g} s: {why}"
        time.sleep(0.02)


@dataclass(frozen=True)
class Vitals:
    """What the system tells of a process: open files, threads, bytes of memory now and at most."""

    files: int
    threads: int
    rss: int
    peak: int

    @classmethod
    def of(cls, pid: int) -> Vitals:
        """Take them (Linux). Raises ProcessLookupError when the process has ended."""
        told = dict(
            line.split(":", 1)
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if ":" in line
        )
        if "VmRSS" not in told:  # ended, and nobody has waited for it
            raise ProcessLookupError(pid)
        files = len(os.listdir(f"/proc/{pid}/fd"))
        rss, peak = (int(told[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        return cls(files, int(told["Threads"]), rss, peak)


@dataclass
class AgentProcess:
    """An agent under one folder; every process started here is ended by end()."""

    base: Path
    graphql_url: str
    upload_url: str
    key: str
    quiet: float = 0.1
    quiet_window: float = 1.0
    chunk: str = "256 KiB"
    sweep: float = 2.0
    deep: float = 5.0
    parallel: int = 4
    code: Path | None = None  # another copy of the package than this one
    limits: str = ""  # such as "RLIMIT_NOFILE=64 RLIMIT_FSIZE=1000000"
    extra_env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def against(cls, sandbox: Sandbox, base: Path, **options: object) -> AgentProcess:
        """An agent that files to this sandbox."""
        agent = cls(base, sandbox.graphql_url, sandbox.upload_url, sandbox.api_key)
        for name, value in options.items():
            setattr(agent, name, value)
        agent.root.mkdir(parents=True, exist_ok=True)
        return agent

    @property
    def root(self) -> Path:
        """The watched folder."""
        return self.base / "clients"

    @property
    def home(self) -> Path:
        """FILED_AGENT_HOME."""
        return self.base / "home"

    @property
    def ledger(self) -> Path:
        """Its ledger."""
        return Home.find(self.env).ledger

    def write(self, path: str, content: bytes) -> Path:
        """A file in the watched folder."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def command(self, *arguments: str) -> list[str]:
        """The command line; the configuration is written anew each time."""
        config = self.base / "config.toml"
        text = CONFIG.format(
            graphql_url=self.graphql_url,
            upload_url=self.upload_url,
            root=self.root,
            quiet=self.quiet,
            quiet_window=self.quiet_window,
            chunk=self.chunk,
            parallel=self.parallel,
            sweep=self.sweep,
            deep=self.deep,
        )
        if not config.exists() or config.read_text() != text:
            config.write_text(text)
        limited = [sys.executable, "-I", "-S", "-c", LIMITED, self.limits] if self.limits else []
        return [*limited, sys.executable, "-m", "agent", "--config", str(config), *arguments]

    @property
    def env(self) -> dict[str, str]:
        """The environment of the process."""
        return {
            **os.environ,
            "FILED_AGENT_HOME": str(self.home),
            "FILED_API_KEY": self.key,
            **self.extra_env,
        }

    @property
    def words(self) -> Path:
        """What the process in the background says, on either stream."""
        return self.base / "words.txt"

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it in the background; what it says is added to `words`."""
        assert self.process is None
        with self.words.open("ab") as words:
            self.process = subprocess.Popen(
                self.command(*arguments),
                env=self.env,
                cwd=self.code,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
            )
        return self.process

    def vitals(self) -> Vitals:
        """How the running process fares; fails, with its words, when it has ended."""
        assert self.process is not None
        try:
            return Vitals.of(self.process.pid)
        except OSError:
            raise AssertionError(f"it has ended: {self.words.read_text()[-2000:]}") from None

    def end(self, number: int = signal.SIGTERM, seconds: float = 20.0) -> tuple[int, float]:
        """Send it a signal; its exit code, and how many seconds it took to end."""
        process, self.process = self.process, None
        assert process is not None
        began = time.monotonic()
        try:
            process.send_signal(number)
            return process.wait(seconds), time.monotonic() - began
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(30)

    def kill(self) -> None:
        """kill -9, by its id."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait(30)

    def __enter__(self) -> AgentProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def call(self, *arguments: str, seconds: float = 100.0) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.env,
            cwd=self.code,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def expected(root: Path) -> dict[tuple[str, str], int]:
    """(client, SHA-256) of every file on disk, each once however many files hold it."""
    return {
        (path.relative_to(root).parts[0], _digest(path)): 1
        for path in root.rglob("*")
        if path.is_file()
    }


def _digest(path: Path) -> str:
    """In blocks: a child's peak memory, as the system tells it, begins with its parent's."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def filed(received: Received) -> dict[tuple[str, str], int]:
    """(client, SHA-256) of every document in a binder, with how often it stands there."""
    found: dict[tuple[str, str], int] = {}
    for client in received.clients:
        for document in client.documents:
            key = (client.name, document.sha256 or "")
            found[key] = found.get(key, 0) + 1
    return found
