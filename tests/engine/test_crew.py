"""Threads: started, restarted after an error, stopped; the engine under real ones."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from agent.engine import crew as crew_module
from agent.engine.crew import Bell, Crew, Worker
from agent.engine.engine import Engine, World
from agent.engine.in_turn import InTurn
from agent.engine.ports import Body
from agent.errors import AgentError, LedgerTrouble
from agent.model.document import Stage
from agent.model.stale import StaleRow
from tests.engine.kit import CONTENT, W2, Office

PATIENCE = 5.0  # seconds: far more than any of these needs


class Odd:
    """A worker whose turns do what a test says, one entry each; then it waits for long."""

    def __init__(self, name: str, *turns: float | Exception) -> None:
        self.name = name
        self.turns = iter(turns)
        self.count = 0
        self.idle = threading.Event()

    def turn(self) -> float:
        self.count += 1
        what = next(self.turns, None)
        if what is None:
            self.idle.set()
            return 30.0
        if isinstance(what, Exception):
            raise what
        return what


class Deaf:
    """A worker that needs `seconds` to see that it should end."""

    def __init__(self, seconds: float) -> None:
        self.name = "deaf"
        self.seconds = seconds
        self.began = threading.Event()

    def turn(self) -> float:
        self.began.set()
        threading.Event().wait(self.seconds)
        return 30.0


@pytest.fixture
def manned() -> Iterator[Callable[..., Crew]]:
    """Starts crews and ends them after the test."""
    crews: list[Crew] = []

    def man(*workers: Worker, bell: Bell | None = None) -> Crew:
        crew = Crew(workers, bell or Bell())
        crews.append(crew)
        crew.start()
        return crew

    yield man
    for crew in crews:
        assert crew.stop(PATIENCE)


def test_every_worker_has_its_thread_and_all_end_when_asked(manned: Callable[..., Crew]) -> None:
    workers = [Odd(f"odd-{number}", 0.0, 0.0) for number in range(5)]
    crew = manned(*workers)
    assert all(worker.idle.wait(PATIENCE) for worker in workers)
    names = {thread.name for thread in threading.enumerate()}
    assert {worker.name for worker in workers} <= names
    assert crew.stop(PATIENCE)
    assert crew.stopping
    assert not {worker.name for worker in workers} & {t.name for t in threading.enumerate()}


def test_a_failing_worker_is_started_again_and_stops_no_other(
    manned: Callable[..., Crew], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "RESTART_FIRST", 0.01)
    failing = Odd("failing", RuntimeError("broken"), AgentError("odd"), 0.0)
    other = Odd("other")
    crew = manned(failing, other)
    assert failing.idle.wait(PATIENCE)
    assert other.idle.wait(PATIENCE)
    assert (failing.count, crew.fatal) == (4, None)


def test_a_row_that_moved_on_costs_no_pause(manned: Callable[..., Crew]) -> None:
    busy = Odd("busy", *[StaleRow()] * 20)
    manned(busy)
    assert busy.idle.wait(0.5)
    assert busy.count == 21


def test_the_pauses_after_failures_double_up_to_a_minute() -> None:
    crew = Crew((), Bell())
    crew.stop(0.0)  # so that no pause is really waited out
    worker = Odd("odd")
    pauses = [crew._after(worker, RuntimeError("x"), failures) for failures in range(1, 10)]
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_a_fatal_error_is_told_and_the_others_go_on(manned: Callable[..., Crew]) -> None:
    told = threading.Event()
    crew = Crew((Odd("writer", LedgerTrouble("the disk is full")),), Bell())
    crew.on_fatal = told.set
    crew.start()
    assert told.wait(PATIENCE)
    assert isinstance(crew.fatal, LedgerTrouble)
    assert crew.stop(PATIENCE)


def test_the_bell_wakes_a_worker_that_waits(manned: Callable[..., Crew]) -> None:
    bell = Bell()
    worker = Odd("sleeper", 25.0)
    manned(worker, bell=bell)
    for _ in range(100):
        if worker.idle.wait(0.02):
            break
        bell.ring()
    assert worker.idle.is_set()


def test_a_bell_rung_during_a_turn_is_not_missed() -> None:
    bell = Bell()
    heard = bell.wait(0, 0.0)
    bell.ring()
    assert bell.wait(heard, PATIENCE) == heard + 1
    assert bell.wait(heard + 1, 0.0) == heard + 1


def test_a_stop_ends_a_pause_after_a_failure(manned: Callable[..., Crew]) -> None:
    failing = Odd("failing", RuntimeError("broken"))
    crew = manned(failing)
    assert crew.stop(0.9)


def test_a_worker_that_hangs_is_left_behind_after_the_time_given() -> None:
    hanging = Deaf(0.5)
    crew = Crew((hanging,), Bell())
    crew.start()
    assert hanging.began.wait(PATIENCE)
    assert not crew.stop(0.05)
    assert crew.stop(PATIENCE)


def test_one_slow_worker_may_use_the_time_that_the_others_do_not_need() -> None:
    slow = Deaf(0.3)
    crew = Crew((slow, *(Odd(f"odd-{number}") for number in range(9))), Bell())
    crew.start()
    assert slow.began.wait(PATIENCE)
    ended = crew.stop(1.0)
    assert crew.stop(PATIENCE)
    assert ended


# -- several in one thread -------------------------------------------------------------------------


def test_in_turn_each_has_its_turn_and_the_shortest_wait_counts() -> None:
    first, second = Odd("first", 5.0, 0.0), Odd("second", 2.0, 7.0)
    both = InTurn("both", first, second)
    assert (both.turn(), both.turn()) == (2.0, 0.0)
    assert (first.count, second.count) == (2, 2)


def test_in_turn_one_that_fails_takes_no_turn_from_the_next() -> None:
    first, second = Odd("first", AgentError("odd")), Odd("second", 2.0)
    both = InTurn("both", first, second)
    with suppress(AgentError):
        both.turn()
    assert second.count == 1


# -- the engine under real threads -----------------------------------------------------------------


def test_the_engine_starts_and_ends_its_threads(office: Office) -> None:
    world = World(office.ledger, office.disk, office.disk, office.filed, office.filed, office.clock)
    engine = Engine(world, office.rules, random.Random(1), parallel=2)
    office.ledger.on_change(engine.bell.ring)
    engine.start()
    assert engine.stop(PATIENCE)
    assert engine.fatal is None


def test_a_stop_in_the_middle_of_an_upload_ends_after_the_chunk(office: Office) -> None:
    office.arrive()
    office.busy(office.find)
    world = World(office.ledger, office.disk, office.disk, office.filed, office.filed, office.clock)
    engine = Engine(world, office.rules, random.Random(1), parallel=1)
    on_line, go_on = threading.Event(), threading.Event()
    plain = office.filed.send

    def send(upload_id: str, offset: int, size: int, body: Body) -> int:
        on_line.set()
        assert go_on.wait(PATIENCE)
        return plain(upload_id, offset, size, body)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.filed, "send", send)
        engine.start()
        assert on_line.wait(PATIENCE)
        assert not engine.stop(0.05)
        go_on.set()
        assert engine.stop(PATIENCE)
    document = office.document()
    assert (document.stage, document.offset) == (Stage.uploading, 400)
    office.start()
    office.live(60.0)
    assert office.stages() == {Stage.filed: 1}
    assert office.filed.bytes_taken == len(CONTENT)
    assert office.file(W2).document_id == document.id
