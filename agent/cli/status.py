"""The verb `status`: how it goes, in one sentence and a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground
from agent.cli.options import json_option
from agent.cli.reach import looked
from agent.words.standing import NEVER_RAN

if TYPE_CHECKING:
    from agent.control.shapes import StatusAnswer

ROWS = 20


@click.command()
@json_option
@click.pass_obj
def status(ground: Ground, as_json: bool) -> int:
    """How it goes: one sentence, the folders, the counts, what is on the line, what waits.

    Ends with 0 when all is well, 3 when something needs a person, 4 when sign-in is needed, 5
    when Filed cannot be reached.
    """
    with looked(ground) as agent:
        answer = agent.status(None if as_json else ROWS + 1)
    if as_json:
        from agent.cli.printed import print_json

        print_json(answer)
    elif answer["sentence"] == NEVER_RAN:
        _never(ground, answer["advice"])
    else:
        _show(ground, answer)
    return answer["exit_code"]


def _show(ground: Ground, answer: StatusAnswer) -> None:
    from agent.cli.status_text import status_lines
    from agent.system.clock import SystemClock

    ours = answer["home"] == str(ground.home.folder)
    log = str(ground.home.log) if ours else None
    for line in status_lines(answer, SystemClock().now(), log, ROWS):
        click.echo(line)


def _never(ground: Ground, advice: str) -> None:
    click.echo(f"{NEVER_RAN} {advice}")
    there = "is" if ground.config_file().exists() else "belongs at"
    click.echo(f"The configuration {there} {ground.config_file()}.")
