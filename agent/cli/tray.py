"""The verb `tray`: the icon in the notification area."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, cast

import click

from agent.cli.ground import Ground

if TYPE_CHECKING:
    from agent.control.door_shapes import SnapshotAnswer


@click.command()
@click.option(
    "--autostart",
    type=click.Choice(["on", "off"]),
    help="Start the icon with the desktop, or not any more; shows none now.",
)
@click.option("--once", is_flag=True, help="Print what icon and menu say now; shows none.")
@click.pass_obj
def tray(ground: Ground, autostart: str | None, once: bool) -> int:
    """Show an icon in the notification area: how it goes, and a menu to steer by.

    It only looks and steers: the agent runs by itself, and goes on when the icon is closed.
    """
    if autostart is not None:
        return _autostart(ground, autostart == "on")
    if once:
        return _once(ground)
    from agent.words import tray as words

    try:
        from agent.tray.app import Tray
    except ImportError:
        click.echo(words.NO_PARTS, err=True)
        return 1
    shown = Tray(ground.env, lambda sentence: click.echo(sentence, err=True))
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, lambda *_: shown.stop())
    if shown.run():
        return 0
    click.echo(words.DESKTOP_GONE, err=True)
    return 1


def _autostart(ground: Ground, wanted: bool) -> int:
    from agent.tray.autostart import switch_off, switch_on
    from agent.tray.opening import own_command
    from agent.words import tray as words

    try:
        if wanted:
            path = switch_on(own_command("tray"), ground.env)
            click.echo(words.AUTOSTART_ON.format(path=path))
        else:
            switch_off(ground.env)
            click.echo(words.AUTOSTART_OFF)
    except OSError as error:
        raise click.UsageError(str(error)) from None
    return 0


def _once(ground: Ground) -> int:
    from agent.control.refused import Refused
    from agent.control.remote import SOCKET_VARIABLE, Gone, Remote
    from agent.tray.menu import as_text, menu_of, title_of

    remote = Remote.find(ground.env, "tray")
    snapshot: SnapshotAnswer | None = None
    said = ""
    try:
        if remote is not None:
            snapshot = cast("SnapshotAnswer", remote.get("/v1/snapshot"))
    except Gone:
        pass
    except Refused as refused:  # such as a ledger that does not answer
        said = refused.said
    own = not ground.env.get(SOCKET_VARIABLE)
    click.echo(title_of(snapshot, said))
    click.echo(as_text(menu_of(snapshot, said, own=own)))
    return 0
