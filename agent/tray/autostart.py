"""The icon starts with the desktop: one entry of this user's, written or taken away again.

Sources: freedesktop.org's Autostart and Desktop Entry specifications; launchd.plist(5); the Run
key of Windows.
"""

from __future__ import annotations

import contextlib
import os
import plistlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.words.tray import NAME

LABEL = "com.filed.agent.tray"
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
CARRIED = ("FILED_AGENT_HOME", "FILED_AGENT_CONFIG", "FILED_AGENT_SOCKET")


def switch_on(command: Sequence[str], env: Mapping[str, str], system: str = sys.platform) -> str:
    """Make the entry, or write it anew; where it is, for people. Raises OSError."""
    carried = {name: env[name] for name in CARRIED if env.get(name)}
    if system == "win32":
        return _registered(command)
    path = place(env, system)
    path.parent.mkdir(parents=True, exist_ok=True)
    mac = system == "darwin"
    path.write_bytes(_plist(command, carried) if mac else _desktop(command, carried).encode())
    return str(path)


def switch_off(env: Mapping[str, str], system: str = sys.platform) -> None:
    """Take the entry away, where there is one. Raises OSError."""
    if system == "win32":
        _unregistered()
    else:
        place(env, system).unlink(missing_ok=True)


def place(env: Mapping[str, str], system: str = sys.platform) -> Path:
    """The file of the entry, on systems where it is a file."""
    home = Path(env.get("HOME") or os.path.expanduser("~"))
    if system == "darwin":
        return home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    named = env.get("XDG_CONFIG_HOME", "")
    config = Path(named) if os.path.isabs(named) else home / ".config"
    return config / "autostart" / "filed-agent-tray.desktop"


def _desktop(command: Sequence[str], carried: Mapping[str, str]) -> str:
    words = list(command)
    if carried:
        words = ["env", *(f"{name}={value}" for name, value in carried.items()), *words]
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        f"Name={NAME}\n"
        "Comment=Shows how filing goes, and what needs you\n"
        f"Exec={' '.join(_exec_word(word) for word in words)}\n"
        "Terminal=false\n"
        "NoDisplay=true\n"
        "X-GNOME-Autostart-enabled=true\n"
    )


def _exec_word(word: str) -> str:
    """A word of an Exec line: quoted for the line, then for the file, and % doubled."""
    if any(char in word for char in "\n\r\0"):
        raise OSError(f"A path with a line break cannot start with the desktop: {word!r}")
    for char in '\\"`$':
        word = word.replace(char, "\\" + char)
    return '"' + word.replace("\\", "\\\\").replace("%", "%%") + '"'


def _plist(command: Sequence[str], carried: Mapping[str, str]) -> bytes:
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(command),
            "EnvironmentVariables": dict(carried),
            "RunAtLoad": True,
            "LimitLoadToSessionType": "Aqua",
            "ProcessType": "Interactive",
        }
    )


def _registered(command: Sequence[str]) -> str:
    first = Path(command[0])
    windowless = first.with_name("pythonw.exe")
    plain = first.name.lower() == "python.exe" and windowless.exists()
    line = subprocess.list2cmdline([str(windowless if plain else first), *command[1:]])
    if sys.platform == "win32":
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
            winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, line)
    return rf"HKEY_CURRENT_USER\{RUN_KEY}\{NAME}"


def _unregistered() -> None:
    if sys.platform == "win32":
        import winreg

        access = winreg.KEY_SET_VALUE
        with (
            contextlib.suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN_KEY, 0, access) as key,
        ):
            winreg.DeleteValue(key, NAME)
