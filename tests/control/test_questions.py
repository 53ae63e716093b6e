"""Questions are answered on the door's own threads, and never hold up its event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.control import questions
from agent.control.attended import Attended
from agent.control.questions import MOST_WAITING, Between, Busy, Questions
from agent.engine.crew import Bell, Crew
from tests.control.attending import Standing


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Standing]:
    found = Standing(tmp_path)
    yield found
    found.ledger.close()


@pytest.fixture
def asking(standing: Standing) -> Iterator[Questions]:
    found = Questions()
    found.attend(standing)
    crew = Crew(found.workers, Bell())
    crew.start()
    yield found
    found.end()
    assert crew.stop(5)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 20))


def test_answers_and_errors_come_back(
    asking: Questions, standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "BETWEEN", 0.05)

    async def test() -> None:
        assert await asking.ask(lambda attended: attended.home) == standing.home
        with pytest.raises(ZeroDivisionError):
            await asking.ask(lambda attended: 1 / 0)
        asking.attend(None)
        with pytest.raises(Between):
            await asking.ask(lambda attended: attended.home)

    run(test())


def test_the_ledger_is_asked_by_the_same_threads_always(asking: Questions) -> None:
    async def test() -> None:
        names = {await asking.ask(lambda _: threading.current_thread().name) for _ in range(50)}
        assert names <= {"door ledger 1", "door ledger 2"}
        assert await asking.ask(lambda _: threading.current_thread().name, paths=True) == (
            "door paths"
        )

    run(test())


def test_a_path_that_never_answers_holds_only_paths_up(
    asking: Questions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "LONGEST", 0.2)
    dead = threading.Event()

    def hang(attended: Attended) -> bool:
        return dead.wait(20)

    async def test() -> None:
        try:
            with pytest.raises(TimeoutError):
                await asking.ask(hang, paths=True)
            with pytest.raises(TimeoutError):
                await asking.ask(lambda attended: 1, paths=True)
            assert await asking.ask(lambda attended: 1) == 1
        finally:
            dead.set()
        monkeypatch.setattr(questions, "LONGEST", 10.0)
        assert await asking.ask(lambda attended: 1, paths=True) == 1

    run(test())


def test_what_wakes_one_thread_at_the_end_is_not_taken_by_another() -> None:
    asking = Questions()
    asking.end()
    first, second, paths = asking.workers
    for _ in range(3):
        assert first.turn() > 0
    assert second.turn() > 0
    assert paths.turn() > 0
    assert asking._ledger.qsize() == 2


def test_a_question_waits_for_the_next_agent(asking: Questions, standing: Standing) -> None:
    async def test() -> None:
        asking.attend(None)
        question = asyncio.ensure_future(asking.ask(lambda attended: attended.home))
        await asyncio.sleep(0.1)
        assert not question.done()
        asking.attend(standing)
        assert await question == standing.home

    run(test())


def test_only_so_many_questions_wait(standing: Standing) -> None:
    asking = Questions()  # nobody answers
    asking.attend(standing)

    async def test() -> None:
        waiting = [
            asyncio.ensure_future(asking.ask(lambda attended: 1)) for _ in range(MOST_WAITING)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await asking.ask(lambda attended: 1)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    run(test())


def test_an_agent_is_left_only_when_its_questions_are_answered(asking: Questions) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow(attended: Attended) -> None:
        begun.set()
        threading.Event().wait(0.3)
        ended.set()

    async def test() -> None:
        question = asyncio.ensure_future(asking.ask(slow))
        await asyncio.to_thread(begun.wait, 5)
        await asyncio.to_thread(asking.attend, None)
        assert ended.is_set()
        await question

    run(test())
