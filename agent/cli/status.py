"""The verb `status`: how it goes, in one sentence and a few lines."""

from __future__ import annotations

import click

from agent.cli.ground import Ground
from agent.cli.options import json_option

ROWS = 20


@click.command()
@json_option
@click.pass_obj
def status(ground: Ground, as_json: bool) -> int:
    """How it goes: one sentence, the folders, the counts, what is on the line, what waits.

    Ends with 0 when all is well, 3 when something needs a person, 4 when sign-in is needed, 5
    when Filed cannot be reached.
    """
    from agent.cli.running import agent_runs
    from agent.control.full import as_it_is
    from agent.control.health import NEVER_RAN, START, gather, verdict
    from agent.control.note import Note
    from agent.control.waits import what_waits
    from agent.system.clock import SystemClock

    ledger = ground.ledger()
    if ledger is None:
        return _never(ground, NEVER_RAN, START, as_json)
    with ledger:
        running = agent_runs(ground.home.lock)
        now = SystemClock().now()
        note = as_it_is(Note.read(ledger.agent_note()), ground.home.folder, now)
        facts = gather(ledger, now, running=running, note=note)
        away = facts.away
        if as_json:
            from agent.cli.printed import print_json
            from agent.control.answers import status_answer

            waits = what_waits(ledger, away, moving=running)
            answer = status_answer(facts, waits, str(ground.home.folder), str(ground.config_file()))
            print_json(answer)
        else:
            from agent.cli.status_text import status_lines

            waits = what_waits(ledger, away, ROWS + 1, moving=running)
            for line in status_lines(facts, waits, ground, ROWS):
                click.echo(line)
    return verdict(facts).exit_code


def _never(ground: Ground, sentence: str, advice: str, as_json: bool) -> int:
    """No ledger yet."""
    if as_json:
        from agent.cli.printed import print_json
        from agent.control.answers import never_answer

        config = str(ground.config_file())
        print_json(never_answer(sentence, advice, str(ground.home.folder), config))
    else:
        click.echo(f"{sentence} {advice}")
        there = "is" if ground.config_file().exists() else "belongs at"
        click.echo(f"The configuration {there} {ground.config_file()}.")
    return 3
