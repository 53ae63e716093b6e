"""What feeds the notices while an agent is at work, on a real ledger."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from agent.cli.watchman import LOOK_EVERY, LOOK_LEAST, Watchman
from agent.config.settings import NotifySection, Settings
from agent.control.health import gather
from agent.control.moment import moment_of
from agent.control.note import Note
from agent.control.notices import Notices
from agent.daemon import Agent
from agent.words.catalogue import AgentState
from tests.engine.kit import Office
from tests.kit.disk import ROOT

HOUR = 3_600.0


class Desk:
    """An office with a watchman: an agent as far as he knows it."""

    def __init__(self, office: Office, **notify: object) -> None:
        self.office = office
        section = NotifySection.model_validate(notify)
        self.agent = SimpleNamespace(
            ledger=office.ledger,
            clock=office.clock,
            engine=office.engine,
            settings=Settings(notify=section),
        )
        self.board = Notices(section)
        self.watchman = Watchman(cast(Agent, self.agent), self.board)

    def beat(self) -> None:
        """One look with the facts of now."""
        office = self.office
        now = office.clock.now()
        root = office.ledger.root(ROOT).id
        note = Note(7, "run", now, AgentState.idle, now, roots=(root,))
        self.watchman.beat(gather(office.ledger, now, running=True, note=note))

    def kinds(self) -> list[str]:
        """What was told until now."""
        return [one["kind"] for one in self.board.after(0)]


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as office:
        yield office


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def held(office: Office) -> None:
    """A file without content in Ash's folder is held."""
    office.write(b"Ash/empty.pdf", b"")
    office.rest()


def test_it_looks_every_minute_and_sooner_only_with_news(desk: Desk) -> None:
    clock = desk.office.clock
    assert desk.watchman.due(news=True) is False
    clock.advance(LOOK_LEAST)
    assert desk.watchman.due(news=False)
    desk.beat()
    clock.advance(LOOK_EVERY - 1.0)
    assert not desk.watchman.due(news=False)
    clock.advance(1.0)
    assert desk.watchman.due(news=False)
    desk.beat()
    assert not desk.watchman.due(news=True)
    clock.advance(LOOK_LEAST)
    assert desk.watchman.due(news=False)  # the news before is not forgotten


def test_what_was_told_is_known_after_a_restart(desk: Desk) -> None:
    held(desk.office)
    desk.beat()
    assert desk.kinds() == ["empty"]
    again = Desk(desk.office)
    again.beat()
    assert again.board.after(0) == desk.board.after(0), "for whoever asks late, and no more"


def test_nothing_is_written_while_nothing_is_told(desk: Desk) -> None:
    held(desk.office)
    desk.beat()
    written: list[int] = []
    desk.office.ledger.on_change(lambda: written.append(1))
    for _ in range(50):
        desk.office.clock.advance(LOOK_EVERY)
        desk.beat()
    assert written == []


def test_a_snooze_survives_a_restart_and_ends_by_itself(desk: Desk) -> None:
    ledger, clock = desk.office.ledger, desk.office.clock
    ledger.snooze(clock.now() + HOUR)
    held(desk.office)
    desk.beat()
    again = Desk(desk.office)
    again.beat()
    assert (desk.kinds(), again.kinds()) == ([], [])
    assert ledger.snoozed_until() is not None
    clock.advance(HOUR)
    assert ledger.snoozed_until() is None
    again.beat()
    assert again.kinds() == ["empty"]


def test_a_snooze_can_be_ended(desk: Desk) -> None:
    desk.office.ledger.snooze(math.inf)
    assert desk.office.ledger.snoozed_until() == math.inf
    desk.office.ledger.snooze(0.0)
    assert desk.office.ledger.snoozed_until() is None


@pytest.mark.parametrize("allowed", [False, True])
def test_a_client_is_named_only_where_the_configuration_allows_it(
    office: Office, allowed: bool
) -> None:
    desk = Desk(office, client_names=allowed)
    office.filed.has_client("Ash-2025", status="archived")
    office.arrive(b"Ash/good.bin", b"x" * 300)
    office.busy(office.find)
    desk.beat()
    (told,) = desk.board.after(0)
    assert told["kind"] == "archived"
    said = told["title"] + told["text"]
    assert ("Ash" in said) is allowed
    assert "good" not in said


def test_the_last_contact_is_known_from_the_agent_before(office: Office) -> None:
    now = office.clock.now()
    note = Note(7, "run", now, AgentState.idle, now)
    with office.ledger.write(light=True) as writing:
        writing.note_agent(replace(note, contacted_at=now - 5 * HOUR).text())
    desk = Desk(office)
    for _ in range(12):
        desk.beat()
        office.clock.advance(60.0)
    assert desk.kinds() == ["no-contact"]
    office.gate.fine()
    desk.beat()
    assert desk.kinds() == ["no-contact"]


def test_the_moment_counts_clients_that_wait_by_their_reason(office: Office) -> None:
    for name in ("Ash", "Birch"):
        office.filed.has_client(f"{name}-2025", status="archived")
        office.arrive(f"{name}/good.bin".encode(), name.encode() * 300)
    office.busy(office.find)
    now = office.clock.now()
    found = moment_of(office.ledger, gather(office.ledger, now, running=True), None)
    assert [(one.kind, one.subject, one.number) for one in found.needs] == [
        ("archived", "client", 2)
    ]
    assert found.needs[0].names == ()
    assert found.arrived_at is not None
    assert now - 60.0 <= found.arrived_at <= now


def test_what_waits_by_itself_is_no_need(office: Office) -> None:
    held(office)
    now = office.clock.now()
    facts = gather(office.ledger, now, running=True)
    facts = replace(facts, held={"empty": 2, "in-use": 3, "not-invented-yet": 1})
    found = moment_of(office.ledger, facts, None)
    assert [(one.kind, one.number) for one in found.needs] == [
        ("empty", 2),
        ("not-invented-yet", 1),
    ]


def test_the_newest_document_is_the_last_arrival(office: Office) -> None:
    assert office.ledger.last_arrival() is None
    rng = random.Random(3)
    arrived = []
    for number in range(3):
        office.arrive(f"Ash/{number}.bin".encode(), rng.randbytes(300))
        arrived.append(office.ledger.last_arrival())
        office.clock.advance(HOUR)
    assert arrived == sorted(set(arrived), key=lambda one: one or 0.0)
    began = [line.at for line in office.ledger.history(1000) if line.before is None]
    assert arrived[-1] in began
