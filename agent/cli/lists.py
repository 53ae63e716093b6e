"""The verbs `documents`, `clients` and `history`: lists from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground
from agent.cli.options import json_option, past
from agent.control.health import NEVER_RAN, START
from agent.model.document import Stage
from agent.model.naming import safe_text
from agent.words.catalogue import CLIENT_STATES, STAGES, label_of, words_for
from agent.words.show import exact_time, path_text, size_text

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger
    from agent.model.overview import ClientRow, DocumentRow, HistoryLine

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
    with opened_ledger(ground) as ledger:
        rows = ledger.documents(
            None if stage is None else Stage(stage),
            client=client_named(ledger, client),
            search=search,
            limit=limit,
            offset=offset,
        )
    if as_json:
        from agent.cli.printed import print_json
        from agent.control.answers import document_answer

        print_json({"documents": [document_answer(row) for row in rows]})
        return
    heads = ("No.", "Document", "Client", "Size", "Stage", "Filed at")
    _show(heads, [_document_cells(row) for row in rows], right=(0, 3))


def _document_cells(row: DocumentRow) -> Sequence[str]:
    stage = STAGES[row.stage]
    if row.problem is not None:
        stage = f"{stage}: {safe_text(row.problem)}"
        stage += f" {safe_text(row.remedy)}" if row.remedy else ""
    filed = "" if row.filed_at is None else exact_time(row.filed_at)
    return (
        str(row.id),
        safe_text(row.name),
        safe_text(row.client),
        size_text(row.size),
        stage,
        filed,
    )


@click.command()
@json_option
@click.pass_obj
def clients(ground: Ground, as_json: bool) -> None:
    """The clients, their folders, and what became of their documents."""
    with opened_ledger(ground) as ledger:
        rows = ledger.clients_overview()
    if as_json:
        from agent.cli.printed import print_json
        from agent.control.answers import client_answer

        print_json({"clients": [client_answer(row) for row in rows]})
        return
    heads = ("No.", "Client", "External ID", "Year", "Return", "Filed", "Open", "Waiting", "State")
    _show(heads, [_client_cells(row) for row in rows], right=(0, 3, 5, 6, 7))


def _client_cells(row: ClientRow) -> Sequence[str]:
    filed = row.documents.get(Stage.filed, 0)
    lost = row.documents.get(Stage.lost, 0)
    left = sum(row.documents.values()) - filed - lost
    state = CLIENT_STATES[row.state]
    if row.reason is not None:
        words = words_for(row.reason)
        state = f"{words.label}: {safe_text(row.said or words.sentence)}"
    return (
        str(row.id),
        safe_text(row.name),
        safe_text(row.external_id),
        str(row.tax_year),
        row.return_type,
        str(filed),
        str(left),
        str(row.waiting_files),
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
    with opened_ledger(ground) as ledger:
        lines = ledger.history(limit, client_named(ledger, client), since)
    if as_json:
        from agent.cli.printed import print_json
        from agent.control.answers import history_answer

        print_json({"history": [history_answer(line) for line in lines]})
        return
    _show(("When", "What", "Became", "Why"), [history_cells(line) for line in lines])


def history_cells(line: HistoryLine) -> Sequence[str]:
    """When, what, became, why."""
    what = path_text(line.path) if line.path is not None else safe_text(line.name or "")
    subject = line.subject.value if line.subject != "operation" else "call"
    became = label_of(line.subject.value, line.after)
    why = line.why
    known = words_for(why)
    why = known.sentence if known.label != "waits" else why
    return exact_time(line.at), f"{subject} {what}".strip(), became, safe_text(why)


class NothingYet(click.ClickException):
    """No agent ever ran here, so there is nothing to read or to decide: usage, not trouble."""

    exit_code = 2


def opened_ledger(ground: Ground) -> Ledger:
    """The ledger; a usage error where no agent ever ran."""
    ledger = ground.ledger()
    if ledger is None:
        raise NothingYet(f"{NEVER_RAN} {START}")
    return ledger


def client_named(ledger: Ledger, named: str | None) -> int | None:
    """The ID of the client with this name, external ID or number; a usage error for none."""
    if named is None:
        return None
    from agent.model.naming import same_name

    rows = ledger.clients_overview()
    found = [row for row in rows if row.external_id == named] or [
        row for row in rows if same_name(row.name, named)
    ]
    if not found and named.isdecimal():
        found = [row for row in rows if row.id == int(named)]
    if len(found) == 1:
        return found[0].id
    if not found:
        raise click.UsageError(
            f"There is no client {safe_text(named)!r}; see `filed-agent clients`."
        )
    ids = ", ".join(safe_text(row.external_id) for row in found)
    raise click.UsageError(f"Several clients have this name; give the external ID: {ids}.")


def _show(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    from agent.cli.tables import console, table

    if rows:
        console().print(table(heads, rows, right=right))
    else:
        click.echo("There are none.")
