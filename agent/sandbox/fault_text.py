"""Faults as short sentences, for the command line: ``PATCH 3: cut after 1000 bytes``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

from agent.sandbox.faults import Action, Answer, Cut, Fault

GRAMMAR = """\
WHERE [N | N-M] [rate R]: WHAT[, then WHAT]
WHERE  POST, PATCH, HEAD, DELETE or OPTIONS at the upload origin;
       a GraphQL operation or field; graphql; *
WHAT   carry out | carry out 5 s late | wait 2 s | drop the answer | reset | stall
       cut after 1000 bytes | stall after 1000 bytes
       expire (the upload asked for, with the true answer)
       answer 502 | answer 429 retry-after 2 | answer garbage | answer html | answer error CODE"""

GARBAGE = b'\x00\xfe{"data": {"me": \xff\xff'
LOGIN_PAGE = b"<!doctype html><title>Sign in</title><p>This network asks you to sign in first."

_HEAD = re.compile(
    r"(?P<where>[A-Za-z_]\w*|\*)(\s+(?P<nth>\d+)(-(?P<last>\d+))?)?(\s+rate\s+(?P<rate>[\d.]+))?\s*"
)
_SEPARATOR = re.compile(r"\s*,\s*(?:then\s+)?|\s+then\s+")


class FaultTextError(ValueError):
    """A text is no fault; the message names the part and the grammar."""


def _answer(status: str, retry_after: str | None) -> Answer:
    text = f"The sandbox was told to answer {status}.".encode()
    return Answer(int(status), text, "text/plain", retry_after)


def _error(code: str) -> Answer:
    error = {"message": "The sandbox was told to fail.", "extensions": {"code": code}}
    return Answer(200, json.dumps({"data": None, "errors": [error]}).encode(), "application/json")


Step = Callable[[Action, re.Match[str]], Action]
_PARTS: tuple[tuple[str, Step], ...] = (
    (r"carry out", lambda action, _: replace(action, carry_out=True)),
    (
        r"carry out ([\d.]+) ?s late",
        lambda action, match: replace(action, carry_out=True, late=float(match[1])),
    ),
    (r"wait ([\d.]+) ?s", lambda action, match: replace(action, wait=float(match[1]))),
    (r"expire", lambda action, _: replace(action, expire=True)),
    (
        r"(?:drop|cut)(?: the answer| the connection)?",
        lambda action, _: replace(action, ending=Cut.DROP),
    ),
    (r"reset(?: the connection)?", lambda action, _: replace(action, ending=Cut.RESET)),
    (r"stall", lambda action, _: replace(action, ending=Cut.STALL)),
    (
        r"(?:cut|drop) after (\d+) bytes",
        lambda action, match: replace(action, ending=Cut.DROP, after_bytes=int(match[1])),
    ),
    (
        r"stall after (\d+) bytes",
        lambda action, match: replace(action, ending=Cut.STALL, after_bytes=int(match[1])),
    ),
    (
        r"answer (\d{3})(?: retry-after (\S+))?",
        lambda action, match: replace(action, ending=_answer(match[1], match[2])),
    ),
    (
        r"answer garbage",
        lambda action, _: replace(action, ending=Answer(200, GARBAGE, "application/json")),
    ),
    (
        r"answer html",
        lambda action, _: replace(action, ending=Answer(200, LOGIN_PAGE, "text/html")),
    ),
    (r"answer error (\w+)", lambda action, match: replace(action, ending=_error(match[1]))),
)


def _step(action: Action, part: str) -> Action:
    for pattern, step in _PARTS:
        match = re.fullmatch(pattern, part, re.IGNORECASE)
        if match:
            return step(action, match)
    raise FaultTextError(f"{part!r} is nothing that can happen to a request.\n{GRAMMAR}")


def parse_fault(text: str) -> Fault:
    """The fault that a text describes; raises FaultTextError."""
    head_text, colon, rest = text.strip().partition(":")
    head = _HEAD.fullmatch(head_text)
    if not colon or head is None:
        raise FaultTextError(
            f"{text!r} does not begin with the requests it is aimed at.\n{GRAMMAR}"
        )
    action = Action(ending=None)
    for part in _SEPARATOR.split(rest.strip()):
        before, action = action, _step(action, part)
        if before.ending is not None and action.ending is not before.ending:
            raise FaultTextError(f"{text!r} ends a request twice.\n{GRAMMAR}")
    if action.ending is None and (action.late or not (action.wait or action.expire)):
        raise FaultTextError(f"{text!r} does not say what becomes of the answer.\n{GRAMMAR}")
    nth, last, rate = head["nth"], head["last"], head["rate"]
    return Fault(
        where=head["where"],
        nth=int(nth) if nth else None,
        action=action,
        last=int(last) if last else None,
        rate=float(rate) if rate else None,
        text=text.strip(),
    )
