"""Row E9: the agent knows nothing of a desktop; the tray is a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agent.sandbox.server import Sandbox
from tests.cli.firm import Firm

DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_CURRENT_DESKTOP")
LOAD_ALL = """
import importlib, pkgutil, sys, agent
for found in pkgutil.walk_packages(agent.__path__, "agent."):
    last = found.name.rpartition(".")[2]
    if last in ("__main__", "macos") or "windows" in found.name:
        continue
    if not found.name.startswith("agent.tray"):
        importlib.import_module(found.name)
print(*sorted({"pystray", "PIL", "tkinter", "gi", "jeepney"} & sys.modules.keys()))
"""


def test_E09_no_module_of_the_agent_loads_anything_of_a_desktop() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD_ALL], capture_output=True, text=True, check=True, timeout=60
    )
    assert loaded.stdout.split() == []


@pytest.mark.slow
def test_E09_without_a_desktop_and_without_a_terminal_everything_is_filed(
    firm: Firm, sandbox: Sandbox
) -> None:
    assert not set(DESKTOP) & firm.env.keys()
    firm.put("Ash Bakery", "w2.csv")
    done = firm.run("sync")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(sandbox.received().documents) == 1
