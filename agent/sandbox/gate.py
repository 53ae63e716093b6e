"""What every request passes first: the count, the rate limit and the aimed faults."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.sandbox.connection import Connection, connection_of
from agent.sandbox.faults import Action, Answer, Cut
from agent.sandbox.heard import heard_of
from agent.sandbox.world import World

log = logging.getLogger("agent.sandbox")


@dataclass(frozen=True)
class Named:
    """A request with the name it is counted by and the lower-case names a fault may aim at."""

    name: str
    names: Collection[str]
    receive: Receive


Namer = Callable[[Scope, Receive], Awaitable[Named | None]]


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request; what came, when the client left."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives a body already read, then goes on with the connection's own."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return first.pop() if first else await receive()

    return replayed


async def _discard(_: Message) -> None:
    """A send for an answer that nobody gets."""


async def _answer(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    if answer.retry_after is not None:
        headers.append((b"retry-after", answer.retry_after.encode()))
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})


async def _cut(connection: Connection, how: Cut) -> None:
    """End a connection without an answer; returns when it is closed."""
    if how is not Cut.STALL:
        connection.cut(reset=how is Cut.RESET)
    # uvicorn answers 500 when an application returns on an open connection, so wait for its end.
    await connection.lost.wait()


def _shortened(receive: Receive, connection: Connection, action: Action) -> Receive:
    """A receive that gives the first bytes of the body, then cuts the connection."""
    left = action.after_bytes or 0

    async def shortened() -> Message:
        nonlocal left
        message: Message = await receive() if left else {"type": "http.disconnect"}
        if message["type"] == "http.disconnect":
            await _cut(connection, action.ending if isinstance(action.ending, Cut) else Cut.DROP)
            return {"type": "http.disconnect"}
        body = message.get("body", b"")[:left]
        left -= len(body)
        more = message.get("more_body", False) or not left
        return {"type": "http.request", "body": body, "more_body": more}

    return shortened


class Gate:
    """ASGI middleware in front of one origin."""

    def __init__(self, application: ASGIApp, world: World, origin: str, namer: Namer) -> None:
        self._application = application
        self._world = world
        self._origin = origin
        self._namer = namer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request, then let it through, refuse it, or do to it what a fault says."""
        try:
            await self._pass(scope, receive, send)
        except Exception:
            log.exception("the sandbox itself failed on a request")
            raise

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = await self._namer(scope, receive)
        if named is None:
            await self._application(scope, receive, send)
            return
        self._world.count(named.name)
        if self._world.over_limit(self._origin):
            seconds = f"{self._world.switches.retry_after_seconds:g}"
            await _answer(send, Answer(429, b"Too many requests.", retry_after=seconds))
            return
        fault = self._world.battery.fire(named.names)
        if fault is None:
            await self._application(scope, named.receive, send)
        else:
            heard = heard_of(scope)
            if heard is not None and (fault.action.ending is not None or fault.action.expire):
                heard.fault = str(fault)
            await self._suffer(fault.action, scope, named.receive, send)

    async def _suffer(self, action: Action, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(action.wait)
        if action.expire:
            self._expire(str(scope["path"]))
        connection = connection_of(scope)
        if action.ending is None:
            await self._application(scope, receive, send)
        elif action.after_bytes is not None:
            await self._application(scope, _shortened(receive, connection, action), _discard)
            await _finish(action.ending, connection, send)
        elif action.late:
            # Only an aimed request is held in memory; everything else streams.
            kept = replay(await read_body(receive), receive)
            await _finish(action.ending, connection, send)
            await asyncio.sleep(action.late)
            await self._application(scope, kept, _discard)
        else:
            if action.carry_out:
                await self._application(scope, receive, _discard)
            await _finish(action.ending, connection, send)

    def _expire(self, path: str) -> None:
        """Let the upload of a path expire, unless it is in a binder or being written."""
        upload = self._world.store.get(path.rstrip("/").rpartition("/")[2])
        if upload is not None and not upload.attached and upload.holder is None:
            self._world.store.remove(upload, "expired")


async def _finish(ending: Answer | Cut, connection: Connection, send: Send) -> None:
    if isinstance(ending, Cut):
        await _cut(connection, ending)
    else:
        await _answer(send, ending)
