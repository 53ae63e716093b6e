"""A remedy that names a verb or an option names one that exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click

from agent.cli.command import filed_agent

TOP = Path(__file__).parents[2]
CALL = re.compile(r"`filed-agent((?: [^`\n]+)?)`")


def calls() -> list[list[str]]:
    listed = subprocess.run(
        ["git", "ls-files", "agent/*.py", "*.md", "*.toml"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    texts = ((TOP / name).read_text(encoding="utf-8") for name in listed)
    return [found.split() for text in texts for found in CALL.findall(text)]


def test_every_verb_and_option_that_is_named_exists() -> None:
    context = click.Context(filed_agent)
    found = calls()
    assert len(found) > 20
    for words in found:
        if not words or words[0].startswith("-"):
            continue
        verb = filed_agent.get_command(context, words[0])
        assert verb is not None, f"`filed-agent {' '.join(words)}`: no such verb"
        known = {option for one in verb.params for option in one.opts}
        named = {word.split("=")[0] for word in words if word.startswith("--")}
        assert named <= known | {"--help", "--json"}, f"{words[0]}: {named - known}"
