"""The demo on a desktop: the tray's icon beside the agent, and the status page in the browser."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from agent.cli.demo_stage import AgentProcess
from agent.cli.open import shown
from agent.system.places import CONFIG_VARIABLE, HOME_VARIABLE


@contextmanager
def desktop_beside(
    agent_env: Mapping[str, str], folder: Path
) -> Iterator[Callable[[str], object] | None]:
    """The icon, until the end; gives what opens a link.

    The icon is told where the agent is, and has this desktop's own places for all else: its bus
    is not the agent's.
    """
    ours = {name: agent_env[name] for name in (HOME_VARIABLE, CONFIG_VARIABLE)}
    env = {**os.environ, **ours}
    icon = AgentProcess(tray_command(), env, folder / "tray-output.txt")
    icon.start()
    try:
        yield lambda url: shown(url, os.environ)
    finally:
        icon.stop()


@contextmanager
def no_desktop() -> Iterator[Callable[[str], object] | None]:
    """Nothing is opened."""
    yield None


def linger() -> None:
    """Leave time to look at icon and page, where somebody sits in front of them."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        click.pause("Look at the icon and the page; any key ends the demo.")


def tray_command() -> tuple[str, ...]:
    """`filed-agent tray`, whether it is installed as a program or as a package."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "tray")
    return (sys.executable, "-m", "agent", "tray")
