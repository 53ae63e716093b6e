"""The verb `status`."""

from __future__ import annotations

import click

from agent.cli.ground import Ground


@click.command()
@click.pass_obj
def status(ground: Ground) -> int:
    """Not there yet."""
    ground.settings()
    return 0
