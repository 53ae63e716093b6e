"""The agent that a call is about: looked at, told a wish, or asked for what only it can do.

Looking reads the ledger where this account may. That is as fresh as asking the door, takes the same
time (`status` some 135 ms of processor time either way), asks nothing of the agent, and answers
also when the agent is stuck. Where the account may not, and where FILED_AGENT_SOCKET names another
account's agent, the door is asked. Wishes go through the door where one answers, so that the agent
acts at once, and else into the ledger. An account's own verbs therefore work with every agent, also
with `sync`, with an older one and with none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from agent.cli.by_ledger import ByLedger, NothingYet
from agent.cli.ground import Ground
from agent.control.refused import Refused
from agent.errors import ConfigProblem, LedgerTrouble
from agent.words.standing import NEVER_RAN, START

if TYPE_CHECKING:
    from agent.cli.by_door import ByDoor
    from agent.control.remote import Remote
    from agent.control.wishes import Wishes
    from agent.ledger.ledger import Ledger

SOCKET_VARIABLE = "FILED_AGENT_SOCKET"


class NoAgent(click.ClickException):
    """No agent runs that could do it: a person has to start one."""

    exit_code = 3


class Unanswered(click.ClickException):
    """An agent runs and could not answer just now; nothing is wrong with the question."""

    exit_code = 3


@contextmanager
def looked(ground: Ground) -> Iterator[ByLedger | ByDoor]:
    """What answers questions; a question that is refused becomes a usage error.

    Raises NoAgent, Unanswered, ConfigProblem, LedgerTrouble.
    """
    with _spoken():
        if elsewhere(ground):
            with _by_door(ground, running(ground)) as answers:
                yield answers
            return
        try:
            ledger = ground.ledger()
        except (ConfigProblem, LedgerTrouble):  # another account's home, or a broken file
            remote = found(ground)
            if remote is None:
                raise
            with _by_door(ground, remote) as answers:
                yield answers
            return
        try:
            yield ByLedger(ground, ledger)
        finally:
            if ledger is not None:
                ledger.close()


def wished(
    ground: Ground, path: str, body: Mapping[str, object], beside: Callable[[Wishes], str]
) -> str:
    """Let the running agent carry a wish out, or note it `beside` it in the ledger; what came of
    it, in a sentence. What is refused raises click.UsageError, what another account's agent could
    not get to Unanswered.

    Every wish may be said twice: where the agent ends while it is told, or is too busy for it, the
    ledger is told again.
    """
    from agent.control.remote import Gone
    from agent.control.wishes import Wishes

    with _spoken():
        remote = running(ground) if elsewhere(ground) else found(ground)
        if remote is not None:
            try:
                return str(remote.post(path, body)["sentence"])
            except Gone:
                if elsewhere(ground):
                    raise no_agent(ground) from None
            except Refused as refused:
                if elsewhere(ground) or not refused.unanswered:
                    raise
        with opened_ledger(ground) as ledger:
            return beside(Wishes(ledger, ground.who()))


def asked(ground: Ground, path: str, body: Mapping[str, object]) -> dict[str, Any]:
    """What only a running agent can do. Raises NoAgent, Unanswered, and click.UsageError for a
    refusal."""
    from agent.control.remote import Gone

    with _spoken():
        try:
            return running(ground).post(path, body)
        except Gone:
            raise no_agent(ground) from None


def found(ground: Ground) -> Remote | None:
    """The running agent's door; None where none answers."""
    from agent.control.remote import Remote

    return Remote.find(ground.env)


def running(ground: Ground) -> Remote:
    """The running agent's door. Raises NoAgent, saying how to start one."""
    remote = found(ground)
    if remote is None:
        raise no_agent(ground)
    return remote


def no_agent(ground: Ground) -> NoAgent:
    """Why nobody answers, and what would help."""
    from agent.cli.running import agent_runs
    from agent.model.naming import safe_text

    if elsewhere(ground):
        there = safe_text(ground.env[SOCKET_VARIABLE])
        return NoAgent(
            f"No agent answers at {there}, which {SOCKET_VARIABLE} names. "
            "Start it there, or ask whether this account may open it."
        )
    if agent_runs(ground.home.lock):
        return NoAgent(
            "The agent that runs here does not answer: it only just starts, ends, or is a `sync`. "
            "Try again in a moment; `filed-agent run` is the one that stays."
        )
    return NoAgent("No agent is running. Start one with `filed-agent run`.")


def elsewhere(ground: Ground) -> bool:
    """Whether another agent's socket is named, to which no ledger of ours belongs."""
    return bool(ground.env.get(SOCKET_VARIABLE, "").strip())


def opened_ledger(ground: Ground) -> Ledger:
    """The ledger; a usage error where no agent ever ran."""
    ledger = ground.ledger()
    if ledger is None:
        raise NothingYet(f"{NEVER_RAN} {START}")
    return ledger


@contextmanager
def _by_door(ground: Ground, remote: Remote) -> Iterator[ByDoor]:
    from agent.cli.by_door import ByDoor
    from agent.control.remote import Gone

    try:
        yield ByDoor(remote)
    except Gone:
        raise no_agent(ground) from None


@contextmanager
def _spoken() -> Iterator[None]:
    """What a door or a ledger refuses, as the command line says it."""
    try:
        yield
    except Refused as refused:
        if refused.unanswered:
            raise Unanswered(refused.said) from None
        raise click.UsageError(refused.said) from None
