"""The verb `open`: the status page of the running agent, in the browser of this desktop."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import click

from agent.cli.ground import Ground
from agent.cli.reach import asked

NO_BROWSER = "No browser could be opened here. This link opens the page once, within half a minute:"


@click.command("open")
@click.option("--print", "only_print", is_flag=True, help="Print the link, and open nothing.")
@click.pass_obj
def open_page(ground: Ground, only_print: bool) -> int:
    """Open the status page in the browser.

    The link works once and within half a minute, on this machine alone; `open` makes a new one
    each time. Ends with 3 when no agent is running.
    """
    url = str(asked(ground, "/v1/link", {})["url"])
    if only_print:
        click.echo(url)
    elif shown(url, ground.env):
        click.echo("The status page opens in your browser.")
    else:
        click.echo(NO_BROWSER, err=True)
        click.echo(url)
    return 0


def shown(url: str, env: Mapping[str, str]) -> bool:
    """Whether a browser was asked to show it; a browser in the terminal would be no use."""
    import webbrowser

    screenless = not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))
    if sys.platform.startswith("linux") and screenless and "microsoft" not in os.uname().release:
        return False
    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False
