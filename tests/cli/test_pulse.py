"""What a running agent notes of itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from agent.cli.pulse import Pulse
from agent.control.note import Trouble
from agent.daemon import Agent
from agent.errors import AgentError, FiledUnreachable, KeyRefused, RateLimited
from agent.words.catalogue import AgentState
from agent.words.show import moment_text
from tests.engine.kit import Office


def felt(office: Office, trouble: AgentError) -> Pulse:
    """The pulse after a beat of an agent that has this trouble."""
    rules = SimpleNamespace(roots=())
    agent = SimpleNamespace(
        ledger=office.ledger,
        clock=office.clock,
        engine=office.engine,
        rules=rules,
        trouble=trouble,
        limits=dict,
    )
    pulse = Pulse(cast(Agent, agent), "run")
    pulse.beat()
    return pulse


def test_who_is_asked_for_patience_is_not_offline_and_knows_until_when() -> None:
    with Office() as office:
        pulse = felt(office, RateLimited("", 900.0))
        until = moment_text(office.clock.now() + 900.0, office.clock.now())
        office.clock.advance(120.0)
        pulse.beat()
    assert pulse.note.state not in (AgentState.offline, AgentState.signed_out)
    assert pulse.note.trouble is not None
    assert pulse.note.trouble.said == f"Filed asks for patience until {until}"


@pytest.mark.parametrize(
    ("trouble", "state"),
    [(FiledUnreachable(), AgentState.offline), (KeyRefused(), AgentState.signed_out)],
)
def test_other_troubles_are_noted_as_what_they_are(trouble: AgentError, state: AgentState) -> None:
    with Office() as office:
        noted = felt(office, trouble).note
    assert (noted.state, noted.trouble) == (state, Trouble.of(trouble))
