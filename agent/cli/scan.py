"""The verbs `scan` and `snooze`: what only an agent at work can be asked for."""

from __future__ import annotations

import click

from agent.cli.ground import Ground
from agent.cli.options import span
from agent.cli.reach import NoAgent, asked, elsewhere


@click.command()
@click.pass_obj
def scan(ground: Ground) -> int:
    """Look through all watched folders now, instead of at the next time of its own.

    Without a running agent there is nothing to do: every start begins with such a look.
    """
    from agent.cli.running import agent_runs

    try:
        click.echo(asked(ground, "/v1/scan", {})["sentence"])
    except NoAgent:
        if elsewhere(ground) or agent_runs(ground.home.lock):
            raise
        click.echo("No agent is running, so there is nothing to do: every start looks through all.")
    return 0


@click.command()
@click.argument("seconds", metavar="TIME", callback=span)
@click.pass_obj
def snooze(ground: Ground, seconds: float) -> int:
    """Show no notices for a while, such as 1h; what they would say stays in `status`."""
    click.echo(asked(ground, "/v1/snooze", {"seconds": seconds})["sentence"])
    return 0
