"""The live feed: whoever listens is told how the agent stands, when that changed.

A snapshot is made only while somebody listens, twice a second at most. Each listener has room for
one snapshot, the newest, and a few notices, so that a slow one holds nobody up.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from agent.control.door_shapes import NoticeAnswer, SnapshotAnswer
from agent.control.questions import Between, Busy
from agent.errors import AgentError

LEAST_PAUSE = 0.5  # seconds between two snapshots
MOST_LISTENERS = 24  # fewer than may connect: questions need room as well
MOST_NOTICES = 50  # kept for one listener that does not read
KEEP_ALIVE = 15.0
PATIENCE = 20.0  # seconds without a snapshot after which all who listen are sent away
AGAIN = 2.0  # seconds until the next try where no snapshot could be made
SILENT = b": keep-alive\n\n"

log = logging.getLogger(__name__)

Make = Callable[[], Awaitable[SnapshotAnswer]]


class Crowded(Exception):
    """As many listen as may."""


class Listener:
    """One who listens; on the event loop only."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._snapshot: bytes | None = None
        self._notices: deque[bytes] = deque(maxlen=MOST_NOTICES)
        self.over = False

    async def next(self, seconds: float) -> bytes | None:
        """What is new, or a sign of life after so many seconds; None when the feed ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()
        if self.over:
            return None
        told = b"".join((*self._notices, self._snapshot or b""))
        self._notices.clear()
        self._snapshot = None
        return told or SILENT

    def show(self, snapshot: bytes) -> None:
        """The newest snapshot takes the place of one that was not fetched."""
        self._snapshot = snapshot
        self._news.set()

    def tell(self, notice: bytes) -> None:
        """A notice; the oldest gives way where too many wait."""
        self._notices.append(notice)
        self._news.set()

    def end(self) -> None:
        """Nothing comes any more."""
        self.over = True
        self._news.set()


class Feed:
    """On one event loop; changed() and tell() may be called from any thread."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: set[Listener] = set()
        self._mark = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._last: SnapshotAnswer | None = None
        self._logged: set[str] = set()  # what was logged since a snapshot could be made

    def begin(self) -> None:
        """Belong to the running event loop from now on."""
        self._loop = asyncio.get_running_loop()
        self._mark = asyncio.Event()

    def end(self) -> None:
        """Send every listener away."""
        self._loop = None
        for listener in self._listeners:
            listener.end()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def listened(self) -> bool:
        """Whether anybody listens; cheap, from any thread."""
        return bool(self._listeners)

    def changed(self) -> None:
        """Something may be other than it was."""
        if self._listeners:
            self._call(self._mark.set)

    def tell(self, notice: NoticeAnswer) -> None:
        """A notice for all who listen."""
        if self._listeners:
            self._call(lambda: self._spread(notice))

    def _call(self, what: Callable[[], object]) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it ended just now
                loop.call_soon_threadsafe(what)

    def _spread(self, notice: NoticeAnswer) -> None:
        told = event("notice", notice)
        for listener in self._listeners:
            listener.tell(told)

    def join(self) -> Listener:
        """Listen from now on; the first snapshot comes at once. Raises Crowded."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise Crowded
        listener = Listener()
        self._listeners.add(listener)
        self._last = None  # so that this one hears of it as well
        self._mark.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())
        return listener

    def leave(self, listener: Listener) -> None:
        """Listen no more."""
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self) -> None:
        """Make snapshots as long as somebody listens.

        While none can be made, what the listeners last saw grows old under signs of life: after
        PATIENCE they are sent away, so that they know, and may come again.
        """
        now = asyncio.get_running_loop().time
        failing: float | None = None  # since when
        while True:
            await self._mark.wait()
            self._mark.clear()
            begun = now()
            try:
                answer = await self._make()
            except Exception as error:
                self._log_once(error)
                failing = begun if failing is None else failing
                if now() - failing >= PATIENCE:
                    self._send_away(error)
                    failing = None  # whoever comes again has as much patience
                await asyncio.sleep(AGAIN)
                self._mark.set()
                continue
            failing = None
            self._logged.clear()
            self._show(answer)
            await asyncio.sleep(LEAST_PAUSE)

    def _show(self, answer: SnapshotAnswer) -> None:
        if self._last is None or {**answer, "at": ""} != {**self._last, "at": ""}:
            self._last = answer
            told = event("snapshot", answer)
            for listener in self._listeners:
                listener.show(told)

    def _send_away(self, error: Exception) -> None:
        for listener in self._listeners:
            listener.end()
        if "" not in self._logged:
            self._logged.add("")
            log.warning(
                "No snapshot for %.0f s, so all who listen are sent away: %r", PATIENCE, error
            )

    def _log_once(self, error: Exception) -> None:
        if isinstance(error, Between | Busy | TimeoutError | AgentError):
            return
        if repr(error) not in self._logged:
            self._logged.add(repr(error))
            log.error("No snapshot can be made", exc_info=error)


def event(name: str, answer: Mapping[str, object]) -> bytes:
    """One server-sent event; JSON has no line ends outside of its texts."""
    return f"event: {name}\ndata: {json.dumps(answer)}\n\n".encode()
