"""The verb `tray` without an icon: printed once, and started with the desktop."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli.command import filed_agent
from agent.words import tray as words


def called(fresh: Path, *arguments: str) -> Result:
    env = {"HOME": str(fresh), "FILED_AGENT_HOME": str(fresh / "home"), "XDG_CONFIG_HOME": ""}
    return CliRunner().invoke(filed_agent, ["tray", *arguments], env=env)


def test_once_prints_what_the_icon_would_say(fresh: Path) -> None:
    done = called(fresh, "--once")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:3] == [
        f"Filed Agent: {words.NOT_RUNNING}",
        words.NOT_RUNNING,
        words.START_IT,
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="an entry of XDG autostart")
def test_autostart_is_switched_on_and_off(fresh: Path) -> None:
    path = fresh / ".config/autostart/filed-agent-tray.desktop"
    done = called(fresh, "--autostart", "on")
    assert (done.exit_code, done.stdout) == (0, f"{words.AUTOSTART_ON.format(path=path)}\n")
    assert f'"FILED_AGENT_HOME={fresh / "home"}"' in path.read_text()
    done = called(fresh, "--autostart", "off")
    assert (done.exit_code, done.stdout) == (0, f"{words.AUTOSTART_OFF}\n")
    assert not path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="an entry of XDG autostart")
def test_an_entry_that_cannot_be_written_is_told(fresh: Path) -> None:
    (fresh / ".config").write_text("a file, not a folder")
    done = called(fresh, "--autostart", "on")
    assert done.exit_code == 2
    assert "Error: " in done.stderr


def test_missing_parts_are_named(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "agent.tray.app", None)
    done = called(fresh)
    assert (done.exit_code, done.stderr) == (1, f"{words.NO_PARTS}\n")
