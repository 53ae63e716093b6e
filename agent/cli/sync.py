"""The verb `sync`: one pass, until every document is filed or waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.cli.outcome import Outcome
    from agent.cli.progress import Moment
    from agent.cli.signals import StopAsked
    from agent.cli.sync_pass import SyncPass

BEAT = 0.25  # seconds between two looks at the workers


@click.command()
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to go on while Filed cannot be reached.",
)
@click.option("--json", "as_json", is_flag=True, help="The outcome as JSON; how it goes on stderr.")
@click.pass_obj
def sync(ground: Ground, patience: float, as_json: bool) -> int:
    """File everything there is, then end.

    Ends with 0 when every document is filed, with 3 when some wait for a person (they are listed
    with the reason and the next step), 4 when sign-in is needed, 5 when Filed cannot be reached,
    6 when another agent is running. A signal ends it early with 128 and the signal's number; the
    next pass goes on where it was.
    """
    import sys

    from agent.cli.opened import opened_agent
    from agent.cli.progress import view
    from agent.cli.signals import StopAsked
    from agent.cli.sync_pass import SyncPass
    from agent.cli.tables import console

    out = console(sys.stderr if as_json else sys.stdout)
    with opened_agent(ground) as agent:
        going = SyncPass(agent, patience)  # may hang on a dead share: signals still kill here
        show = view(out)
        with StopAsked() as stop:
            try:
                _go(going, stop, show.show)
            finally:
                show.close()
        if stop.number is not None:
            click.echo("Stopped early; the next pass goes on where this one was.", err=True)
            return 128 + stop.number
        outcome = going.outcome()
    _tell(outcome, as_json)
    return outcome.exit_code


def _go(going: SyncPass, stop: StopAsked, show: Callable[[Moment], None]) -> None:
    """Beat until the pass is over or the end is asked for."""
    going.start()
    while not stop.wait(BEAT) and going.beat() is None:
        show(going.moment())


def _tell(outcome: Outcome, as_json: bool) -> None:
    """The outcome, for people or for scripts."""
    from agent.cli.tables import console, print_waits

    if as_json:
        from agent.cli.printed import print_json
        from agent.cli.sync_answer import sync_answer

        print_json(sync_answer(outcome))
        return
    out = console()
    out.print(outcome.sentence)
    print_waits(out, outcome.waits)
    if outcome.trouble_text:
        click.echo(outcome.trouble_text, err=True)
