"""The verbs `documents`, `clients` and `history`: lists of what the agent knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground
from agent.cli.moments import exactly
from agent.cli.options import json_option, past
from agent.cli.reach import looked
from agent.model.document import Stage
from agent.model.naming import safe_text
from agent.words.catalogue import label_of, words_for
from agent.words.show import size_text

if TYPE_CHECKING:
    from agent.control.shapes import ClientAnswer, DocumentAnswer, HistoryAnswer

MOST_ROWS = 1_000_000
limit_option = click.option(
    "--limit", type=click.IntRange(1, MOST_ROWS), default=100, show_default=True, metavar="N"
)
client_option = click.option(
    "--client", metavar="NAME", help="Of one client: its name, external ID or number."
)


@click.command()
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]))
@client_option
@click.option("--search", metavar="TEXT", help="Part of the document's or the client's name.")
@limit_option
@click.option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Leave out so many.")
@json_option
@click.pass_obj
def documents(
    ground: Ground,
    stage: str | None,
    client: str | None,
    search: str | None,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """The documents and how far each has come, the newest first."""
    with looked(ground) as agent:
        rows = agent.documents(stage, client, search, limit, offset)
    if as_json:
        from agent.cli.printed import print_json

        print_json({"documents": rows})
        return
    heads = ("No.", "Document", "Client", "Size", "Stage", "Filed at")
    _show(heads, [_document_cells(row) for row in rows], right=(0, 3))


def _document_cells(row: DocumentAnswer) -> Sequence[str]:
    stage = label_of("document", row["stage"])
    if row["problem"] is not None:
        stage = f"{stage}: {safe_text(row['problem'])}"
        stage += f" {safe_text(row['remedy'])}" if row["remedy"] else ""
    return (
        str(row["id"]),
        safe_text(row["name"]),
        safe_text(row["client"]),
        size_text(row["size"]),
        stage,
        exactly(row["filed_at"]) if row["filed_at"] else "",
    )


@click.command()
@json_option
@click.pass_obj
def clients(ground: Ground, as_json: bool) -> None:
    """The clients, their folders, and what became of their documents."""
    with looked(ground) as agent:
        rows = agent.clients()
    if as_json:
        from agent.cli.printed import print_json

        print_json({"clients": rows})
        return
    heads = ("No.", "Client", "External ID", "Year", "Return", "Filed", "Open", "Waiting", "State")
    _show(heads, [_client_cells(row) for row in rows], right=(0, 3, 5, 6, 7))


def _client_cells(row: ClientAnswer) -> Sequence[str]:
    filed = row["documents"].get(Stage.filed, 0)
    lost = row["documents"].get(Stage.lost, 0)
    left = sum(row["documents"].values()) - filed - lost
    state = label_of("client", row["state"])
    if row["reason"] is not None:
        words = words_for(row["reason"])
        state = f"{words.label}: {safe_text(row['said'] or words.sentence)}"
    return (
        str(row["id"]),
        safe_text(row["name"]),
        safe_text(row["external_id"]),
        str(row["tax_year"]),
        row["return_type"],
        str(filed),
        str(left),
        str(row["waiting_files"]),
        state,
    )


@click.command()
@client_option
@click.option(
    "--since", callback=past, metavar="TIME", help="8:00, yesterday, 2026-04-15, or 2h (ago)."
)
@limit_option
@json_option
@click.pass_obj
def history(
    ground: Ground, client: str | None, since: float | None, limit: int, as_json: bool
) -> None:
    """What happened, the newest first."""
    with looked(ground) as agent:
        lines = agent.history(client, since, limit)
    if as_json:
        from agent.cli.printed import print_json

        print_json({"history": lines})
        return
    _show(("When", "What", "Became", "Why"), [history_cells(line) for line in lines])


def history_cells(line: HistoryAnswer) -> Sequence[str]:
    """When, what, became, why."""
    what = safe_text(line["name"] or "" if line["path"] is None else line["path"])
    subject = line["subject"] if line["subject"] != "operation" else "call"
    became = label_of(line["subject"], line["after"])
    known = words_for(line["why"])
    why = known.sentence if known.label != "waits" else line["why"]
    return exactly(line["at"] or None), f"{subject} {what}".strip(), became, safe_text(why)


def _show(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    from agent.cli.tables import console, table

    if rows:
        console().print(table(heads, rows, right=right))
    else:
        click.echo("There are none.")
