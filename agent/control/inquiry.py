"""What a question to the door asks for: its query, its body, who sent it."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import datetime
from typing import TypeGuard
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from agent.control.guard import CALLER
from agent.control.replies import Unfit
from agent.control.roles import Caller, Role
from agent.words import door as said

MOST_BODY = 64 << 10  # bytes
BODY_SECONDS = 10.0
MOST_ROWS = 500
USUAL_ROWS = 100
MOST_ROW_NUMBER = (1 << 63) - 1
MOST_OFFSET = 1 << 40
LONGEST_TEXT = 8192  # characters of one value: no path is longer

Body = dict[str, object]


def caller_of(request: Request) -> Caller:
    """Who the guard let in."""
    caller = request.scope["state"][CALLER]
    assert isinstance(caller, Caller)
    return caller


def require(request: Request, role: Role) -> Caller:
    """Who asks, where they may. Raises Unfit (403)."""
    caller = caller_of(request)
    if caller.role < role:
        raise Unfit(said.NOT_ALLOWED, 403)
    return caller


async def body_of(request: Request) -> Body:
    """The JSON object that was sent; empty where nothing was. Raises Unfit."""
    sent = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                sent += part
                if len(sent) > MOST_BODY:
                    raise Unfit(said.TOO_LARGE, 413)
    except TimeoutError:
        raise Unfit(said.TOO_SLOW, 408) from None
    except ClientDisconnect:
        raise Unfit(said.NOT_JSON) from None
    if not sent:
        return {}
    try:
        told = json.loads(sent)
    except (ValueError, RecursionError):
        raise Unfit(said.NOT_JSON) from None
    if not isinstance(told, dict):
        raise Unfit(said.NOT_JSON)
    return told


def text(body: Body, name: str, usual: str | None = None) -> str:
    """A text of the body. Raises Unfit for another kind, or where it is missing."""
    found = body.get(name, usual)
    if not _is_text(found):
        raise Unfit(f'"{name}" must be a text.')
    return found


def maybe_text(body: Body, name: str) -> str | None:
    """A text of the body, None where it is missing or null."""
    return None if body.get(name) is None else text(body, name)


def path_named(body: Body, name: str) -> str:
    """A path of the body, which may hold bytes that are no text. Raises Unfit."""
    found = body.get(name)
    if not _is_path(found):
        raise Unfit(f'"{name}" must be a text.')
    return found


def row_number(body: Body, name: str) -> int | None:
    """The ID of a row in the ledger, None where it is missing or null. Raises Unfit."""
    found = body.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 < found <= MOST_ROW_NUMBER:
        raise Unfit(f'"{name}" must be a number.')
    return found


def paths_or_numbers(body: Body, name: str) -> list[str]:
    """A list of paths or numbers, as texts; empty where it is missing."""
    found = body.get(name, [])
    if not isinstance(found, list):
        raise Unfit(f'"{name}" must be a list of texts.')
    told = [
        str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in found
    ]
    if not all(_is_path(one) for one in told):
        raise Unfit(f'"{name}" must be a list of texts.')
    return told


def flag(body: Body, name: str) -> bool:
    """True or false; false where it is missing."""
    found = body.get(name, False)
    if not isinstance(found, bool):
        raise Unfit(f'"{name}" must be true or false.')
    return found


def seconds(body: Body, name: str) -> float | None:
    """A number of seconds, None where it is missing."""
    found = body.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < 1e10:
        raise Unfit(f'"{name}" must be a number of seconds.')
    return float(found)


def moment(told: str, name: str) -> float:
    """A time of ISO 8601 or of seconds since the epoch, as wall clock seconds. Raises Unfit."""
    try:
        at = datetime.fromisoformat(told.strip())
        return at.astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise Unfit(f'"{name}" must be a time such as 2026-04-15T08:00:00+00:00.') from None


def asked(request: Request, name: str) -> str | None:
    """One value of the query; None where it is missing or empty. Raises Unfit."""
    found = request.query_params.get(name, "")
    if found and not _is_text(found):
        raise Unfit(f'"{name}" is no usable text.')
    return found or None


def asked_path(request: Request, name: str) -> str | None:
    """A path of the query, which may hold bytes that are no text; None where it is missing or
    empty. Raises Unfit."""
    sent = request.scope["query_string"].decode("latin-1")
    given = dict(parse_qsl(sent, errors="surrogateescape"))
    found = given.get(name)
    if found is not None and not _is_path(found):
        raise Unfit(f'"{name}" is no usable text.')
    return found


def number(request: Request, name: str, usual: int, least: int, most: int) -> int:
    """A whole number of the query, within its bounds. Raises Unfit."""
    found = asked(request, name)
    if found is None:
        return usual
    try:
        given = int(found)
    except ValueError:
        given = least - 1
    if not least <= given <= most:
        raise Unfit(f'"{name}" must be a whole number from {least} to {most}.')
    return given


def part(request: Request) -> tuple[int, int]:
    """How many rows of a list are asked for, and how many are left out before."""
    limit = number(request, "limit", USUAL_ROWS, 1, MOST_ROWS)
    return limit, number(request, "offset", 0, 0, MOST_OFFSET)


def _is_text(found: object) -> TypeGuard[str]:
    return _is_path(found) and not any("\ud800" <= char <= "\udfff" for char in found)


def _is_path(found: object) -> TypeGuard[str]:
    """Halves of surrogate pairs stand for bytes that are no text, where the system has such."""
    if not isinstance(found, str) or len(found) > LONGEST_TEXT or "\0" in found:
        return False
    try:
        os.fsencode(found)
    except UnicodeEncodeError:
        return False
    return True
