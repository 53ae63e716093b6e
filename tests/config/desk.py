"""A desk for the tests of the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.load import load
from agent.config.settings import Settings
from agent.errors import ConfigProblem

GOOD = """\
[[folder]]
path = "{root}"
tax_year = 2025
return_type = "F1040"
"""


class Desk:
    """A place with a configuration file, a home of the agent and a root."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clients"
        self.home = folder / "home"
        self.file = folder / "filed-agent.toml"
        self.env = {"FILED_AGENT_HOME": str(self.home)}

    def good(self, more: str = "") -> str:
        return GOOD.replace("{root}", self.root.as_posix()) + more

    def load(self, text: str | bytes) -> Settings:
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(self.file, self.env)

    def problems(self, text: str | bytes) -> tuple[str, ...]:
        with pytest.raises(ConfigProblem) as refused:
            self.load(text)
        assert refused.value.exit_code == 2
        assert all(problem.startswith(str(self.file)) for problem in refused.value.problems)
        return refused.value.problems

    def problem(self, text: str | bytes) -> str:
        (one,) = self.problems(text)
        return one
