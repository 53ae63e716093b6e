"""A TCP proxy that breaks lines as networks do, changeable while bytes flow; portable.

What TCP never does it does not do either: bytes are late or end, but none is missing in the middle.
A black hole holds them; where it ends in time, they still arrive, as retransmitted segments would.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType

HOST = "127.0.0.1"
PIECE = 16 << 10  # bytes that pass at once
TICK = 0.05  # seconds between two pieces on a slow line
PATIENCE = 10.0  # seconds for the thread to start and to end


class Way(StrEnum):
    """A direction."""

    up = "towards Filed"
    down = "towards the agent"


class Ending(StrEnum):
    """How a cut line ends."""

    close = "both sides see its end"
    reset = "both sides get a RST"
    half_open = "Filed's side is closed, the agent's side stays open and silent"
    half_close = "the agent sees the end of the replies and may go on sending"


@dataclass(frozen=True)
class Faults:
    """What happens to a connection. Rates are bytes per second; cuts count its bytes so far."""

    delay: float = 0.0  # seconds for each piece, in either direction
    up_rate: float | None = None
    down_rate: float | None = None
    cut_up: int | None = None
    cut_down: int | None = None
    ending: Ending = Ending.reset
    hold_up: bool = False  # nothing goes towards Filed
    hold_down: bool = False  # replies are lost: Filed acts, the agent never hears of it
    reject: bool = False  # accepted and reset at once; such attempts are counted
    refuse: bool = False  # nobody listens

    def rate(self, way: Way) -> float | None:
        return self.up_rate if way is Way.up else self.down_rate

    def cut(self, way: Way) -> int | None:
        return self.cut_up if way is Way.up else self.cut_down

    def holds(self, way: Way) -> bool:
        return self.hold_up if way is Way.up else self.hold_down


CALM = Faults()
BLACK_HOLE = Faults(hold_up=True, hold_down=True)
REPLIES_LOST = Faults(hold_down=True)
Draw = Callable[[], Faults]


def mix(rng: random.Random, rate: float) -> Draw:
    """What each new connection meets: with probability `rate` one fault of a mixed bag."""

    def draw() -> Faults:
        if rng.random() >= rate:
            return CALM
        ending = rng.choice(list(Ending))
        return rng.choice(
            (
                Faults(cut_up=rng.randrange(1, 400_000), ending=ending),
                Faults(cut_down=rng.randrange(0, 1_500), ending=ending),
                Faults(delay=rng.uniform(0.01, 0.1)),
                Faults(down_rate=rng.uniform(50, 5_000)),
                Faults(up_rate=rng.uniform(200_000, 2_000_000)),
                Faults(reject=True),
                REPLIES_LOST,
                BLACK_HOLE,
            )
        )

    return draw


class Cut(Exception):
    """The line ends here."""

    def __init__(self, ending: Ending) -> None:
        self.ending = ending
        super().__init__(ending)


@dataclass(eq=False)
class Line:
    """One connection and what it meets; `own` is None while it meets what all do."""

    client: socket.socket
    server: socket.socket
    own: Faults | None = None
    passed: dict[Way, int] = field(default_factory=lambda: dict.fromkeys(Way, 0))


class FaultProxy:
    """Listens on loopback and passes every connection on to `port`; a context manager.

    `faults` and `draw` may be set from any thread and count at once, for open lines as well.
    `attempts` holds the monotonic time of every connection that was accepted or rejected.
    """

    def __init__(self, port: int) -> None:
        self._target = (HOST, port)
        self._faults = CALM
        self._draw: Draw | None = None
        self._lines: set[Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._accepting: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._door = _bound(0)
        self.port = int(self._door.getsockname()[1])
        self.attempts: list[float] = []

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        self._call(self._set_door())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    @property
    def faults(self) -> Faults:
        """What every connection meets that has no fate of its own."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._call(self._change(faults, None))

    def mixed(self, draw: Draw) -> None:
        """From now on each new connection draws its own fate."""
        self._call(self._change(CALM, draw))

    def calm(self) -> None:
        """The fault is over, for open connections as well."""
        self.faults = CALM

    def reset_all(self) -> None:
        """End every open connection with a RST, now."""
        self._call(self._reset_all())

    def url(self, there: str) -> str:
        """The address `there` with this proxy in its place: its path is kept."""
        return f"http://{HOST}:{self.port}/" + there.split("/", 3)[3]

    # -- in the loop's thread -------------------------------------------------------------------

    def _call(self, act: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(act, self._loop).result(PATIENCE)

    async def _change(self, faults: Faults, draw: Draw | None) -> None:
        reopened = faults.refuse != self._faults.refuse
        self._faults, self._draw = faults, draw
        for line in self._lines:
            line.own = None
        self._changed.set()
        self._changed = asyncio.Event()
        if reopened:
            await self._set_door()

    async def _set_door(self) -> None:
        """A port that is bound and not listened on refuses, and nobody else can take it."""
        if self._accepting is not None:
            await _ended(self._accepting)
            self._door.close()
            self._door, self._accepting = _bound(self.port), None
        if not self._faults.refuse:
            self._door.listen(100)
            self._accepting = self._loop.create_task(self._accept())

    async def _reset_all(self) -> None:
        for line in self._lines:
            _abort(line)
        await _ended(*self._tasks)

    async def _end(self) -> None:
        await _ended(*self._tasks, *([self._accepting] if self._accepting else []))
        self._door.close()

    async def _accept(self) -> None:
        while True:
            client, _ = await self._loop.sock_accept(self._door)
            self.attempts.append(time.monotonic())
            task = self._loop.create_task(self._serve(client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: socket.socket) -> None:
        server = socket.socket()
        server.setblocking(False)
        line = Line(client, server, self._draw() if self._draw else None)
        self._lines.add(line)
        try:
            if self._of(line).reject:
                raise Cut(Ending.reset)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.sock_connect(server, self._target)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(line, Way.up))
                both.create_task(self._pump(line, Way.down))
        except* OSError:
            _abort(line)
        except* Cut as cuts:
            cut = cuts.exceptions[0]
            assert isinstance(cut, Cut)
            await self._cut(line, cut.ending)
        finally:
            self._lines.discard(line)
            client.close()
            server.close()

    def _of(self, line: Line) -> Faults:
        return self._faults if line.own is None else line.own

    async def _pump(self, line: Line, way: Way) -> None:
        ends = (line.client, line.server)
        source, sink = ends if way is Way.up else ends[::-1]
        while data := await self._loop.sock_recv(source, PIECE):
            while data:
                data = await self._pass_on(line, way, sink, data)
        await self._held(line, way)
        sink.shutdown(socket.SHUT_WR)

    async def _pass_on(self, line: Line, way: Way, sink: socket.socket, data: bytes) -> bytes:
        """Send as much of the data as may go at once; the rest."""
        await self._held(line, way)
        faults = self._of(line)
        rate, cut = faults.rate(way), faults.cut(way)
        size = len(data) if rate is None else max(1, int(rate * TICK))
        if cut is not None:
            size = min(size, max(0, cut - line.passed[way]))
        piece = data[:size]
        pause = faults.delay + (len(piece) / rate if rate else 0.0)
        if pause:
            await asyncio.sleep(pause)
        await self._loop.sock_sendall(sink, piece)
        line.passed[way] += len(piece)
        if cut is not None and line.passed[way] >= cut:
            raise Cut(faults.ending)
        return data[size:]

    async def _held(self, line: Line, way: Way) -> None:
        """Wait while nothing may pass; what an aborted sender left behind goes nowhere."""
        waited = False
        while self._of(line).holds(way):
            waited = True
            await self._changed.wait()
        if waited and _was_reset(line.client):
            raise Cut(Ending.reset)

    async def _cut(self, line: Line, ending: Ending) -> None:
        if ending is Ending.reset:
            _abort(line)
        if ending in (Ending.close, Ending.reset):
            return  # whoever serves the line closes it
        line.server.close()
        with contextlib.suppress(OSError):
            if ending is Ending.half_close:
                line.client.shutdown(socket.SHUT_WR)
            while await self._loop.sock_recv(line.client, PIECE):
                pass


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _bound(port: int) -> socket.socket:
    door = socket.socket()
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where REUSEADDR would share the port
        door.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.setblocking(False)
    door.bind((HOST, port))
    return door


def _was_reset(sock: socket.socket) -> bool:
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        return True
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return False


def _abort(line: Line) -> None:
    """When it is closed, both sides get a RST."""
    for end in (line.client, line.server):
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
