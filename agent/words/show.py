"""Small pieces of text for people: sizes, times, paths, numbers with their nouns."""

from __future__ import annotations

import os
from datetime import datetime

from agent.model.naming import safe_text

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def size_text(size: float) -> str:
    """Bytes as people write them: 1 byte, 4.2 MB."""
    if size == 1:
        return "1 byte"
    number, unit = float(size), 0
    while number >= 999.5 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.0f} {_UNITS[unit]}" if unit == 0 or number >= 99.5 else _short(number, unit)


def _short(number: float, unit: int) -> str:
    return f"{number:.1f} {_UNITS[unit]}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: 1 document, 1,284 documents."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration_text(seconds: float) -> str:
    """A duration in its two largest units: 8 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    if whole < 86_400:
        return _two(whole // 3600, "h", whole % 3600 // 60, "min")
    return _two(whole // 86_400, "d", whole % 86_400 // 3600, "h")


def _two(first: int, unit: str, second: int, smaller: str) -> str:
    return f"{first} {unit} {second} {smaller}" if second else f"{first} {unit}"


def moment_text(at: float, now: float) -> str:
    """A wall clock time in this machine's zone: 10:42 today, else with its date."""
    moment, today = _moment(at), _moment(now)
    if moment is None or today is None:
        return "further notice"
    return moment.strftime("%H:%M" if moment.date() == today.date() else "%Y-%m-%d %H:%M")


def exact_time(at: float) -> str:
    """A wall clock time in this machine's zone, to the second."""
    moment = _moment(at)
    return "never" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S")


def _moment(at: float) -> datetime | None:
    """None for times that no calendar has: files and people may name such."""
    try:
        return datetime.fromtimestamp(at).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def path_text(path: bytes) -> str:
    """A path for people, on one line; what is no text or would mislead shows as an escape."""
    try:
        return safe_text(os.fsdecode(path))
    except UnicodeDecodeError:  # Windows: bytes that no file name there can have
        return safe_text(path.decode("utf-8", "backslashreplace"))
