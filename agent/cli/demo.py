"""The verb `demo`: a made-up firm, the sandbox of Filed and a real agent, proven file by file."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.text import Text

from agent.cli.demo_check import differences
from agent.cli.demo_desktop import desktop_beside, linger, no_desktop
from agent.cli.demo_page import StatusPage
from agent.cli.demo_play import Play
from agent.cli.demo_show import show_on
from agent.cli.demo_stage import (
    AgentProcess,
    agent_command,
    environment_for,
    home_in,
    sandbox_in,
    stage_folder,
    write_configuration,
)
from agent.cli.demo_tables import print_end, print_verdict
from agent.cli.made_up_day import Day, plan_day
from agent.cli.made_up_firm import Firm
from agent.cli.tables import console
from agent.control.waits import Waits, what_waits
from agent.ledger.ledger import Ledger
from agent.sandbox.received import Received
from agent.sandbox.server import Sandbox
from agent.system.clock import SystemClock
from agent.system.places import HOME_VARIABLE, Home
from agent.words.show import counted, duration_text, path_text, size_text

MB = 10**6
SPECIAL = 30  # files with awkward habits, whatever --files says
DAY_SECONDS = (8.0, 30.0)


@click.command()
@click.option(
    "--files",
    default=300,
    show_default=True,
    type=click.IntRange(35, 5000),
    metavar="N",
    help="About how many files the firm saves.",
)
@click.option(
    "--big",
    default=300,
    show_default=True,
    type=click.IntRange(1, 4000),
    metavar="MB",
    help="The size of the one big scan.",
)
@click.option("--seed", default=1, show_default=True, type=int, help="Other contents, same story.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Work in this folder and leave everything there to look at.",
)
@click.option("--desktop", is_flag=True, hidden=True, help="With the tray icon and the page.")
def command(files: int, big: int, seed: int, keep: Path | None, desktop: bool) -> int:
    """See it work: a made-up firm saves its files while a real agent takes them to a sandbox.

    Nothing leaves this computer. The firm does what people do: it copies, renames, saves in
    pieces, leaves files open and misplaces some. In the middle the agent is killed and started
    again. At the end every file on the disk is compared with what the sandbox received.
    Exit code 0: every document filed once, with the right bytes, for the right client.
    """
    out = console()
    with _ends_in_order(), stage_folder(keep, 3 * big * MB + 200 * MB) as folder:
        firm = Firm(folder / "clients", random.Random(seed), odd_names=os.name == "posix")  # noqa: S311
        seconds = min(max(files / 10, DAY_SECONDS[0]), DAY_SECONDS[1])
        day = plan_day(firm, seconds, files - SPECIAL, big * MB)
        with sandbox_in(folder / "sandbox", big * MB, seed) as sandbox:
            _introduce(out, sandbox, folder, keep)
            code = _perform(out, folder, sandbox, day, desktop)
        if keep is not None:
            out.print(
                Text(f"Look around: {HOME_VARIABLE}={home_in(folder)} filed-agent history"),
                soft_wrap=True,
            )
        return code


def _introduce(out: Console, sandbox: Sandbox, folder: Path, keep: Path | None) -> None:
    out.print(Text("A made-up firm, a sandbox of Filed, and a real agent.", style="bold"))
    out.print(
        Text(f"What Filed receives: {sandbox.page_url} (a page, while the demo runs)"),
        soft_wrap=True,
    )
    stays = "stays" if keep else "is removed at the end; --keep DIR leaves it"
    out.print(Text(f"Everything is in:    {folder} ({stays})"), soft_wrap=True)


def _perform(out: Console, folder: Path, sandbox: Sandbox, day: Day, desktop: bool) -> int:
    firm = day.firm
    firm.open_doors()
    day.live(-0.001, budget=len(day.steps))  # what lay there before the agent came
    config = folder / "config.toml"
    write_configuration(config, sandbox, firm)
    env = environment_for(home_in(folder), config, sandbox)
    home = Home.find(env)
    home.prepare()
    agent = AgentProcess(agent_command(), env, folder / "agent-output.txt")
    with Ledger.open(home.ledger, SystemClock()) as ledger:
        show = show_on(out)
        play = Play(day, agent, ledger, show)
        beside = desktop_beside(env, folder) if desktop else no_desktop()
        try:
            with beside as opener:
                play.page = StatusPage(env, lambda line: show.say(play.seconds, line), opener)
                with show:
                    play.run()
                if desktop:
                    linger()
        finally:
            agent.stop()
        return _prove(out, play, sandbox)


def _prove(out: Console, play: Play, sandbox: Sandbox) -> int:
    """The agent has ended: nothing changes any more."""
    received = sandbox.received()
    waits = [_shortened(one, play.day.firm) for one in what_waits(play.ledger, ())]
    print_end(out, received, waits, _told(play, received))
    problems = differences(play.expected, received) + play.unexplained()
    return print_verdict(out, len(play.expected.papers), problems)


def _shortened(one: Waits, firm: Firm) -> Waits:
    """The path below the firm's folder: enough to find it, and it fits a line."""
    if one.path is None:
        return one
    above = path_text(os.fsencode(firm.people.parent)) + os.sep
    return replace(one, what=one.what.removeprefix(above))


def _told(play: Play, received: Received) -> list[str]:
    """What the tables leave open."""
    requests = sum(received.requests.values())
    told = [
        f"{counted(requests, 'request')}, {size_text(received.bytes_received)} received, "
        f"{duration_text(play.seconds)}" + ("; the agent was killed once." if play.killed else ".")
    ]
    more = len(received.documents) - len(play.expected.papers)
    if more > 0:
        told.append(f"{counted(more, 'document')} more: content that was saved over later.")
    return told


@contextmanager
def _ends_in_order() -> Iterator[None]:
    """Let a polite request to end (SIGTERM, a closed terminal) tidy up as Ctrl-C does."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    names = ("SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
