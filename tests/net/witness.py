"""A fault proxy that remembers each line: by which port Filed knows it, and what became of it."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from agent.sandbox.heard import Heard
from tests.kit.fault_proxy import CALM, FaultProxy, Way
from tests.kit.fault_proxy import Line as Connection


@dataclass(eq=False)
class Passage:
    """One line. `fated` says that it was not calm, `sent` are the bytes that the agent sent over
    it, heads included. Ports may come again."""

    port: int
    began: float
    fated: bool
    sent: int = 0


@dataclass(frozen=True)
class Unheard:
    """Bytes that the agent sent and Filed never heard: swallowed by lines that broke, or on their
    way when the agent was killed, and its calm lines with it."""

    swallowed: int
    killed: int


class Witness(FaultProxy):
    """As the fault proxy; its lines can be asked about afterwards."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._passages: dict[Connection, Passage] = {}

    def spoiled(self, request: Heard) -> bool:
        """Whether the line that a request came over had a fate."""
        return self._passage_of(request).fated

    def unheard(self, requests: Iterable[Heard]) -> Unheard:
        """What was sent beyond these, which are all that Filed heard."""
        heard: Counter[Passage] = Counter()
        for one in requests:
            heard[self._passage_of(one)] += one.head + one.heard
        lost = {True: 0, False: 0}
        for passage in self._passages.values():
            assert heard[passage] <= passage.sent, "heard what nobody sent"
            lost[passage.fated] += passage.sent - heard[passage]
        return Unheard(lost[True], lost[False])

    def _passage_of(self, request: Heard) -> Passage:
        """Its line. Reset before the server could ask who it was (port 0), it had a fate."""
        lines = [one for one in self._passages.values() if one.began <= request.begun]
        mine = [one for one in lines if one.port == request.port]
        return mine[-1] if mine else [one for one in lines if one.fated][-1]

    async def _pass_on(self, line: Connection, way: Way, sink: socket.socket, data: bytes) -> bytes:
        if way is Way.down:
            return await super()._pass_on(line, way, sink, data)
        if line not in self._passages:
            port = int(line.server.getsockname()[1])
            self._passages[line] = Passage(port, time.time(), self._of(line) != CALM)
        passage = self._passages[line]
        passage.sent += len(data)
        rest = await super()._pass_on(line, way, sink, data)
        passage.sent -= len(rest)  # it comes again
        return rest
