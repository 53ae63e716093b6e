"""The stage of the demo: a folder of its own, the sandbox, the configuration, a real agent.

The agent is the very command that people install as a service, `filed-agent run`, in a process of
its own: so the demo proves start, stop and death of the real thing, and the sandbox's work does
not share an interpreter with the agent's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from agent.cli.made_up_firm import COMPANY_YEAR, Firm
from agent.cli.reach import SOCKET_VARIABLE
from agent.errors import AgentError
from agent.model.naming import safe_text
from agent.sandbox.server import Sandbox
from agent.sandbox.switches import DOCUMENT_TYPES, Switches
from agent.system.places import CONFIG_VARIABLE, HOME_VARIABLE

if sys.platform == "win32":
    _APART = subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _APART = 0  # start_new_session says it there

MIB = 1 << 20
STOP_SECONDS = 15.0
SAID_MOST = 2000  # characters of the agent's own words, where it ended by itself
CONFIGURATION = """\
# Written by `filed-agent demo`. The times are short, so that a demo does not take an afternoon.
[filed]
graphql_url = {graphql_url}
upload_url = {upload_url}

[[folder]]
path = {people}
layout = "{{tax_year}}/{{client}}"
return_type = "F1040"

[[folder]]
path = {companies}
layout = "{{client}}"
tax_year = {year}
return_type = "F1120S"

[settle]
quiet_seconds = 1

[attach]
debounce_seconds = 1
quiet_window_seconds = 3     # the sandbox never carries out a request later than this

[ingest]
poll_seconds = 0.5
poll_most_seconds = 2
"""


class AgentEnded(AgentError):
    """The agent of the demo ended although nobody had asked it to."""

    title = "The agent of the demo ended by itself"
    advice = "Run the demo with --keep, and look into the log in its folder."


@contextmanager
def stage_folder(keep: Path | None, needed: int) -> Iterator[Path]:
    """A fresh folder, taken away at the end; or the one to keep, which has to be empty.

    Raises click.UsageError where it is not, or where fewer than `needed` bytes are free.
    """
    folder = Path(tempfile.mkdtemp(prefix="filed-agent-demo-")) if keep is None else keep
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder = folder.resolve()
        if any(folder.iterdir()):
            raise click.UsageError(f"{safe_text(str(folder))} is not empty: name a new folder.")
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise click.UsageError(
                f"The demo needs {needed // MIB} MiB in {safe_text(str(folder))}, and "
                f"{free // MIB} MiB are free. Use a smaller --big."
            )
        yield folder
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def sandbox_in(folder: Path, big: int, seed: int) -> Sandbox:
    """The sandbox, with room for the biggest file, e-mails allowed and tasks of 1.5 seconds."""
    switches = Switches(
        creation_with_upload=True,
        max_upload_size=max(100 * MIB, big + MIB),
        allowed_types=DOCUMENT_TYPES | {"eml"},
        task_polls=None,
        task_seconds=1.5,
    )
    return Sandbox(folder, switches, seed=seed)


def write_configuration(file: Path, sandbox: Sandbox, firm: Firm) -> None:
    """The agent's configuration, as a firm would write it."""
    texts = {
        "graphql_url": sandbox.graphql_url,
        "upload_url": sandbox.upload_url,
        "people": str(firm.people),
        "companies": str(firm.companies),
    }
    quoted = {name: json.dumps(text, ensure_ascii=False) for name, text in texts.items()}
    file.write_text(CONFIGURATION.format(year=COMPANY_YEAR, **quoted), encoding="utf-8")


def home_in(folder: Path) -> Path:
    """Where the agent keeps what it knows."""
    return folder / "agent"


def environment_for(home: Path, config: Path, sandbox: Sandbox) -> dict[str, str]:
    """The environment of the agent: state under one folder, the sandbox's key."""
    runtime = home / "runtime"  # where Linux has the locks of watched folders
    runtime.mkdir(mode=0o700, parents=True)
    ours = {
        "XDG_RUNTIME_DIR": str(runtime),
        "TMPDIR": str(runtime),  # where a door's socket goes whose own path would be too long
        HOME_VARIABLE: str(home),
        CONFIG_VARIABLE: str(config),
        "FILED_API_KEY": sandbox.api_key,
        "PYTHONUNBUFFERED": "1",
    }
    others = {name: text for name, text in os.environ.items() if name != SOCKET_VARIABLE}
    return {**others, **ours}


def agent_command() -> tuple[str, ...]:
    """`filed-agent run`, whether it is installed as a program or as a package."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "run")
    return (sys.executable, "-m", "agent", "run")


@dataclass
class AgentProcess:
    """The agent as a process; what it says goes into a file."""

    command: Sequence[str]
    env: Mapping[str, str]
    output: Path
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, away from our terminal: Ctrl-C asks us, and we ask the agent."""
        with self.output.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self.command,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                creationflags=_APART,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise AgentEnded when it runs no more."""
        if self._process is not None and self._process.poll() is not None:
            said = self.output.read_text(encoding="utf-8", errors="replace")[-SAID_MOST:]
            raise AgentEnded(f"Exit code {self._process.returncode}. {said.strip()}")

    def kill(self) -> None:
        """Let it die without a warning, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Ask it to end, and wait; what does not end is killed. A second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
