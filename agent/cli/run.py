"""The verb `run`: the agent in the foreground, until it is asked to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground

if TYPE_CHECKING:
    from agent.system.claims import Locks


@click.command()
@click.pass_obj
def run(ground: Ground) -> int:
    """Watch the folders and file what is finished, until stopped.

    Keeps on when Filed cannot be reached, when the key is refused or when a folder is away: says
    so once, and goes on by itself when that is over. A changed configuration applies within
    seconds; one that cannot be used is told, and the one before stays in force. Stop it with
    Ctrl-C or SIGTERM; being killed is as safe.
    """
    from agent.cli.doorway import Doorway
    from agent.cli.opened import opened_agent
    from agent.cli.screen import screen
    from agent.cli.shift import Shift
    from agent.cli.signals import StopAsked
    from agent.config.file import ConfigFile

    file, show = ConfigFile(ground.config, ground.env), screen()
    locks: Locks | None = None
    doorway = Doorway.at(ground.home, ground.config_file(), file.settings, ground.env)
    with StopAsked() as stop:
        try:
            while True:
                with opened_agent(ground, file.settings, locks) as agent:
                    changed = False
                    try:
                        shift = Shift(agent, file, show, doorway)
                        changed = shift.last(stop)
                    finally:
                        if not changed:
                            doorway.close()
                    locks = agent.hand_over() if changed else None
                if locks is None:
                    break
                if not shift.closed(stop):
                    doorway.close()
                    locks.close()
                    break
                if not doorway.fits(file.settings):
                    doorway.close()
                    config = ground.config_file()
                    doorway = Doorway.at(ground.home, config, file.settings, ground.env)
        finally:
            doorway.close()  # also where the next agent could not begin
    show.line("Stopped.")
    return 0
