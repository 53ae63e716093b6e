"""The verbs `retry`, `ignore`, `pause`, `resume` and `map`: what a person decides.

A running agent is told through its door and acts at once. Where none answers, the wish stands in
the ledger for the next one.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground
from agent.cli.options import future, span
from agent.cli.reach import wished

if TYPE_CHECKING:
    from agent.control.wishes import Wishes


@click.command()
@click.argument("what", nargs=-1, metavar="[ID | PATH]...")
@click.option("--all", "everything", is_flag=True, help="Everything that failed or is held.")
@click.option("--client", metavar="NAME", help="All of one client.")
@click.option(
    "--root", metavar="PATH", help="Accept the folder that now stands at this watched path."
)
@click.pass_obj
def retry(
    ground: Ground, what: Sequence[str], everything: bool, client: str | None, root: str | None
) -> int:
    """Send documents, clients or files on their way again.

    A number names a document, anything else a file or a folder. A client that waits for a
    decision is looked up anew with --client, with its folder's path, or with --all.
    """
    if not (what or everything or client or root):
        raise click.UsageError("Say what: a document's number, a path, --client, --root or --all.")
    if root is not None:
        click.echo(_accepted(ground, os.path.abspath(root)))
    if not (what or everything or client):
        return 0
    named = [one if one.isdecimal() else os.path.abspath(one) for one in what]

    def beside(wishes: Wishes) -> str:
        return wishes.retry(named, client, everything=everything)

    body: dict[str, object] = {"what": named, "all": everything}
    if client is not None:
        body["client"] = client
    click.echo(wished(ground, "/v1/retry", body, beside))
    return 0


def _accepted(ground: Ground, path: str) -> str:
    from agent.cli.running import agent_runs

    def beside(wishes: Wishes) -> str:
        return wishes.accept_root(path, runs=agent_runs(ground.home.lock))

    return wished(ground, "/v1/accept", {"path": path}, beside)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--undo", is_flag=True, help="Take the files in again.")
@click.option("--why", default="", metavar="TEXT", help="The reason, for the history.")
@click.pass_obj
def ignore(ground: Ground, paths: Sequence[str], undo: bool, why: str) -> int:
    """Leave files out: they are not sent until you take them in again with --undo."""
    failed = 0
    for path in paths:
        try:
            click.echo(_ignored(ground, os.path.abspath(path), undo, why))
        except click.UsageError as error:  # the others are left out all the same
            failed += 1
            click.echo(error.message, err=True)
    return 2 if failed else 0


def _ignored(ground: Ground, path: str, undo: bool, why: str) -> str:
    def beside(wishes: Wishes) -> str:
        return wishes.take_in(path) if undo else wishes.ignore(path, why)

    return wished(ground, "/v1/ignore", {"path": path, "why": why, "undo": undo}, beside)


@click.command()
@click.option("--for", "seconds", callback=span, metavar="TIME", help="So long: 30min, 1h, 2d.")
@click.option("--until", callback=future, metavar="TIME", help="17:30, tomorrow, 2026-04-15.")
@click.pass_obj
def pause(ground: Ground, seconds: float | None, until: float | None) -> int:
    """Send nothing until `resume`, or for a while; watching goes on."""
    from agent.control.answers import time_json
    from agent.system.clock import SystemClock

    if seconds is not None and until is not None:
        raise click.UsageError("Give --for or --until, not both.")
    now = SystemClock().now()
    end = now + seconds if seconds is not None else math.inf if until is None else until
    if not math.isinf(end) and time_json(end) is None:
        raise click.UsageError("No calendar has that time.")
    body = {} if math.isinf(end) else {"until": time_json(end)}

    def beside(wishes: Wishes) -> str:
        return wishes.pause(end, now)

    click.echo(wished(ground, "/v1/pause", body, beside))
    return 0


@click.command()
@click.pass_obj
def resume(ground: Ground) -> int:
    """End a pause."""

    def beside(wishes: Wishes) -> str:
        return wishes.resume()

    click.echo(wished(ground, "/v1/resume", {}, beside))
    return 0


@click.command("map")
@click.argument("path")
@click.argument("client")
@click.pass_obj
def map_folder(ground: Ground, path: str, client: str) -> int:
    """Let the folder PATH stand for CLIENT, whatever else says so.

    CLIENT is a name, an external ID or a number, as `filed-agent clients` shows them. It ends a
    doubt about the folder: two folders for one client, a renamed folder, the same name at Filed.
    """
    path = os.path.abspath(path)

    def beside(wishes: Wishes) -> str:
        return wishes.map_folder(path, client)

    click.echo(wished(ground, "/v1/map", {"path": path, "client": client}, beside))
    return 0
