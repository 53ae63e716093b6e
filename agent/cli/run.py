"""The verb `run`."""

from __future__ import annotations

import click

from agent.cli.ground import Ground


@click.command()
@click.pass_obj
def run(ground: Ground) -> int:
    """Not there yet."""
    ground.settings()
    return 0
