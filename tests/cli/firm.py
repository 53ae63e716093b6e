"""A made-up firm: its folders, its configuration, and `filed-agent` called in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from agent.cli.command import filed_agent
from agent.sandbox.server import Sandbox

CONFIG = """\
[filed]
graphql_url = "{graphql_url}"
upload_url = "{upload_url}"

[[folder]]
path = '{clients}'
tax_year = 2025
return_type = "F1040"
{more}
[settle]
quiet_seconds = 0.2
network_quiet_seconds = 0.2
[attach]
debounce_seconds = 0.1
quiet_window_seconds = 1.0
[ingest]
poll_seconds = 0.1
poll_most_seconds = 0.5
"""


@dataclass
class Firm:
    """Everything under one temporary folder; calls in this process or in another."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def found(cls, folder: Path, sandbox: Sandbox | None = None, more: str = "") -> Firm:
        """A firm that files with this sandbox, or with an address where nobody listens."""
        firm = cls(folder)
        firm.clients.mkdir(parents=True)
        (folder / "runtime").mkdir(mode=0o700)
        firm.env = {
            "FILED_AGENT_HOME": str(firm.home),
            "FILED_AGENT_CONFIG": str(firm.config),
            "FILED_API_KEY": "sandbox-key" if sandbox is None else sandbox.api_key,
            "XDG_RUNTIME_DIR": str(folder / "runtime"),
        }
        nobody = "http://127.0.0.1:9"
        firm.config.write_text(
            CONFIG.format(
                graphql_url=sandbox.graphql_url if sandbox else f"{nobody}/graphql",
                upload_url=sandbox.upload_url if sandbox else f"{nobody}/api/uploads",
                clients=firm.clients,
                more=more,
            )
        )
        return firm

    @property
    def clients(self) -> Path:
        return self.folder / "clients"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def put(self, client: str, name: str, content: bytes = b"a,b\n1,2\n") -> Path:
        """A document in a client's folder."""
        path = self.clients / client / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    def call(self, *words: str, stdin: str = "", env: Mapping[str, str] = {}) -> Result:
        """The verb in this process."""
        return CliRunner().invoke(filed_agent, words, input=stdin, env={**self.env, **env})

    def answer(self, *words: str) -> Any:
        """What the verb answers with --json."""
        result = self.call(*words, "--json")
        return json.loads(result.stdout)

    def begin(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """The verb in a process of its own."""
        inherited = {
            name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ
        }
        return subprocess.Popen(
            [sys.executable, "-m", "agent", *words],
            env={**inherited, **self.env, **env, "PYTHONPATH": os.getcwd()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """The verb in a process of its own, to its end."""
        with self.begin(*words, **env) as process:
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, err)
