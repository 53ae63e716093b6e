"""Threads: the only place that starts, restarts and joins them.

A worker is a `turn()` that does what is due now and returns how long it may wait; the thread is
nothing but the loop round it, so tests call `turn()` themselves.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from threading import Thread  # noqa: TID251 - the one place that starts threads
from typing import Protocol

from agent.errors import AgentError, LedgerFull, Retry
from agent.model.stale import StaleRow

log = logging.getLogger(__name__)

LEAST_PAUSE = 0.05  # seconds between two turns that found nothing: the bell may ring often
MOST_PAUSE = 30.0
# bytes of a thread; the usual eight megabytes count against a limit of memory, used or not
STACK = 1 << 20
RESTART_FIRST = 1.0
RESTART_MOST = 60.0
FULL_PAUSE = 5.0  # seconds between two tries while the ledger's disk is full


class Worker(Protocol):
    """One arrow in the life of a document."""

    @property
    def name(self) -> str:
        """The thread's name."""

    def turn(self) -> float:
        """Do what is due now; seconds until the next turn, 0 when there is more at once."""


class Bell:
    """Wakes whoever waits: rung after every write to the ledger, every event, every stop."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0

    def ring(self) -> None:
        """Wake all who wait."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait(self, heard: int, seconds: float) -> int:
        """Wait until the bell rang more than `heard` times, at most `seconds`; the count now."""
        with self._condition:
            self._condition.wait_for(lambda: self._count != heard, timeout=seconds)
            return self._count


class Crew:
    """Starts each worker in a thread, restarts it after an error, and joins all of them."""

    def __init__(self, workers: Sequence[Worker], bell: Bell) -> None:
        self._workers = workers
        self._bell = bell
        self._stop = threading.Event()
        self._threads: list[Thread] = []
        self.fatal: AgentError | None = None
        self.on_fatal: Callable[[], None] = lambda: None
        self.on_full: Callable[[LedgerFull], None] = lambda error: None

    def start(self) -> None:
        """Start every worker's thread."""
        usual = threading.stack_size(STACK)
        try:
            for worker in self._workers:
                thread = Thread(target=self._live, args=(worker,), name=worker.name, daemon=True)
                self._threads.append(thread)
                thread.start()
        finally:
            threading.stack_size(usual)

    def stop(self, seconds: float = 5.0) -> bool:
        """Ask all to end and wait at most `seconds` in all; whether every thread ended."""
        self._stop.set()
        self._bell.ring()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def stopping(self) -> bool:
        """Whether the end was asked for; long turns look at it between two steps."""
        return self._stop.is_set()

    def _live(self, worker: Worker) -> None:
        heard, failures = 0, 0
        while not self._stop.is_set():
            try:
                delay = worker.turn()
                failures = 0
            except StaleRow:
                delay = 0.0  # the row has moved on: look again
            except Exception as error:
                failures += 1
                delay = 0.0
                self._stop.wait(self._after(worker, error, failures))
            if delay > 0:
                self._stop.wait(min(delay, LEAST_PAUSE))
                heard = self._bell.wait(heard, min(max(0.0, delay - LEAST_PAUSE), MOST_PAUSE))

    def _after(self, worker: Worker, error: Exception, failures: int) -> float:
        """Note an error that a worker did not settle itself; the pause before it goes on."""
        if isinstance(error, LedgerFull):
            if failures == 1:
                log.error("%s waits: %s", worker.name, error.said)
            self.on_full(error)
            return FULL_PAUSE
        if isinstance(error, AgentError) and error.retry is Retry.fatal:
            log.error("%s stopped: %s", worker.name, type(error).title)
            self.fatal = error
            self.on_fatal()
        else:
            log.error("%s failed with %s", worker.name, type(error).__name__, exc_info=error)
        pause: float = min(RESTART_MOST, RESTART_FIRST * 2 ** min(failures - 1, 6))
        return pause
