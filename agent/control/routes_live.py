"""The door's live route: server-sent events, as browsers read them with EventSource."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from agent.control.live import KEEP_ALIVE, Crowded, Feed, Listener
from agent.control.replies import Unfit
from agent.words import door as said

SLOWEST = 60.0  # seconds that a listener may take to read what was sent

HEAD = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
)


class Stream(Response):
    """Sends what a listener hears, until either side ends it."""

    def __init__(self, feed: Feed, listener: Listener) -> None:
        super().__init__()
        self._feed = feed
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Both directions at once: what is sent, and whether anybody is still there."""
        gone = asyncio.ensure_future(_gone(receive))
        gone.add_done_callback(lambda done: self._listener.end())
        try:
            with suppress(TimeoutError):
                await self._send_all(send)
        finally:
            gone.cancel()
            self._feed.leave(self._listener)

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(HEAD)})
        while True:
            told = await self._listener.next(KEEP_ALIVE)
            async with asyncio.timeout(SLOWEST):
                await send(
                    {
                        "type": "http.response.body",
                        "body": told or b"",
                        "more_body": told is not None,
                    }
                )
            if told is None:
                return


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class LiveRoutes:
    """GET /v1/events."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def routes(self) -> list[Route]:
        """The one."""
        return [Route("/v1/events", self.events, methods=["GET"])]

    async def events(self, request: Request) -> Response:
        """Snapshots and notices as they come."""
        if request.method != "GET":
            raise Unfit(said.WRONG_METHOD, 405)
        try:
            return Stream(self._feed, self._feed.join())
        except Crowded:
            raise Unfit(said.TOO_MANY_LISTEN, 503) from None
