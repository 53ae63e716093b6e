"""A GraphQL answer, and what it means for the question that was asked.

Filed does not say which HTTP status goes with which error (filed-api.md 2.4, D1): the body is read
whatever the status, `extensions.code` speaks first, the status second.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from agent.errors import (
    AgentError,
    FiledRefused,
    FiledTrouble,
    OutcomeUnknown,
    RateLimited,
    ReadOnlyKey,
    WrongEndpoint,
)
from agent.filed.reply import ASKS_FOR_LOGIN, Reply, quote

REFUSALS = frozenset(
    {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT", "NOT_FOUND"}
)  # codes that say: not carried out, and never will be
UNSURE = 408  # a gateway gave up waiting; the service behind it may still be at work


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply to a GraphQL question; `data` is None where none came or it could not be read."""

    reply: Reply = field(repr=False)
    data: dict[str, object] | None = field(default=None, repr=False)
    codes: tuple[str, ...] = ()  # one for each entry of errors[], "" where it has none
    said: str = field(default="", repr=False)  # the first message, harmless
    unreadable: str | None = None  # why it is no GraphQL answer at all

    @classmethod
    def read(cls, reply: Reply) -> Answer:
        """Read a reply; never raises."""
        if reply.broken is not None:
            return cls(reply, unreadable=reply.broken)
        try:
            document = json.loads(
                reply.body.decode("utf-8-sig"),
                parse_constant=_no_constant,
                object_pairs_hook=_unique,
            )
        except (ValueError, RecursionError):
            return cls(reply, unreadable="the reply is not JSON")
        if not isinstance(document, dict) or not document.keys() & {"data", "errors"}:
            return cls(reply, unreadable="the reply is no GraphQL answer")
        data, errors = document.get("data"), document.get("errors")
        if not isinstance(data, dict | None) or not isinstance(errors, list | None):
            return cls(reply, unreadable="the reply is no GraphQL answer")
        faults = [_fault(error) for error in errors or []]
        said = next((message for _, message in faults if message), "")
        return cls(reply, data, tuple(code for code, _ in faults), said)

    @property
    def empty(self) -> bool:
        """Whether no field of the question was answered."""
        return not self.data or all(value is None for value in self.data.values())

    @property
    def unauthenticated(self) -> bool:
        """Whether the token was not accepted: three faces of the same thing (C6)."""
        if self.reply.status == 401 or "UNAUTHENTICATED" in self.codes:
            return True
        return bool(self.data) and "me" in (self.data or {}) and self.empty and not self.codes


def problem(answer: Answer, now: float, *, mutation: bool) -> AgentError:
    """The error for an answer that does not hold what was asked; `now` is the wall clock.

    For a mutation only a definite no is a refusal; everything else is OutcomeUnknown.
    """
    status, codes = answer.reply.status, set(answer.codes)
    if "FORBIDDEN" in codes:
        return ReadOnlyKey(_sentence(answer))
    if codes and codes <= REFUSALS:
        return _refused(answer, mutation=mutation)
    if status == 429:
        return RateLimited(_sentence(answer), answer.reply.retry_after(now))
    if status == 403:
        # a page comes from something in between, before Filed; it says nothing of the key
        return FiledTrouble(_sentence(answer)) if answer.reply.is_page else ReadOnlyKey()
    definite = 400 <= status < 500 and status != UNSURE and "INTERNAL_SERVER_ERROR" not in codes
    if definite:
        return _refused(answer, mutation=mutation)
    return OutcomeUnknown(_sentence(answer)) if mutation else FiledTrouble(_sentence(answer))


def _refused(answer: Answer, *, mutation: bool) -> AgentError:
    """A definite no: final for a mutation, to be asked again later for a question."""
    status = answer.reply.status
    if answer.unreadable and status in (404, 405):
        return WrongEndpoint(_sentence(answer), status=status)
    if not mutation:
        return FiledTrouble(_sentence(answer))
    code = next((code for code in answer.codes if code), "")
    return FiledRefused(_sentence(answer), code=code, status=status)


def _sentence(answer: Answer) -> str:
    """What happened, for people; a stranger's text is already harmless."""
    reply = answer.reply
    if reply.redirect:
        return f"Filed's address redirects to {reply.redirect}; this was not followed."
    if answer.said:
        return f"Filed answered: {answer.said}"
    if reply.is_page:
        return f"{ASKS_FOR_LOGIN} ({reply.status})."
    if answer.unreadable:
        return f"Filed answered {reply.status}, but {answer.unreadable}."
    return f"Filed answered {reply.status} without what was asked for."


def _fault(error: object) -> tuple[str, str]:
    """Code and harmless message of one entry of errors[]."""
    if not isinstance(error, dict):
        return "", ""
    extensions, message = error.get("extensions"), error.get("message")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return (
        quote(code, 60) if isinstance(code, str) else "",
        quote(message) if isinstance(message, str) else "",
    )


def _no_constant(name: str) -> object:
    """JSON knows neither NaN nor Infinity."""
    raise ValueError(name)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object; one that names a key twice has no meaning we could rely on."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found
