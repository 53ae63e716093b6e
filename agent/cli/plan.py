"""The verb `plan`: what would be sent where. Nothing is sent and nothing is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground
from agent.cli.options import json_option

if TYPE_CHECKING:
    from agent.cli.planned import Plan, PlannedClient

ROWS = 20


@click.command()
@click.option("--offline", is_flag=True, help="Do not ask Filed which clients it has.")
@click.option("--all", "everything", is_flag=True, help="Every row, and every file left out.")
@json_option
@click.pass_obj
def plan(ground: Ground, offline: bool, everything: bool, as_json: bool) -> int:
    """Show what would be sent where, without sending or remembering anything.

    Works on a copy of the ledger, also while an agent runs. Asks Filed only for its list of
    clients, and not even that with --offline. Ends with 3 when something would wait for a person.
    """
    from agent.cli.planned import rehearse
    from agent.daemon import Rehearsal

    with Rehearsal(ground.settings(), ground.home, ground.env) as rehearsal:
        found = rehearse(rehearsal, ask=not offline)
    if as_json:
        from agent.cli.plan_answer import plan_answer
        from agent.cli.printed import print_json

        print_json(plan_answer(found))
    else:
        _show(found, everything)
    return 3 if found.waits else 0


def _show(found: Plan, everything: bool) -> None:
    from agent.cli.tables import console, print_waits, table
    from agent.words.show import counted, path_text, size_text

    out = console()
    rows = 1_000_000 if everything else ROWS
    going = found.going
    if going:
        documents = counted(found.documents, "document")
        clients = counted(len(going), "client")
        out.print(f"{documents} of {clients} would be sent, {size_text(found.size)}.")
    else:
        out.print("Nothing would be sent.")
    if found.not_asked is not None:
        out.print(f"Filed was not asked: {found.not_asked.title}. {found.not_asked.advice}")
    if found.clients:
        heads = ("Client", "External ID", "Year", "Return", "At Filed", "To send", "Size", "Filed")
        some = [_cells(one, found.asked) for one in found.clients[:rows]]
        out.print()
        out.print(table(heads, some, right=(2, 5, 6, 7)))
        if len(found.clients) > rows:
            out.print(f"and {counted(len(found.clients) - rows, 'more client')}: use --all.")
    print_waits(out, found.waits, rows, more="use --all")
    if found.ignored and everything:
        out.print()
        cells = [(path_text(path), rule) for path, rule in found.ignored]
        out.print(table(("Left out", "Rule"), cells))
    elif found.ignored:
        left = counted(len(found.ignored), "file is", "files are")
        out.print(f"\n{left} left out by rules; --all lists them.")


def _cells(one: PlannedClient, asked: bool) -> tuple[str, ...]:
    from agent.model.naming import safe_text
    from agent.words.show import size_text

    row = one.row
    return (
        safe_text(row.name),
        safe_text(row.external_id),
        str(row.tax_year),
        row.return_type,
        standing(one, asked),
        str(len(one.to_send)) if one.goes else f"({len(one.to_send)} wait)",
        size_text(one.bytes_to_send),
        str(one.filed + one.under_way),
    )


def standing(one: PlannedClient, asked: bool) -> str:
    """What Filed has of a client, for people."""
    from agent.model.client import ClientState
    from agent.words.catalogue import CLIENT_STATES, words_for

    state = one.row.state
    if state is ClientState.held:
        return f"waits: {words_for(one.row.reason).label}"
    if state is ClientState.absent:
        return "new, would be created"
    if state is ClientState.known:
        return "known"
    return CLIENT_STATES[state] if asked else "not asked"
