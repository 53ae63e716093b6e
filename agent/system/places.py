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
from agent.system.owner import foreign_owner, planted

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
        """All under FILED_AGENT_HOME where it is set, else where this system keeps such things.

        Raises ConfigProblem for a variable that names no folder.
        """
        named = env.get(HOME_VARIABLE, "").strip()
        if named:
            folder = Path(os.path.abspath(expanded(named, HOME_VARIABLE)))
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
    def evidence(self) -> Path:
        """The folder of the ledger's second memory."""
        return self.folder / "evidence"

    @property
    def backups(self) -> Path:
        """The folder of the ledger's daily copies."""
        return self.folder / "backups"

    @property
    def set_aside(self) -> Path:
        """The folder in which damaged files of the ledger are kept."""
        return self.folder / "set-aside"

    @property
    def lock(self) -> Path:
        """The file whose lock says that an agent runs here."""
        return self.folder / "agent.lock"

    @property
    def control(self) -> Path:
        """The file that tells where the running agent's control door is."""
        return self.folder / "control.json"

    @property
    def socket(self) -> Path:
        """The control door's Unix socket, where nothing else is configured and the path fits."""
        return self.folder / "control.sock"

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
        self.check()
        for folder in (self.folder, self.log_folder):
            _make_private(folder)
        self.check()  # what was put there until the folders were closed to others

    def check(self) -> None:
        """See that nobody else had a hand in the folders, as far as they are there.

        Raises ConfigProblem for a folder or a link that belongs to someone else, and for anything
        of another user's in them. Reading needs this too: SQLite writes beside what it reads.
        """
        for folder in (self.folder, self.log_folder):
            try:
                stranger = foreign_owner(folder)
                found = None if stranger else planted(folder, self.config)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise _unusable(folder, error) from error
            if stranger is not None:
                raise ConfigProblem(
                    f"{folder} belongs to {stranger}, not to the account that the agent runs "
                    f"under. Remove it, or set {HOME_VARIABLE} to a folder of your own."
                )
            if found is not None:
                raise ConfigProblem(
                    f"{found}, not to the account that the agent runs under. See what it is and "
                    f"remove it, or set {HOME_VARIABLE} to a new folder."
                )


def expanded(named: str, variable: str) -> Path:
    """The path with its ~ resolved; raises ConfigProblem where no account has that name."""
    try:
        return Path(named).expanduser()
    except RuntimeError:
        raise ConfigProblem(
            f"{variable} begins with ~ and the name of no account of this machine. Correct it."
        ) from None


def _make_private(folder: Path) -> None:
    """Make the folder and what is missing on the way to it; tighten one of ours that is loose."""
    try:
        missing = [part for part in (folder, *folder.parents) if not part.exists()]
        for part in reversed(missing):  # mkdir's own `parents` would follow the umask
            part.mkdir(mode=0o700, exist_ok=True)
        ours = foreign_owner(folder) is None
        if sys.platform != "win32" and ours and stat.S_IMODE(folder.stat().st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: OSError) -> ConfigProblem:
    return ConfigProblem(
        f"{folder} cannot be made or looked at ({error.strerror}). "
        f"Allow it, or set {HOME_VARIABLE} to another folder."
    )
