"""Days of this machine's calendar as spans of wall clock; some have 23 hours, some 25."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta


def last_days(number: int, now: float) -> Sequence[tuple[date, float, float]]:
    """The last so many days up to today, oldest first: each with its begin and its end."""
    today = datetime.fromtimestamp(now).astimezone().date()
    days = [today - timedelta(days=back) for back in range(number - 1, -1, -1)]
    return [(day, _begin(day), _begin(day + timedelta(days=1))) for day in days]


def tomorrow_begins(now: float) -> float:
    """The next midnight."""
    return last_days(1, now)[0][2]


def _begin(day: date) -> float:
    return datetime(day.year, day.month, day.day).astimezone().timestamp()
