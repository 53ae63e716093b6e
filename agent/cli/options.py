"""Options that several verbs share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)", re.IGNORECASE)


def json_option(command: F) -> F:
    """--json: the same as JSON, for scripts (agent.control.answers)."""
    return click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")(command)


def span(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """The callback of a duration such as 30min, 1h or 2d: seconds.

    A bare number is none, since its unit would be a guess.
    """
    if value is None:
        return None
    found = _SPAN.fullmatch(value.strip())
    if found is None:
        said = f"{value!r} is no duration; write for example 30min, 1h or 2d."
        raise click.BadParameter(said, ctx, param)
    return float(found[1]) * _UNITS[found[2].lower()]


def past(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """The callback of a moment that has been: 8:00, yesterday, 2026-04-15, or 2h ago."""
    return _moment(ctx, param, value, past=True)


def future(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """The callback of a moment to come: 17:30, tomorrow, 2026-04-15, or in 2h."""
    return _moment(ctx, param, value, past=False)


def _moment(
    ctx: click.Context, param: click.Parameter, value: str | None, *, past: bool
) -> float | None:
    if value is None:
        return None
    at = moment(value, datetime.now().astimezone(), past=past)
    if at is None:
        said = f"{value!r} is no time; write for example 17:30, tomorrow, 2026-04-15 or 2h."
        raise click.BadParameter(said, ctx, param)
    return at


def moment(value: str, now: datetime, *, past: bool) -> float | None:
    """The wall clock seconds that a text means, in this machine's zone where it names none.

    A duration counts back from `now` where `past` is true, else forward; so does a time of day.
    """
    text = value.strip().lower()
    found = _SPAN.fullmatch(text)
    if found is not None:
        seconds = float(found[1]) * _UNITS[found[2].lower()]
        return now.timestamp() + (-seconds if past else seconds)
    at = _day(text, now) or _time_of_day(text, now, past=past) or _date(text, now)
    return None if at is None else at.timestamp()


def _day(text: str, now: datetime) -> datetime | None:
    days = {"today": 0, "tomorrow": 1, "yesterday": -1}.get(text)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return None if days is None else midnight + timedelta(days=days)


def _time_of_day(text: str, now: datetime, *, past: bool) -> datetime | None:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if found is None:
        return None
    at = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    if past and at > now:
        return at - timedelta(days=1)
    return at + timedelta(days=1) if not past and at <= now else at


def _date(text: str, now: datetime) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=now.tzinfo)
