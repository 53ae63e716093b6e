"""The question that is asked when nothing else was, and what its answer ends."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from agent.engine.contact import NEVER, SOON, Contact
from agent.engine.engine import Engine, World
from agent.engine.gate import Gate
from agent.engine.rules import Rules
from agent.errors import (
    AgentError,
    FiledRefused,
    FiledTrouble,
    FiledUnreachable,
    KeyRefused,
    ReadOnlyKey,
)
from agent.ledger.ledger import Ledger
from agent.model.document import Stage
from tests.engine.kit import Office, TroubledFiled
from tests.kit.clock import JumpingClock
from tests.kit.faults import Crossings
from tests.kit.filed import MemorySwitches

HOUR = 3_600.0


class Idle:
    """An agent without work: only its gate and the worker under test."""

    def __init__(self, seconds: float = HOUR) -> None:
        self.clock = JumpingClock()
        switches = MemorySwitches()
        self.filed = TroubledFiled(self.clock, random.Random(1), Crossings(), switches)
        self.ledger = Ledger.in_memory(self.clock)
        self.gate = Gate(self.ledger, self.filed, self.clock, random.Random(1))
        self.contact = Contact(self.gate, self.clock, Rules(contact_seconds=seconds))

    def live(self, seconds: float) -> None:
        """Turn the worker whenever it wants to."""
        end = self.clock.monotonic() + seconds
        for _ in range(10_000):
            if self.clock.monotonic() >= end:
                return
            wait = self.contact.turn()
            self.clock.advance(min(max(wait, 0.05), end - self.clock.monotonic()))
        raise AssertionError("too many turns")

    def trouble(self) -> type[AgentError] | None:
        """What is the matter."""
        found = self.gate.trouble
        return None if found is None else type(found)


@pytest.fixture
def idle() -> Iterator[Idle]:
    idle = Idle()
    yield idle
    idle.ledger.close()


def test_an_idle_agent_asks_soon_after_its_start_and_then_once_an_hour(idle: Idle) -> None:
    idle.live(SOON - 1.0)
    assert idle.filed.calls == []
    idle.live(2.0)
    assert idle.filed.calls == ["workspace"]
    idle.live(10 * HOUR)
    assert len(idle.filed.calls) == 11


def test_an_agent_at_work_is_not_disturbed(idle: Idle) -> None:
    for _ in range(100):
        idle.gate.fine(changed=False)
        idle.live(HOUR / 2)
    assert idle.filed.calls == []


def test_the_wait_is_as_long_as_the_answer_may_age(idle: Idle) -> None:
    idle.gate.fine()
    idle.clock.advance(1_000.0)
    assert idle.contact.turn() == pytest.approx(HOUR - 1_000.0)


def test_a_revoked_key_shows_within_the_hour_and_a_new_one_ends_it(idle: Idle) -> None:
    idle.gate.fine()
    idle.filed.always["workspace"] = KeyRefused()
    idle.live(HOUR + 1.0)
    assert idle.trouble() is KeyRefused
    idle.live(HOUR)
    assert idle.trouble() is KeyRefused
    idle.filed.always.clear()
    idle.live(700.0)
    assert idle.trouble() is None


@pytest.mark.parametrize("error", [FiledUnreachable("no route"), FiledTrouble("503")])
def test_a_dead_line_shows_and_is_over_when_it_answers(idle: Idle, error: Exception) -> None:
    idle.filed.always["workspace"] = error
    idle.live(600.0)
    assert idle.trouble() is type(error)
    before = len(idle.filed.calls)
    idle.live(HOUR)
    assert before + 30 <= len(idle.filed.calls) <= before + 200  # as often as the gate opens
    idle.filed.always.clear()
    idle.live(61.0)
    assert idle.trouble() is None
    assert idle.gate.contacted_at == pytest.approx(idle.clock.now(), abs=62.0)


def test_an_answer_does_not_end_the_trouble_that_a_change_met(idle: Idle) -> None:
    idle.gate.failed(ReadOnlyKey())
    idle.live(3 * HOUR)
    assert idle.filed.calls
    assert idle.trouble() is ReadOnlyKey
    idle.gate.failed(KeyRefused(), changed=False)
    idle.gate.fine(changed=False)
    assert idle.trouble() is None


def test_trouble_at_uploads_is_none_that_a_question_met(idle: Idle) -> None:
    idle.gate.failed(FiledUnreachable(), changed=False)
    for _ in range(3):
        idle.gate.upset(FiledTrouble("503"))
    idle.gate.fine(changed=False)
    assert idle.trouble() is FiledTrouble


def test_nothing_is_asked_while_paused(idle: Idle) -> None:
    with idle.ledger.write() as writing:
        writing.pause(idle.clock.now() + 5 * HOUR, "test")
    idle.live(5 * HOUR - 2.0)
    assert idle.filed.calls == []
    idle.live(10.0)
    assert idle.filed.calls == ["workspace"]


@pytest.mark.parametrize("shift", [-400 * 86_400.0, 400 * 86_400.0])
def test_E04_a_wall_clock_that_is_set_makes_one_question_too_many(idle: Idle, shift: float) -> None:
    idle.live(2 * HOUR)
    before = len(idle.filed.calls)
    idle.clock.wall_shift = shift
    idle.live(4 * HOUR)
    assert before + 4 <= len(idle.filed.calls) <= before + 5


def test_an_answer_that_concerns_nobody_else_is_left_to_the_crew(idle: Idle) -> None:
    idle.filed.always["workspace"] = FiledRefused("no")
    idle.clock.advance(SOON)
    with pytest.raises(FiledRefused):
        idle.contact.turn()


def test_zero_seconds_are_for_never() -> None:
    idle = Idle(0.0)
    idle.clock.advance(100 * HOUR)
    assert idle.contact.turn() == NEVER
    assert idle.filed.calls == []
    idle.ledger.close()


def test_the_engine_has_the_worker_only_where_the_rules_ask_for_it(office: Office) -> None:
    assert [w.name for w in office.engine.workers if w.name == "contact"] == []
    world = World(office.ledger, office.disk, office.disk, office.filed, office.filed, office.clock)
    engine = Engine(world, Rules(contact_seconds=HOUR), random.Random(1), parallel=1)
    assert [w.name for w in engine.workers if w.name == "contact"] == ["contact"]


def test_a_key_refused_while_polling_is_no_trouble_once_the_poll_is_answered(
    office: Office,
) -> None:
    office.attached()
    office.filed.always["tasks"] = KeyRefused()
    office.clock.advance(60.0)
    office.ingest.turn()
    assert isinstance(office.gate.trouble, KeyRefused)
    office.filed.always.clear()
    for _ in range(20):
        office.clock.advance(60.0)
        office.ingest.turn()
    assert office.stages() == {Stage.filed: 1}
    assert office.gate.trouble is None


def test_a_key_refused_while_looking_a_client_up_is_no_trouble_once_it_is_found(
    office: Office,
) -> None:
    office.arrive()
    office.filed.always["clients"] = KeyRefused()
    office.find.turn()
    assert isinstance(office.gate.trouble, KeyRefused)
    office.filed.always.clear()
    office.clock.advance(600.0)
    office.busy(office.find)
    assert office.gate.trouble is None


def test_a_key_refused_before_a_change_is_over_with_the_next_answer(idle: Idle) -> None:
    """Whoever wants to change something asks for the workspace first, and that is a question."""
    idle.filed.always["workspace"] = KeyRefused("revoked")
    with pytest.raises(KeyRefused) as met:
        idle.gate.ensure_workspace()
    idle.gate.failed(met.value)
    idle.filed.always.clear()
    idle.gate.fine(changed=False)
    assert idle.trouble() is None
