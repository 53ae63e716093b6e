"""The icon starts with the desktop."""

from __future__ import annotations

import os
import plistlib
import re
from pathlib import Path

import pytest

from agent.tray.autostart import place, switch_off, switch_on

COMMAND = ["/opt/filed agent/bin/python", "-m", "agent", "tray"]


def exec_words(path: Path) -> list[str]:
    """The words of an Exec line: unescaped as a file's string, then as a quoted line."""
    line = next(row for row in path.read_text().splitlines() if row.startswith("Exec="))
    assert "%" not in line.replace("%%", "")  # one alone begins a field code
    text = line.removeprefix("Exec=").replace("\\\\", "\\").replace("%%", "%")
    assert re.fullmatch(r'("(\\.|[^"\\`$])*" ?)+', text), text
    words = re.findall(r'"((?:\\.|[^"\\])*)"', text)
    return [re.sub(r"\\(.)", r"\1", word) for word in words]


def test_on_twice_is_one_entry_and_off_takes_it_away(fresh: Path) -> None:
    env = {"HOME": str(fresh)}
    told = switch_on(COMMAND, env, "linux")
    assert told == str(fresh / ".config/autostart/filed-agent-tray.desktop")
    before = Path(told).read_bytes()
    assert switch_on(COMMAND, env, "linux") == told
    assert Path(told).read_bytes() == before
    assert os.listdir(fresh / ".config/autostart") == ["filed-agent-tray.desktop"]
    switch_off(env, "linux")
    assert not Path(told).exists()
    switch_off(env, "linux")


def test_the_entry_says_what_desktops_ask_for(fresh: Path) -> None:
    path = Path(switch_on(COMMAND, {"HOME": str(fresh)}, "linux"))
    lines = path.read_text().splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert {"Type=Application", "Terminal=false", "NoDisplay=true"} <= set(lines)
    assert exec_words(path) == COMMAND


@pytest.mark.parametrize("odd", ["a b", 'q"q', "d$HOME", "b`id`", "p%f", "s\\s", "ü"])
def test_any_path_comes_back_as_it_was(fresh: Path, odd: str) -> None:
    command = [f"/opt/{odd}/python", "tray"]
    assert exec_words(Path(switch_on(command, {"HOME": str(fresh)}, "linux"))) == command


def test_a_path_with_a_line_break_is_refused_and_nothing_is_written(fresh: Path) -> None:
    with pytest.raises(OSError, match="line break"):
        switch_on(["/opt/a\nExec=evil"], {"HOME": str(fresh)}, "linux")
    assert not place({"HOME": str(fresh)}, "linux").exists()


def test_the_agent_that_is_meant_is_carried_along(fresh: Path) -> None:
    env = {"HOME": str(fresh), "FILED_AGENT_HOME": "/srv/x y", "FILED_API_KEY": "made-up"}
    path = Path(switch_on(COMMAND, env, "linux"))
    assert exec_words(path) == ["env", "FILED_AGENT_HOME=/srv/x y", *COMMAND]
    assert "made-up" not in path.read_text()


def test_xdg_config_home_counts_where_it_is_absolute(fresh: Path) -> None:
    env = {"HOME": str(fresh), "XDG_CONFIG_HOME": str(fresh / "conf")}
    assert place(env, "linux").is_relative_to(fresh / "conf")
    assert place({**env, "XDG_CONFIG_HOME": "conf"}, "linux").is_relative_to(fresh / ".config")


def test_macos_gets_a_launch_agent(fresh: Path) -> None:
    env = {"HOME": str(fresh), "FILED_AGENT_SOCKET": "/var/run/a.sock"}
    path = Path(switch_on(COMMAND, env, "darwin"))
    assert path == fresh / "Library/LaunchAgents/com.filed.agent.tray.plist"
    told = plistlib.loads(path.read_bytes())
    assert told["ProgramArguments"] == COMMAND
    assert told["EnvironmentVariables"] == {"FILED_AGENT_SOCKET": "/var/run/a.sock"}
    assert told["RunAtLoad"] is True
    assert "KeepAlive" not in told  # whoever quits the icon wants it gone
    switch_off(env, "darwin")
    assert not path.exists()
