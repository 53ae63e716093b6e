"""Questions about the running agent, answered on threads of the door's own.

The event loop never waits for SQLite or a disk. Two threads ask the ledger alone, a third also
looks at paths, which on a dead share may never answer: then only such questions wait.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from agent.control.attended import Attended

T = TypeVar("T")
Task = Callable[[], None]

MOST_WAITING = 64
LONGEST = 15.0  # seconds that somebody waits for an answer
BETWEEN = 5.0  # seconds that a question waits for the next agent
PATIENCE = 30.0  # seconds of one wait for a question
HANDOVER = 2.0  # seconds that a new configuration waits for questions to the agent before


class Between(Exception):
    """There is no agent to ask just now: it takes up a changed configuration."""


class Busy(Exception):
    """Too many questions wait already."""


class Asker:
    """A worker of agent.engine.crew: answers one question after the other, until `ended`."""

    def __init__(
        self, name: str, waiting: queue.Queue[Task | None], ended: threading.Event
    ) -> None:
        self.name = name
        self._waiting = waiting
        self._ended = ended

    def turn(self) -> float:
        """Wait for a question and answer it."""
        if self._ended.is_set():  # the queue holds what is to wake the other thread
            return PATIENCE
        try:
            task = self._waiting.get(timeout=PATIENCE)
        except queue.Empty:
            return 0.0
        if task is not None:
            task()
        return 0.0


class Questions:
    """The agent attended to, and the threads that ask it."""

    def __init__(self) -> None:
        self._ledger: queue.Queue[Task | None] = queue.Queue(MOST_WAITING)
        self._paths: queue.Queue[Task | None] = queue.Queue(MOST_WAITING)
        self._ended = threading.Event()
        self.workers = (
            Asker("door ledger 1", self._ledger, self._ended),
            Asker("door ledger 2", self._ledger, self._ended),
            Asker("door paths", self._paths, self._ended),
        )
        self._attended: Attended | None = None
        self._asking = 0
        self._free = threading.Condition()

    def attend(self, attended: Attended | None) -> None:
        """Answer from this agent from now on; of the one before, questions end first, if they do
        within HANDOVER seconds."""
        with self._free:
            before, self._attended = self._attended, attended
            self._free.notify_all()
            if before is not None:
                self._free.wait_for(lambda: self._asking == 0, HANDOVER)

    async def ask(self, question: Callable[[Attended], T], *, paths: bool = False) -> T:
        """The answer. `paths`: the question looks at a disk as well.

        Raises Between, Busy, TimeoutError, and whatever the question raises.
        """
        future: Future[T] = Future()
        waiting = self._paths if paths else self._ledger
        try:
            waiting.put_nowait(lambda: self._answer(question, future))
        except queue.Full:
            raise Busy from None
        async with asyncio.timeout(LONGEST):
            return await asyncio.wrap_future(future)

    def end(self) -> None:
        """Wake the threads, so that they see that they are to end."""
        with self._free:
            self._ended.set()
            self._free.notify_all()
        for waiting, askers in ((self._ledger, 2), (self._paths, 1)):
            for _ in range(askers):
                try:
                    waiting.put_nowait(None)
                except queue.Full:
                    break

    def _settled(self) -> bool:
        return self._attended is not None or self._ended.is_set()

    def _answer(self, question: Callable[[Attended], T], future: Future[T]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        with self._free:
            # a changed configuration is taken up within a second or so: worth waiting for
            self._free.wait_for(self._settled, BETWEEN)
            attended = self._attended
            self._asking += 1
        try:
            if attended is None:
                raise Between
            future.set_result(question(attended))
        except BaseException as error:
            future.set_exception(error)
        finally:
            with self._free:
                self._asking -= 1
                self._free.notify_all()
