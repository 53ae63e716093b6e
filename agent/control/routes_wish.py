"""The door's deciding routes: what a person wants of the running agent."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.control.address import LOOPBACK
from agent.control.attended import Attended
from agent.control.calendar import tomorrow_begins
from agent.control.desktop import open_folder
from agent.control.door_shapes import LinkAnswer
from agent.control.entrance import Entrance
from agent.control.inquiry import (
    Body,
    body_of,
    flag,
    maybe_text,
    moment,
    path_named,
    paths_or_numbers,
    require,
    row_number,
    seconds,
    text,
)
from agent.control.links import Links
from agent.control.located import is_away, known, path_of_file
from agent.control.questions import Questions
from agent.control.replies import Unfit, done
from agent.control.roles import Caller, Role
from agent.control.wishes import Wishes
from agent.words import door as said

MOST_SNOOZED = 30 * 86_400.0  # seconds
Wish = Callable[[Attended, Wishes], str]


class WishRoutes:
    """POST with a JSON object; each answers a DoneAnswer."""

    def __init__(
        self,
        questions: Questions,
        links: Links,
        entrance: Entrance,
        changed: Callable[[], None],
    ) -> None:
        self._questions = questions
        self._links = links
        self._entrance = entrance
        self._changed = changed

    def routes(self) -> list[Route]:
        """All of them."""
        endpoints = {
            "pause": self.pause,
            "resume": self.resume,
            "scan": self.scan,
            "retry": self.retry,
            "ignore": self.ignore,
            "open": self.open,
            "snooze": self.snooze,
            "link": self.link,
            "map": self.map,
            "accept": self.accept,
        }
        return [
            Route(f"/v1/{name}", endpoint, methods=["POST"]) for name, endpoint in endpoints.items()
        ]

    async def _granted(self, caller: Caller, wish: Wish, paths: Sequence[str] = ()) -> Response:
        """`paths` are those that the wish names: the disk is asked about what the ledger does not
        know, and only then the wish waits for a disk that may hang."""

        def question(attended: Attended) -> str:
            sentence = wish(attended, Wishes(attended.ledger, caller.name))
            attended.wake()
            return sentence

        disk = bool(paths) and await self._questions.ask(
            lambda attended: any(known(attended.ledger, path) is None for path in paths)
        )
        sentence = await self._questions.ask(question, paths=disk)
        self._changed()
        return done(sentence)

    async def pause(self, request: Request) -> Response:
        """For {"seconds"}, {"until"}, over night with {"tomorrow"}, or until resumed."""
        caller, body = require(request, Role.steer), await body_of(request)
        span, told, tomorrow = (
            seconds(body, "seconds"),
            maybe_text(body, "until"),
            flag(body, "tomorrow"),
        )
        until = None if told is None else moment(told, "until")

        def wish(attended: Attended, wishes: Wishes) -> str:
            now = attended.now()
            if tomorrow:
                return wishes.pause(tomorrow_begins(now), now)
            if until is not None:
                return wishes.pause(until, now)
            return wishes.pause(math.inf if span is None else now + span, now)

        return await self._granted(caller, wish)

    async def resume(self, request: Request) -> Response:
        """End a pause."""
        caller = require(request, Role.steer)
        return await self._granted(caller, lambda attended, wishes: wishes.resume())

    async def scan(self, request: Request) -> Response:
        """Look through every watched folder now."""

        def wish(attended: Attended, wishes: Wishes) -> str:
            attended.scan_now()
            return said.SCANNING

        return await self._granted(require(request, Role.steer), wish)

    async def retry(self, request: Request) -> Response:
        """{"what": [...], "file": ID, "client": name, "all": bool}."""
        caller, body = require(request, Role.steer), await body_of(request)
        what, client, everything = (
            paths_or_numbers(body, "what"),
            maybe_text(body, "client"),
            flag(body, "all"),
        )
        file = row_number(body, "file")

        def wish(attended: Attended, wishes: Wishes) -> str:
            one = [] if file is None else [path_of_file(attended.ledger, file)]
            return wishes.retry([*what, *one], client, everything=everything)

        return await self._granted(caller, wish, [one for one in what if not one.isdecimal()])

    async def ignore(self, request: Request) -> Response:
        """{"path" or "file": ID, "why", "undo": bool}."""
        caller, body = require(request, Role.steer), await body_of(request)
        file, why, undo = row_number(body, "file"), text(body, "why", ""), flag(body, "undo")
        named = _path(body) if file is None else None

        def wish(attended: Attended, wishes: Wishes) -> str:
            path = named if file is None else path_of_file(attended.ledger, file)
            assert path is not None
            return wishes.take_in(path) if undo else wishes.ignore(path, why)

        return await self._granted(caller, wish, [] if named is None else [named])

    async def open(self, request: Request) -> Response:
        """{"path"}: show its folder on this machine's desktop."""
        caller, path = require(request, Role.steer), _path(await body_of(request))
        away = await self._questions.ask(lambda attended: is_away(attended.ledger, path))
        return done(
            await self._questions.ask(
                lambda attended: open_folder(attended.ledger, path, caller), paths=not away
            )
        )

    async def snooze(self, request: Request) -> Response:
        """{"seconds": n}: no notices for so long; 0 ends it."""
        caller = require(request, Role.steer)
        span = seconds(await body_of(request), "seconds")
        if span is None:
            raise Unfit('"seconds" is missing.')
        most = min(span, MOST_SNOOZED)

        def wish(attended: Attended, wishes: Wishes) -> str:
            attended.ledger.snooze(attended.now() + most if span else 0.0)
            return said.SNOOZED if span else said.NOT_SNOOZED

        return await self._granted(caller, wish)

    async def link(self, request: Request) -> Response:
        """A LinkAnswer: the page as this caller, once."""
        caller = require(request, Role.steer)
        key = self._links.make(caller)
        answer: LinkAnswer = {"url": f"http://{LOOPBACK}:{self._entrance.port}/enter?key={key}"}
        return JSONResponse(answer)

    async def map(self, request: Request) -> Response:
        """{"path", "client"}: this folder stands for that client."""
        caller, body = require(request, Role.administer), await body_of(request)
        path, client = _path(body), text(body, "client")
        return await self._granted(
            caller, lambda attended, wishes: wishes.map_folder(path, client), [path]
        )

    async def accept(self, request: Request) -> Response:
        """{"path"}: what stands at this watched folder now is right."""
        caller, path = require(request, Role.administer), _path(await body_of(request))
        return await self._granted(
            caller, lambda attended, wishes: wishes.accept_root(path, runs=True), [path]
        )


def _path(body: Body) -> str:
    """A full path: the agent's own folder means nothing to whoever asks."""
    path = path_named(body, "path")
    if not os.path.isabs(path):
        raise Unfit('"path" must be a full path.')
    return path
