"""Nobody comes past the guard without a credential, and no page but the agent's own.

Any program and any web page on this machine can reach a
port at the loopback address.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.control.accounts import own_uid
from agent.control.address import LOOPBACK
from agent.control.entrance import Entrance
from agent.control.links import Links
from agent.control.peers import PEER, Peer
from agent.control.replies import PAGES, done, shown
from agent.control.roles import Caller, Role
from agent.words import door as said

CALLER = "caller"  # the key in the scope's state
OPEN_PATHS = ("/enter", "/v1/hello")  # which bring their own credential, or need none
READING = ("GET", "HEAD")
PROGRAMS = {"tray": "the tray", "page": "the page"}  # who may say what it is
PROGRAM_HEADER = "x-filed-agent-program"

HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Denied(Exception):
    """The question goes no further."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class Guard:
    """Around the whole application: an address, a credential, a role, and headers on everything."""

    def __init__(self, application: ASGIApp, links: Links, entrance: Entrance) -> None:
        self._application = application
        self._links = links
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One question."""
        if scope["type"] != "http":
            return
        request = Request(scope)

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        try:
            scope["state"][CALLER] = self._let_in(request)
        except Denied as denied:
            answer = shown if request.url.path in PAGES else done
            await answer(denied.sentence, denied.status)(scope, receive, sealed)
            return
        await self._application(scope, receive, sealed)

    def _let_in(self, request: Request) -> Caller | None:
        peer: Peer | None = request.scope["state"].get(PEER)
        if peer is None:
            self._check_host(request)
        if request.url.path in OPEN_PATHS:
            return None
        caller = self._caller(request, peer)
        if caller is None:
            raise Denied(401, said.NO_CREDENTIAL)
        if caller.by_cookie:
            self._check_origin(request)
        if request.method not in READING and caller.role < Role.steer:
            raise Denied(403, said.NOT_ALLOWED)
        return caller

    def _check_host(self, request: Request) -> None:
        """A page whose name was made to point at us has another Host (DNS rebinding)."""
        if request.headers.getlist("host") not in (
            [f"{LOOPBACK}:{self._entrance.port}"],
            [self._localhost],
        ):
            raise Denied(421, said.WRONG_HOST)

    @property
    def _localhost(self) -> str:
        return f"localhost:{self._entrance.port}"

    def _caller(self, request: Request, peer: Peer | None) -> Caller | None:
        by = PROGRAMS.get(request.headers.get(PROGRAM_HEADER, ""), "")
        if peer is not None:
            trusted = peer.uid in (0, own_uid())
            return Caller(Role.administer if trusted else Role.steer, peer.uid, by)
        given = request.headers.get("authorization")
        if given is not None:
            right = self._is_token(given)
            return Caller(Role.administer, own_uid(), by) if right else None
        cookie = cookies(request.headers).get(cookie_name(self._entrance.port))
        return None if cookie is None else self._links.caller(cookie)

    def _is_token(self, given: str) -> bool:
        kind, _, token = given.partition(" ")
        known = self._entrance.token.encode()
        right = hmac.compare_digest(token.strip().encode("utf-8", "surrogateescape"), known)
        return right and kind.lower() == "bearer" and bool(known)

    def _check_origin(self, request: Request) -> None:
        """A browser sends the cookie whoever makes it ask; only our own page may."""
        site = request.headers.get("sec-fetch-site", "same-origin")
        own = f"http://{request.headers['host']}"
        if request.method not in READING:
            fine = request.headers.getlist("origin") == [own] and site in ("same-origin", "none")
        else:
            fine = site in ("same-origin", "none") or request.url.path == "/"
        if not fine:
            raise Denied(403, said.FOREIGN_PAGE)


def cookie_name(port: int) -> str:
    """Browsers send a cookie to every port of a host: each agent has a name of its own."""
    return f"filed-agent-{port}"


def cookies(headers: Mapping[str, str]) -> dict[str, str]:
    """What the browser kept. It sends the cookies of every program at this address along: one that
    makes no sense must not hide ours."""
    return cookie_parser(headers.get("cookie", ""))
