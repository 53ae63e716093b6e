"""What every verb stands on: the environment, the configuration, the home, the ledger."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from agent.system.places import CONFIG_VARIABLE, Home, expanded

if TYPE_CHECKING:
    from agent.config.settings import Settings
    from agent.ledger.ledger import Ledger


@dataclass
class Ground:
    """One call of the command line; `config` is what --config named."""

    config: Path | None
    env: Mapping[str, str]

    @cached_property
    def home(self) -> Home:
        """Where the state is."""
        return Home.find(self.env)

    def config_file(self) -> Path:
        """The configuration that counts, whether it is there or not."""
        if self.config is not None:
            return self.config
        named = self.env.get(CONFIG_VARIABLE, "").strip()
        return expanded(named, CONFIG_VARIABLE) if named else self.home.config

    def settings(self) -> Settings:
        """The configuration. Raises ConfigProblem with every problem."""
        from agent.config.load import load

        return load(self.config, self.env)

    def ledger(self) -> Ledger | None:
        """The ledger as it is, for reading and wishes; None where there is none yet.

        Raises LedgerTrouble, and ConfigProblem for a home that others had a hand in.
        """
        self.home.check()
        from agent.cli.running import agent_runs
        from agent.ledger.beside import Beside

        beside = Beside(self.home.ledger)
        if beside.empty and (not beside.remembers or agent_runs(self.home.lock)):
            return None  # there never was one, or an agent makes it just now
        from agent.ledger.ledger import Ledger
        from agent.system.clock import SystemClock

        return Ledger.open(self.home.ledger, SystemClock(), sound=False)

    @staticmethod
    def who() -> str:
        """The name of the account that asks, for the history."""
        import getpass

        try:
            return getpass.getuser()
        except (OSError, KeyError, ImportError):  # an account without a name
            return f"user {os.getuid()}" if hasattr(os, "getuid") else "someone"
