"""Days of this machine's calendar: which are worked, and when a time of day comes next. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SATURDAY = 5
EARLIEST, LATEST = 86_400.0, 32e9  # what every system's calendar has, in every zone


def local(at: float) -> datetime:
    """A wall clock time in this machine's zone; one that no calendar has becomes the nearest."""
    moment = datetime.fromtimestamp(min(max(at, EARLIEST), LATEST), UTC)
    return moment.astimezone().replace(tzinfo=None)  # plain: so a day has 24 hours on the clock


def is_working_day(moment: datetime) -> bool:
    """Whether it is Monday to Friday; holidays are not known."""
    return moment.weekday() < SATURDAY


def working_days(since: float, now: float) -> int:
    """The whole working days between two wall clock times: neither's own day counts."""
    first, last = local(since).date() + timedelta(days=1), local(now).date()
    whole = (last - first).days
    if whole <= 0:
        return 0
    weeks, rest = divmod(whole, 7)
    left = sum((first.weekday() + day) % 7 < SATURDAY for day in range(rest))
    return weeks * SATURDAY + left


def next_time(after: float, clock: str) -> float:
    """The first wall clock time beyond `after` at which this machine's clocks show "HH:MM"."""
    hour, minute = (int(part) for part in clock.split(":"))
    moment = local(after).replace(hour=hour, minute=minute, second=0, microsecond=0)
    if moment.timestamp() <= after:
        moment += timedelta(days=1)
    return moment.timestamp()
