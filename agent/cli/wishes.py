"""The verbs `retry`, `ignore`, `pause` and `resume`: what a person decides.

They write into the ledger, also while an agent runs: it notices within a second.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground
from agent.cli.lists import client_named, opened_ledger
from agent.cli.options import future, span
from agent.control.located import Located, locate
from agent.model.document import OPEN, Stage
from agent.model.file import FileState
from agent.model.naming import safe_text
from agent.words.show import counted, moment_text, path_text

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger
    from agent.model.overview import Retried


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
    with opened_ledger(ground) as ledger:
        if root is not None:
            _accept(ledger, root, ground)
        if everything:
            done = ledger.retry_all(ground.who())
        elif what or client:
            chosen = _Chosen(ledger)
            for one in what:
                chosen.add(one)
            if client is not None:
                chosen.add_client(client_named(ledger, client) or 0)
            done = ledger.retry(
                documents=chosen.documents,
                clients=chosen.clients,
                files=chosen.files,
                who=ground.who(),
            )
        else:
            return 0
    click.echo(_retried(done))
    return 0


class _Chosen:
    """What the arguments name, as IDs of the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.documents: set[int] = set()
        self.clients: set[int] = set()
        self.files: set[int] = set()

    def add(self, what: str) -> None:
        """A document's number or a path; a usage error for neither."""
        if what.isdecimal():
            try:
                document = self._ledger.document(int(what))
            except KeyError:
                raise click.UsageError(f"There is no document {what}.") from None
            self.documents.add(document.id)
            return
        place = _placed(self._ledger, what)
        files = [place.file] if place.file else self._ledger.files_below(place.root.id, place.below)
        if not files:
            raise click.UsageError(f"The agent has not seen {path_text(place.path)} yet.")
        for file in files:
            self.files.add(file.id)
            self.documents |= {file.document_id} if file.document_id else set()
            if place.file is None:  # a whole folder: its clients' doubts are meant as well
                self.clients |= {file.client_id} if file.client_id else set()

    def add_client(self, client_id: int) -> None:
        """A client with its documents and the files in its folders."""
        self.clients.add(client_id)
        for stage in (Stage.failed, *OPEN):
            for row in self._ledger.documents(stage, client=client_id, limit=1_000_000):
                self.documents.add(row.id)
        for known in self._ledger.clients_overview():
            for folder in known.folders if known.id == client_id else ():
                root = self._ledger.root(folder.root)
                files = self._ledger.files_below(root.id, folder.folder)
                self.files |= {file.id for file in files if file.state is FileState.held}


def _retried(done: Retried) -> str:
    parts = [
        counted(number, noun)
        for number, noun in (
            (done.documents, "document"),
            (done.clients, "client"),
            (done.files, "file"),
        )
        if number
    ]
    if not parts:
        return "Nothing of it failed or is held, so there is nothing to try again."
    return f"To be tried again: {', '.join(parts)}."


def _accept(ledger: Ledger, path: str, ground: Ground) -> None:
    """Forget what a root looked like: whatever stands there at the next look is accepted."""
    from agent.cli.running import agent_runs

    place = locate(ledger, path)
    if place is None or place.below:
        known = ", ".join(path_text(root.path) for root in ledger.roots())
        raise click.UsageError(f"{safe_text(path)} is no watched folder; watched are {known}.")
    with ledger.write() as writing:
        writing.save_root(replace(place.root, identity=None))
    when = "at its next start" if agent_runs(ground.home.lock) else "at the next start"
    click.echo(f"The agent accepts what stands at {path_text(place.path)} {when}.")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--undo", is_flag=True, help="Take the files in again.")
@click.option("--why", default="", metavar="TEXT", help="The reason, for the history.")
@click.pass_obj
def ignore(ground: Ground, paths: Sequence[str], undo: bool, why: str) -> int:
    """Leave files out: they are not sent until you take them in again with --undo."""
    failed = 0
    with opened_ledger(ground) as ledger:
        for path in paths:
            try:
                click.echo(_ignored(ledger, path, ground.who(), undo, why))
            except (click.UsageError, KeyError) as error:
                failed += 1
                said = error.message if isinstance(error, click.UsageError) else _not_so(path, undo)
                click.echo(said, err=True)
    return 2 if failed else 0


def _ignored(ledger: Ledger, path: str, who: str, undo: bool, why: str) -> str:
    place = _placed(ledger, path)
    shown = path_text(place.path)
    if undo:
        ledger.unignore(place.root.path, place.below, who)
        return f"{shown} is taken in again."
    file = place.file
    ledger.ignore(place.root.path, place.below, who, why)
    if file is not None and file.document_id is not None:
        stage = ledger.document(file.document_id).stage
        if stage in (Stage.attaching, Stage.ingesting, Stage.filed):
            return f"{shown} is left out from now on; its document is at Filed already."
    return f"{shown} is left out from now on."


def _not_so(path: str, undo: bool) -> str:
    if undo:
        return f"{safe_text(path)} is not left out."
    if os.path.isdir(path):
        return (
            f"{safe_text(path)} is a folder, and only files can be left out. "
            "Name its files, or move the folder out of the watched one."
        )
    return f"The agent has not seen {safe_text(path)} yet. Leave it out after the next scan."


def _placed(ledger: Ledger, path: str) -> Located:
    place = locate(ledger, path)
    if place is None:
        raise click.UsageError(f"{safe_text(path)} lies in no watched folder.")
    return place


@click.command()
@click.option("--for", "seconds", callback=span, metavar="TIME", help="So long: 30min, 1h, 2d.")
@click.option("--until", callback=future, metavar="TIME", help="17:30, tomorrow, 2026-04-15.")
@click.pass_obj
def pause(ground: Ground, seconds: float | None, until: float | None) -> int:
    """Send nothing until `resume`, or for a while; watching goes on."""
    from agent.system.clock import SystemClock

    if seconds is not None and until is not None:
        raise click.UsageError("Give --for or --until, not both.")
    now = SystemClock().now()
    end = math.inf if until is None else until
    if seconds is not None:
        end = now + seconds
    if end <= now:
        raise click.UsageError("That time is over already.")
    with opened_ledger(ground) as ledger:
        ledger.pause(end, ground.who())
    if math.isinf(end):
        click.echo("Paused. Nothing is sent until `filed-agent resume`.")
    else:
        click.echo(f"Paused until {moment_text(end, now)}. Nothing is sent before.")
    return 0


@click.command()
@click.pass_obj
def resume(ground: Ground) -> int:
    """End a pause."""
    with opened_ledger(ground) as ledger:
        paused = ledger.paused_until() is not None
        ledger.resume(ground.who())
    click.echo("Sending goes on." if paused else "It was not paused.")
    return 0
