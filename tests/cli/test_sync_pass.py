"""A pass of an agent, and what it came to."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.cli.ground import Ground
from agent.cli.one_pass import Ending
from agent.cli.opened import opened_agent
from agent.cli.outcome import Outcome
from agent.cli.sync_pass import SyncPass
from agent.control.waits import Waits
from agent.errors import AgentError, FiledUnreachable, KeyRefused, WrongEndpoint
from agent.words.catalogue import FAILED
from tests.cli.firm import Firm

WAITS = (Waits("document", "w2.pdf", "Ash", FAILED, None, 1),)


def outcome(
    ending: Ending, waits: tuple[Waits, ...] = (), trouble: AgentError | None = None
) -> Outcome:
    return Outcome(ending, 1, 2, 3, 4.0, waits, trouble)


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (outcome(Ending.done), 0),
        (outcome(Ending.done, WAITS), 3),
        (outcome(Ending.still_written), 3),
        (outcome(Ending.paused), 3),
        (outcome(Ending.needs_person, WAITS, KeyRefused()), 4),
        (outcome(Ending.needs_person, WAITS, WrongEndpoint()), 2),
        (outcome(Ending.unreachable, WAITS, FiledUnreachable()), 5),
        (outcome(Ending.unreachable, WAITS), 5),
    ],
)
def test_the_exit_code_says_how_it_ended(ended: Outcome, code: int) -> None:
    assert ended.exit_code == code
    assert bool(ended.trouble_text) == (
        ended.ending in (Ending.needs_person, Ending.unreachable, Ending.paused)
    )


def test_the_sentence_counts_what_was_filed_and_sent() -> None:
    assert outcome(Ending.done).sentence == (
        "1 document filed now, 2 already filed, 3 bytes sent in 4 s."
    )


def test_whether_a_folder_is_there_is_looked_at_before_anything_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Firm.found(tmp_path / "firm")
    monkeypatch.setenv("XDG_RUNTIME_DIR", firm.env["XDG_RUNTIME_DIR"])
    ground = Ground(firm.config, firm.env)
    firm.clients.rename(firm.folder / "away")
    with opened_agent(ground) as agent:
        SyncPass(agent, 60.0)
        assert agent.ledger.roots()[0].unavailable is not None
        assert agent.engine.look.settled
    (firm.folder / "away").rename(firm.clients)
    with opened_agent(ground) as agent:
        SyncPass(agent, 60.0)
        assert agent.ledger.roots()[0].unavailable is None
