"""The verb `run`: the agent in the foreground, until it is asked to stop."""

from __future__ import annotations

import click

from agent.cli.ground import Ground
from agent.cli.show import path_text

BEAT = 0.5  # seconds between two looks at the workers


@click.command()
@click.pass_obj
def run(ground: Ground) -> int:
    """Watch the folders and file what is finished, until stopped.

    Keeps on when Filed cannot be reached, when the key is refused or when a folder is away: says
    so once, and goes on by itself when that is over. Stop it with Ctrl-C or SIGTERM; being killed
    is as safe.
    """
    from agent.cli.health import folders_named, gather, verdict
    from agent.cli.opened import opened_agent
    from agent.cli.pulse import Pulse
    from agent.cli.screen import screen
    from agent.cli.signals import StopAsked
    from agent.cli.voice import Voice

    with opened_agent(ground) as agent, StopAsked() as stop:
        show = screen()
        pulse, voice = Pulse(agent, "run"), Voice(show)
        watched = folders_named([root.path for root in agent.rules.roots])
        show.line(f"Watching {watched}. The log is {path_text(bytes(ground.home.log))}.")
        agent.start()
        try:
            while not stop.wait(BEAT) and agent.fatal is None:
                if pulse.beat():
                    facts = gather(agent.ledger, agent.clock.now(), running=True, note=pulse.note)
                    voice.tell(pulse, facts)
        finally:
            show.close()
        if agent.fatal is not None:
            raise agent.fatal
        facts = gather(agent.ledger, agent.clock.now(), running=True, note=pulse.note)
        show.line(f"Stopping. {verdict(facts).sentence}")
        pulse.stop()
    show.line("Stopped.")
    return 0
