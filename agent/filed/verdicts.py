"""What each tus reply means (reliability.md, rows R2 to R17): status in, error or None out."""

from __future__ import annotations

import re
from enum import StrEnum

from agent.errors import (
    AgentError,
    FiledRefused,
    FiledTrouble,
    ProtocolBroken,
    RateLimited,
    ReadOnlyKey,
    TooLarge,
    TypeNotAccepted,
    UploadGone,
    UploadLocked,
    UploadMismatch,
    VersionRefused,
    WrongEndpoint,
)
from agent.filed.reply import ASKS_FOR_LOGIN, Reply


class Step(StrEnum):
    """The three requests of tus; the value is the method."""

    create = "POST"
    offset = "HEAD"
    send = "PATCH"


WANTED = {
    Step.create: frozenset({201}),
    Step.offset: frozenset({200, 204}),
    Step.send: frozenset({204}),
}

GONE = (404, 410)
VERSION = (400, 405, 412)
LATER = (408, 423, 460)  # no verdict on the file: the same again after a look at the offset
SPOILED = 460  # the bytes did not arrive as they were sent (tus: checksum mismatch)


def verdict(step: Step, reply: Reply, now: float) -> AgentError | None:
    """The error that a reply stands for, None where it is the one wanted; `now` is wall clock.

    401 is not judged here: the token is renewed first.
    """
    status = reply.status
    if status in WANTED[step]:
        return None
    if reply.redirect:
        return FiledTrouble(
            f"The upload address redirects to {reply.redirect}; this was not followed."
        )
    if reply.is_page and status in (200, 403, 511):
        return FiledTrouble(f"{ASKS_FOR_LOGIN} ({status}).")
    if status == 429:
        return RateLimited("Filed asks us to slow down.", reply.retry_after(now))
    if 400 <= status < 500:
        return _no(step, status, _sentence(reply))
    if 200 <= status < 300:  # not what tus knows for this step, and so of no meaning (R2)
        return ProtocolBroken(_sentence(reply))
    return FiledTrouble(_sentence(reply))


def _no(step: Step, status: int, said: str) -> AgentError:
    """What a 4xx says: of the key, of the upload, of the file, or of the protocol."""
    if status == 403:
        return ReadOnlyKey(said)
    if status == 413:
        return TooLarge(said, status=status)
    if status == 415:
        return TypeNotAccepted(said, status=status)
    if status in VERSION:
        return VersionRefused(said, status=status)
    if status == SPOILED and step is Step.send:
        return UploadMismatch(said)  # that chunk again, and anew in the end (R14)
    if step is Step.create:
        return _not_created(status, said)
    if status in GONE:
        return UploadGone(said)
    if status == 409:
        return UploadMismatch(said)
    if status == 423:
        return UploadLocked(said)
    return FiledTrouble(said) if status in LATER else FiledRefused(said, status=status)


def _not_created(status: int, said: str) -> AgentError:
    """A 4xx where an upload was to be created."""
    if status in GONE:
        return WrongEndpoint(said, status=status)
    if status in LATER or status == 409:
        return FiledTrouble(said)
    return FiledRefused(said, status=status)


def _sentence(reply: Reply) -> str:
    said = reply.said
    return f"Filed answered {reply.status}: {said}" if said else f"Filed answered {reply.status}."


def whole_number(text: str | None) -> int | None:
    """A header's number, also a negative one; None where it is missing or garbled (R3)."""
    if text is None or not re.fullmatch(r"-?[0-9]{1,18}", text.strip()):
        return None
    return int(text)
