"""Every verb stands in the README, and the README names no verb that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import click

from agent.cli.command import filed_agent

TOP = Path(__file__).parents[2]


def told() -> set[str]:
    page = (TOP / "README.md").read_text(encoding="utf-8")
    table = page.split("| verb | does |\n", 1)[1].split("\n\n", 1)[0]
    cells = [line.split("|")[1] for line in table.split("\n") if line.startswith("| `")]
    return {verb for cell in cells for verb in re.findall(r"`([a-z]+)", cell)}


def verbs() -> set[str]:
    return set(filed_agent.list_commands(click.Context(filed_agent)))


def test_readme_tells_every_verb() -> None:
    assert told() == verbs()


def test_changelog_tells_every_verb() -> None:
    page = (TOP / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [verb for verb in verbs() if f"`{verb}`" not in page] == []
