"""Whether Filed may be asked just now, and for how long not."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import pytest

from agent.engine.gate import OFFLINE_MOST, SIGN_IN_MOST, Gate
from agent.errors import (
    AgentError,
    FiledRefused,
    FiledTrouble,
    FiledUnreachable,
    FileTrouble,
    KeyRefused,
    RateLimited,
    ReadOnlyKey,
    SignInNeeded,
    UploadGone,
    WrongEndpoint,
    WrongWorkspace,
)
from agent.ledger.ledger import Ledger
from agent.model.ingestion import Workspace
from tests.kit.clock import JumpingClock
from tests.kit.faults import Crossings
from tests.kit.filed import MemoryFiled


class Door:
    """A gate with its ledger, its Filed and its clock."""

    def __init__(self) -> None:
        self.clock = JumpingClock()
        self.filed = MemoryFiled(self.clock, random.Random(1), Crossings())
        self.ledger = Ledger.in_memory(self.clock)
        self.gate = Gate(self.ledger, self.filed, self.clock, random.Random(1))

    def pauses(self, error: AgentError, count: int) -> list[float]:
        """How long it stays closed after each of these failures in a row."""
        found = []
        for _ in range(count):
            assert self.gate.failed(error)
            found.append(self.gate.closed_for())
            self.clock.advance(found[-1])
            assert self.gate.closed_for() == 0.0
        return found


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    yield door
    door.ledger.close()


@pytest.mark.parametrize("error", [UploadGone(), FiledRefused(), FileTrouble(), AgentError()])
def test_what_concerns_one_document_leaves_it_open(door: Door, error: AgentError) -> None:
    assert not door.gate.failed(error)
    assert (door.gate.closed_for(), door.gate.trouble) == (0.0, None)


@pytest.mark.parametrize("error", [FiledUnreachable(), FiledTrouble()])
def test_offline_pauses_grow_from_a_second_to_a_minute(door: Door, error: AgentError) -> None:
    pauses = door.pauses(error, 12)
    assert 0.5 <= pauses[0] <= 1.0
    assert all(OFFLINE_MOST / 2 <= pause <= OFFLINE_MOST for pause in pauses[-4:])
    door.gate.fine()
    assert door.pauses(error, 1)[0] <= 1.0


def test_one_outage_met_by_many_workers_counts_once(door: Door) -> None:
    for _ in range(7):  # four uploads, find, attach, ingest: all were on their way
        assert door.gate.failed(FiledUnreachable())
    assert door.gate.closed_for() <= 1.0
    door.clock.advance(1.0)
    for _ in range(7):
        door.gate.failed(FiledUnreachable())
    assert 1.0 <= door.gate.closed_for() <= 2.0


def test_a_server_in_trouble_met_by_many_uploads_counts_once(door: Door) -> None:
    for _ in range(9):
        door.gate.upset(FiledTrouble())
    assert 0.5 <= door.gate.closed_for() <= 1.0
    door.clock.advance(1.0)
    for _ in range(9):
        door.gate.upset(FiledTrouble())
    assert 1.0 <= door.gate.closed_for() <= 2.0


@pytest.mark.parametrize("error", [SignInNeeded(), KeyRefused(), ReadOnlyKey(), WrongEndpoint()])
def test_what_needs_a_person_is_asked_ever_more_rarely(door: Door, error: AgentError) -> None:
    pauses = door.pauses(error, 12)
    assert 7.5 <= pauses[0] <= 15.0
    assert SIGN_IN_MOST / 2 <= pauses[-1] <= SIGN_IN_MOST


@pytest.mark.parametrize("seconds", [0.0, 5.0, 3_600.0])
def test_R13_filed_s_own_time_is_kept_to_the_whole_origin(door: Door, seconds: float) -> None:
    assert door.gate.failed(RateLimited("slow down", seconds))
    assert seconds <= door.gate.closed_for() <= seconds + 1.0


def test_a_shorter_pause_never_shortens_a_longer_one(door: Door) -> None:
    door.gate.failed(RateLimited("slow down", 100.0))
    door.gate.failed(FiledUnreachable())
    assert door.gate.closed_for() >= 100.0
    door.gate.fine()
    assert door.gate.closed_for() >= 100.0


def test_a_jump_of_the_wall_clock_moves_no_pause(door: Door) -> None:
    door.gate.failed(RateLimited("slow down", 100.0))
    before = door.gate.closed_for()
    door.clock.wall_shift = -86_400.0
    assert door.gate.closed_for() == before
    door.clock.wall_shift = 86_400.0
    assert door.gate.closed_for() == before


def test_a_pause_of_a_person_closes_it_and_ends_by_itself(door: Door) -> None:
    with door.ledger.write() as writing:
        writing.pause(door.clock.now() + 3.0, "test")
    assert 0 < door.gate.closed_for() <= 1.0  # looks again soon: a person may resume
    door.clock.advance(3.0)
    assert door.gate.closed_for() == 0.0


def test_paused_until_resumed_stays_closed(door: Door) -> None:
    with door.ledger.write() as writing:
        writing.pause(math.inf, "test")
    door.clock.advance(1e9)
    assert door.gate.closed_for() == 1.0
    with door.ledger.write() as writing:
        writing.resume("test")
    assert door.gate.closed_for() == 0.0


def test_the_workspace_is_asked_for_once_and_pinned(door: Door) -> None:
    door.gate.ensure_workspace()
    door.gate.ensure_workspace()
    assert door.filed.calls == ["workspace"]
    workspace = door.ledger.workspace()
    assert workspace is not None
    assert workspace.id == "workspace-1"


def test_another_workspace_is_refused_and_asked_for_again_after_a_sign_in(door: Door) -> None:
    door.ledger.pin_workspace(Workspace("workspace-0", "The first"))
    with pytest.raises(WrongWorkspace) as caught:
        door.gate.ensure_workspace()
    assert door.gate.failed(caught.value)
    with pytest.raises(WrongWorkspace):
        door.gate.ensure_workspace()
    assert door.filed.calls == ["workspace"] * 2


def test_a_refused_key_lets_the_workspace_be_asked_for_again(door: Door) -> None:
    door.gate.ensure_workspace()
    door.gate.failed(KeyRefused())
    door.gate.ensure_workspace()
    assert door.filed.calls == ["workspace"] * 2
