"""Where the agent keeps what it knows: one folder, private, on a local disk."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from agent.errors import ConfigProblem
from agent.system.mounts import share_kind
from agent.system.owner import foreign_owner

NAME = "filed-agent"
HOME_VARIABLE = "FILED_AGENT_HOME"
CONFIG_VARIABLE = "FILED_AGENT_CONFIG"


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one agent; `named` says that FILED_AGENT_HOME chose them."""

    folder: Path
    log_folder: Path
    config: Path
    named: bool = False

    @classmethod
    def find(cls, env: Mapping[str, str]) -> Home:
        """All under FILED_AGENT_HOME where it is set, else where this system keeps such things."""
        named = env.get(HOME_VARIABLE, "").strip()
        if named:
            folder = Path(os.path.abspath(Path(named).expanduser()))
            return cls(folder, folder / "logs", folder / "config.toml", named=True)
        usual = platformdirs.PlatformDirs(NAME, appauthor=False)
        return cls(
            usual.user_state_path, usual.user_log_path, usual.user_config_path / "config.toml"
        )

    @property
    def ledger(self) -> Path:
        """The SQLite file."""
        return self.folder / "ledger.sqlite3"

    @property
    def lock(self) -> Path:
        """The file whose lock says that an agent runs here."""
        return self.folder / "agent.lock"

    @property
    def key_file(self) -> Path:
        """The API key where no secret store serves (agent.system.secrets)."""
        return self.folder / "api-key"

    @property
    def log(self) -> Path:
        """The newest log file."""
        return self.log_folder / "agent.log"

    def prepare(self, mounts: str | None = None) -> None:
        """Create the folders, for this account alone (0700); the configuration's is not touched.

        Raises ConfigProblem for a folder that belongs to someone else, lies on a share (SQLite's
        locks do not hold there) or cannot be made. `mounts` replaces the system's mount table.
        """
        kind = share_kind(self.folder, mounts)
        if kind is not None:
            raise ConfigProblem(
                f"{self.folder} lies on a share ({kind}), where the ledger is not safe. "
                f"Set {HOME_VARIABLE} to a folder on a local disk."
            )
        for folder in (self.folder, self.log_folder):
            _make_private(folder)


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stranger = foreign_owner(folder)
    except OSError as error:
        raise ConfigProblem(
            f"{folder} cannot be made or looked at ({error.strerror}). "
            f"Allow it, or set {HOME_VARIABLE} to another folder."
        ) from error
    if stranger is not None:
        raise ConfigProblem(
            f"{folder} belongs to {stranger}, not to the account that the agent runs under. "
            f"Remove it, or set {HOME_VARIABLE} to a folder of your own."
        )
    if sys.platform != "win32" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)
