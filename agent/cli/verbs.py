"""The verbs by name: where each lives and what it does, in one line; imported when called."""

from __future__ import annotations

import importlib
from typing import NamedTuple

import click


class Verb(NamedTuple):
    """Where a verb's click command lives, and its line in `--help`."""

    module: str
    attribute: str
    line: str


class Chapter(NamedTuple):
    """Verbs that belong together in `--help`."""

    title: str
    verbs: dict[str, Verb]


CHAPTERS = (
    Chapter(
        "Start here",
        {
            "demo": Verb("agent.cli.demo", "command", "See it work, with a made-up firm."),
            "login": Verb("agent.cli.login", "login", "Check and keep the API key."),
            "logout": Verb("agent.cli.login", "logout", "Forget the API key."),
        },
    ),
    Chapter(
        "File documents",
        {
            "plan": Verb("agent.cli.plan", "plan", "What would be sent where; nothing is sent."),
            "sync": Verb("agent.cli.sync", "sync", "One pass until every document is filed."),
            "run": Verb("agent.cli.run", "run", "Watch the folders and file, until stopped."),
        },
    ),
    Chapter(
        "Look",
        {
            "status": Verb("agent.cli.status", "status", "How it goes, and what needs you."),
            "documents": Verb("agent.cli.lists", "documents", "The documents and their stages."),
            "clients": Verb("agent.cli.lists", "clients", "The clients and their folders."),
            "history": Verb("agent.cli.lists", "history", "What happened, the newest first."),
            "explain": Verb("agent.cli.explain", "explain", "Every decision about one path."),
            "open": Verb("agent.cli.open", "open_page", "The status page, in the browser."),
            "tray": Verb("agent.cli.tray", "tray", "An icon in the notification area."),
        },
    ),
    Chapter(
        "Decide",
        {
            "retry": Verb("agent.cli.wishes", "retry", "Try documents, clients or files again."),
            "ignore": Verb("agent.cli.wishes", "ignore", "Leave files out, or take them in again."),
            "pause": Verb("agent.cli.wishes", "pause", "Send nothing for a while."),
            "resume": Verb("agent.cli.wishes", "resume", "Go on sending."),
            "map": Verb("agent.cli.wishes", "map_folder", "Let a folder stand for a client."),
            "scan": Verb("agent.cli.scan", "scan", "Look through all folders now."),
            "snooze": Verb("agent.cli.scan", "snooze", "Show no notices for a while."),
        },
    ),
    Chapter(
        "Try out",
        {
            "sandbox": Verb("agent.cli.sandbox", "sandbox", "An imitation of Filed, to play with."),
        },
    ),
)
VERBS: dict[str, Verb] = {name: verb for one in CHAPTERS for name, verb in one.verbs.items()}


class Verbs(click.Group):
    """A group whose verbs are imported when called: `--help` and `status` stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, imported now; None for an unknown word."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        command = getattr(importlib.import_module(verb.module), verb.attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs by chapter, from the table alone: nothing is imported."""
        for chapter in CHAPTERS:
            with formatter.section(chapter.title):
                formatter.write_dl([(name, verb.line) for name, verb in chapter.verbs.items()])
