"""How a browser is let in: a link that works once within half a minute, then a cookie."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from agent.control.roles import Caller

LINK_SECONDS = 30.0
SESSION_SECONDS = 12 * 3600.0  # without a question from the page
MOST_LINKS = 8
MOST_SESSIONS = 16


@dataclass(slots=True)
class _Let:
    caller: Caller
    until: float


class Links:
    """One-time links and the sessions that came of them; in memory only, so they end with us.

    Keys are kept as digests: looking one up takes as long whatever was guessed right of it.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._links: dict[bytes, _Let] = {}
        self._sessions: dict[bytes, _Let] = {}

    def make(self, caller: Caller) -> str:
        """The key of a new link that lets a browser in as this caller; the oldest gives way."""
        return self._add(self._links, MOST_LINKS, caller.at_page, LINK_SECONDS)

    def redeem(self, key: str) -> str | None:
        """The cookie for a link's key, which is worth nothing afterwards; None for no such link."""
        self._forget()
        let = self._links.pop(_digest(key), None)
        if let is None:
            return None
        return self._add(self._sessions, MOST_SESSIONS, let.caller, SESSION_SECONDS)

    def caller(self, cookie: str) -> Caller | None:
        """Who was let in with this cookie; None for nobody. Each question prolongs it."""
        self._forget()
        let = self._sessions.get(_digest(cookie))
        if let is None:
            return None
        let.until = self._monotonic() + SESSION_SECONDS
        return let.caller

    def _add(self, lets: dict[bytes, _Let], most: int, caller: Caller, seconds: float) -> str:
        self._forget()
        while len(lets) >= most:
            del lets[min(lets, key=lambda one: lets[one].until)]
        key = secrets.token_urlsafe(32)
        lets[_digest(key)] = _Let(caller, self._monotonic() + seconds)
        return key

    def _forget(self) -> None:
        now = self._monotonic()
        for lets in (self._links, self._sessions):
            for key in [key for key, let in lets.items() if let.until <= now]:
                del lets[key]


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
