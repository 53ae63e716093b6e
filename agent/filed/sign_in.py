"""Who we are at Filed: the API key, exchanged for short-lived tokens (filed-api.md 2.3).

Tokens live in memory only. One exchange is in flight at a time, and a refused key is not tried
again at once: a wrong key must not become a storm of requests.
"""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from agent.errors import (
    AgentError,
    FiledTrouble,
    FiledUnreachable,
    KeyRefused,
    SignInNeeded,
    WrongWorkspace,
)
from agent.filed.clock import Clock
from agent.filed.token import Token

T = TypeVar("T")

FIRST_BAR = 30.0  # seconds before a refused key is tried again, doubling ...
LONGEST_BAR = 600.0  # ... up to this
KEEP_TRYING = 30.0  # seconds between renewals while the old token still serves


@dataclass(frozen=True, slots=True)
class _Bar:
    """A key that was refused, as a digest, and until when it is not tried again."""

    key: str = field(repr=False)
    until: float
    wait: float
    error: SignInNeeded


class SignIn:
    """Gives a fresh token to whoever sends a request; safe to share among threads."""

    def __init__(
        self,
        exchange: Callable[[str], str],
        key: Callable[[], str | None],
        clock: Clock,
        server_time: Callable[[float], float] = float,
    ) -> None:
        self._exchange = exchange
        self._key = key
        self._clock = clock
        self._server_time = server_time
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._workspace: str | None = None
        self._bar: _Bar | None = None
        self._used_key = ""  # digest of the key behind the current token
        self._attempts = 0
        self._failure: AgentError | None = None  # how the last attempt ended

    def token(self) -> str:
        """A token that is good for now.

        Raises SignInNeeded without a key, KeyRefused, WrongWorkspace, RateLimited,
        FiledUnreachable or FiledTrouble where the exchange fails.
        """
        return self._current() or self._renewed(None)

    def renew(self, refused: str) -> str:
        """Another token than the one just refused: a new one, or one that a thread got meanwhile.

        Raises as token() does.
        """
        return self._renewed(refused)

    def ask(self, question: Callable[[str], T], refused: Callable[[T], bool]) -> T:
        """Ask with a token; where `refused` says it was not accepted, renew and ask once more.

        The second refusal is KeyRefused. Raises as token() and the question do.
        """
        token = self.token()
        answer = question(token)
        if not refused(answer):
            return answer
        again = self.renew(token)
        answer = question(again)
        if refused(answer):
            raise self.give_up(again)
        return answer

    def give_up(self, token: str) -> KeyRefused | FiledTrouble:
        """A renewed token was refused as well: drop it and leave the key alone for a while.

        A token that another thread replaced, or that died on the way, says nothing of the key.
        """
        error = KeyRefused("Filed gives tokens for this API key but does not accept them.")
        with self._lock:
            current = self._token
            if current is None:
                return error
            if current.text != token or self._clock.monotonic() >= current.dies_at:
                return FiledTrouble("The token expired on the way; the next try has a new one.")
            self._token = None
            self._forbid(self._used_key, error)
        return error

    def forget(self) -> None:
        """Drop the token and every refusal: somebody signed out, or in with another key."""
        with self._lock:
            self._token = self._bar = self._failure = None

    def _current(self) -> str | None:
        token = self._token
        if token is None or self._clock.monotonic() >= token.renew_at:
            return None
        return token.text

    def _renewed(self, refused: str | None) -> str:
        seen = self._attempts
        with self._lock:
            current = self._current()
            if current is not None and current != refused:
                return current
            if self._attempts != seen and self._failure is not None:
                raise copy.copy(self._failure)  # it failed while we waited for the lock
            try:
                return self._attempt()
            except AgentError as error:
                self._failure = error
                old = self._still_good(refused, error)
                if old is None:
                    raise
                return old
            finally:
                self._attempts += 1

    def _attempt(self) -> str:
        """One exchange, with the lock held."""
        self._failure = None
        key = self._key()
        if not key:
            raise SignInNeeded("There is no API key on this machine.")
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        self._check_bar(digest)
        try:
            text = self._exchange(key)
            token = Token.of(
                text,
                server_now=self._server_time(self._clock.now()),
                steady_now=self._clock.monotonic(),
            )
            self._check_workspace(token)
        except SignInNeeded as error:
            self._forbid(digest, error)
            raise
        self._token, self._used_key = token, digest
        return token.text

    def _check_bar(self, digest: str) -> None:
        """A key refused a moment ago is refused again without asking."""
        bar = self._bar
        if bar is not None and bar.key == digest and self._clock.monotonic() < bar.until:
            raise copy.copy(bar.error)

    def _check_workspace(self, token: Token) -> None:
        """The first token pins the workspace; a key of another one must not fill this ledger."""
        if token.workspace is None:
            return
        if self._workspace not in (None, token.workspace):
            raise WrongWorkspace
        self._workspace = token.workspace

    def _forbid(self, digest: str, error: SignInNeeded) -> None:
        """Do not try this key again for a while, longer each time."""
        wait, bar, now = FIRST_BAR, self._bar, self._clock.monotonic()
        if bar is not None and bar.key == digest and now < bar.until + LONGEST_BAR:
            wait = min(2 * bar.wait, LONGEST_BAR)
        self._bar = _Bar(digest, now + wait, wait, error)

    def _still_good(self, refused: str | None, error: AgentError) -> str | None:
        """The old token, where only its early renewal failed and nobody refused it."""
        token, now = self._token, self._clock.monotonic()
        if token is None or token.text == refused or now >= token.dies_at:
            return None
        if not isinstance(error, FiledUnreachable):
            return None
        self._token = replace(token, renew_at=min(now + KEEP_TRYING, token.dies_at))
        return token.text
