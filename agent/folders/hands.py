"""Hands that touch the watched roots, so that a root that hangs holds up nobody but itself.

A call to a dead server blocks for ten seconds, or for ever, and nothing can end it. So each call is
made by a hand, a thread of its root; whoever asked waits for a budget and then leaves the hand
behind. From then on the root counts as hanging: it is passed over at once, until a look at it
comes back in time (reliability.md, finding 3; L6).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread  # noqa: TID251 - a call that hangs can only be left behind
from typing import Generic, TypeVar

from agent.errors import RootUnavailable

Result = TypeVar("Result")
Beat = Callable[[], None]

BUDGET = 5.0  # seconds without a sign of life after which a call counts as hanging
GLANCE = 0.25  # seconds for which a root that hangs is waited for when it is looked at again
SAID = "The disk or the server of the watched folder does not answer."


def _nothing(result: object) -> None:
    """A result that nobody waits for any more needs no care."""


class _Call(Generic[Result]):
    """One call on its way; `answer` gets the result or the error, once."""

    def __init__(
        self, work: Callable[[Beat], Result], discard: Callable[[Result], object], *, probe: bool
    ) -> None:
        self.probe = probe
        self.began = self.beaten = time.monotonic()
        self.answer: SimpleQueue[Result | BaseException] = SimpleQueue()
        self.left_behind = False
        self._work = work
        self._discard = discard

    def beat(self) -> None:
        """A sign of life."""
        self.beaten = time.monotonic()

    def run(self, place: _Place) -> None:
        """Make the call; its result goes to whoever still waits."""
        result: Result | BaseException
        try:
            result = self._work(self.beat)
        except BaseException as error:  # it belongs to whoever asked
            result = error
        if place.returned(self):
            self.answer.put(result)
        elif not isinstance(result, BaseException):
            self._discard(result)


class _Place:
    """One root: its hands that are free, and whether it hangs."""

    def __init__(self) -> None:
        self.hanging = False
        self._lock = threading.Lock()
        self._free: list[SimpleQueue[Callable[[], None] | None]] = []
        self._probing = False
        self._closed = False

    def begin(self, call: _Call[Result]) -> bool:
        """Give the call to a hand; False while another probe is on its way."""
        with self._lock:
            if call.probe and self._probing:
                return False
            self._probing |= call.probe
            inbox = self._free.pop() if self._free else None
        if inbox is None:
            inbox = SimpleQueue()
            Thread(target=self._live, args=(inbox,), name="hand", daemon=True).start()
        inbox.put(partial(call.run, self))
        return True

    def returned(self, call: _Call[Result]) -> bool:
        """A call came back; whether somebody still waits for it."""
        with self._lock:
            if call.probe:
                self._probing = False
                if time.monotonic() - call.began < BUDGET:
                    self.hanging = False
            return not call.left_behind

    def leave(self, call: _Call[Result]) -> bool:
        """Give a call up, unless its answer has just come; the root hangs."""
        with self._lock:
            if not call.answer.empty():
                return False
            call.left_behind = self.hanging = True
            return True

    def close(self) -> None:
        """Let the hands end as soon as they can."""
        with self._lock:
            self._closed = True
            for inbox in self._free:
                inbox.put(None)

    def _live(self, inbox: SimpleQueue[Callable[[], None] | None]) -> None:
        while (run := inbox.get()) is not None:
            run()
            with self._lock:
                if self._closed:
                    return
                self._free.append(inbox)


class Hands:
    """For each root as many hands as there are who ask at once, and one that looks again.

    Thread-safe. A hand that never comes back is a thread lost until the process ends; no more can
    be, because a root that hangs is given no more work.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[bytes, _Place] = {}

    def do(
        self,
        root: bytes,
        work: Callable[[Beat], Result],
        *,
        budget: float | None = None,
        discard: Callable[[Result], object] = _nothing,
    ) -> Result:
        """The result of `work`, or its error; RootUnavailable when the root hangs.

        `work` calls the beat that it is given after each step: each has `budget` seconds (BUDGET).
        What comes when nobody waits any more is given to `discard`.
        """
        place = self._place(root)
        if place.hanging:
            raise RootUnavailable(SAID)
        call = _Call(work, discard, probe=False)
        place.begin(call)
        return self._wait(place, call, BUDGET if budget is None else budget)

    def probe(self, root: bytes, work: Callable[[Beat], Result]) -> Result:
        """As do(), but a root that hangs is looked at again, and waited for only a moment."""
        place = self._place(root)
        call = _Call(work, _nothing, probe=place.hanging)
        if not place.begin(call):
            raise RootUnavailable(SAID)
        return self._wait(place, call, GLANCE if call.probe else BUDGET)

    def finish(self, root: bytes, work: Callable[[], object]) -> None:
        """Make a last call, such as a close, in any case; it is waited for unless the root hangs.

        Raises the error of `work`, if it came in time.
        """
        place = self._place(root)
        call = _Call(lambda beat: work(), _nothing, probe=False)
        call.left_behind = place.hanging
        place.begin(call)
        if not call.left_behind:
            with suppress(RootUnavailable):
                self._wait(place, call, BUDGET)

    def close(self) -> None:
        """Let every hand end as soon as it can; nothing is waited for."""
        with self._lock:
            for place in self._places.values():
                place.close()

    def _place(self, root: bytes) -> _Place:
        with self._lock:
            return self._places.setdefault(root, _Place())

    def _wait(self, place: _Place, call: _Call[Result], budget: float) -> Result:
        while True:
            left = call.beaten + budget - time.monotonic()
            try:
                answer = call.answer.get(timeout=max(0.0, left))
            except Empty:
                if time.monotonic() - call.beaten >= budget and place.leave(call):
                    raise RootUnavailable(SAID) from None
                continue
            if isinstance(answer, BaseException):
                raise answer
            return answer
