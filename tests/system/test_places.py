"""Where the state lies, and where it must not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from agent.errors import ConfigProblem
from agent.system import owner
from agent.system.mounts import share_kind
from agent.system.places import Home

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners and modes")

TABLE = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /mnt/firm\\040share rw,relatime shared:1 - cifs //nas/firm rw,vers=3.1.1
31 30 254:9 / /mnt/firm\\040share/local rw - ext4 /dev/vdb rw
32 22 0:41 / /srv/nfs rw - nfs4 filer:/vol rw
33 22 254:8 / /srv/nfs rw - xfs /dev/vdc rw
garbage
"""


def test_the_variable_puts_everything_under_one_folder(tmp_path: Path) -> None:
    home = Home.find({"FILED_AGENT_HOME": str(tmp_path / "h")})
    paths = (home.ledger, home.lock, home.key_file, home.log, home.config, home.log_folder)
    assert all(path.is_relative_to(tmp_path / "h") for path in paths)
    assert home.named


def test_a_relative_home_is_made_absolute() -> None:
    assert Home.find({"FILED_AGENT_HOME": "state"}).folder == Path.cwd() / "state"


@pytest.mark.parametrize("env", [{}, {"FILED_AGENT_HOME": "  "}])
def test_without_it_the_system_says_where(env: dict[str, str]) -> None:
    home = Home.find(env)
    assert not home.named
    assert home.folder.is_absolute()
    assert home.config.name == "config.toml"


@posix
def test_the_folders_are_made_private_and_a_loose_one_is_tightened(tmp_path: Path) -> None:
    home = Home.find({"FILED_AGENT_HOME": str(tmp_path / "a" / "b")})
    home.log_folder.mkdir(parents=True)
    home.log_folder.chmod(0o755)
    home.prepare("")
    home.prepare("")
    assert home.folder.stat().st_mode & 0o777 == 0o700
    assert home.log_folder.stat().st_mode & 0o777 == 0o700


@posix
def test_a_folder_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = os.geteuid()
    monkeypatch.setattr(owner.os, "geteuid", lambda: uid + 1)  # type: ignore[attr-defined]  # os
    with pytest.raises(ConfigProblem, match=f"belongs to user {uid}"):
        Home.find({"FILED_AGENT_HOME": str(tmp_path)}).prepare("")


def test_a_home_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigProblem, match="FILED_AGENT_HOME"):
        Home.find({"FILED_AGENT_HOME": str(tmp_path / "file" / "h")}).prepare("")


@posix
def test_C08_a_ledger_on_a_share_is_refused(tmp_path: Path) -> None:
    home = Home.find({"FILED_AGENT_HOME": str(tmp_path / "agent")})
    table = f"22 1 254:0 / {os.path.realpath(tmp_path)} rw - cifs //nas/firm rw\n"
    with pytest.raises(ConfigProblem, match=r"share \(cifs\)"):
        home.prepare(table)
    assert not home.folder.exists()


@posix
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/mnt/firm share/x", "cifs"),
        ("/mnt/firm share", "cifs"),
        ("/mnt/firm shared/x", None),
        ("/mnt/firm share/local/x", None),
        ("/srv/nfs/x", None),
        ("/home", None),
    ],
)
def test_the_innermost_and_latest_mount_decides(path: str, kind: str | None) -> None:
    assert share_kind(Path(path), TABLE) == kind


def test_the_machines_own_table_can_be_read(tmp_path: Path) -> None:
    assert share_kind(tmp_path) is None or isinstance(share_kind(tmp_path), str)
