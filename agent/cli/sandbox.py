"""The verb `sandbox`: an imitation of Filed in the foreground."""

from __future__ import annotations

import click


@click.command()
def sandbox() -> int:
    """Not there yet."""
    return 0
