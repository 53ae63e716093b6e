"""Times and durations as people write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import click
import pytest

from agent.cli.options import moment, span

NOW = datetime(2026, 3, 14, 10, 30, tzinfo=timezone(timedelta(hours=2)))
CONTEXT, OPTION = click.Context(click.Command("x")), click.Option(["--for"])


def at(text: str, *, past: bool = False) -> datetime | None:
    found = moment(text, NOW, past=past)
    return None if found is None else datetime.fromtimestamp(found, NOW.tzinfo)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30min", 1800), ("1h", 3600), ("2d", 172_800), ("1.5 H", 5400), ("9s", 9)],
)
def test_a_duration_has_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert span(CONTEXT, OPTION, text) == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "-1h", "1y", "1h 5min", "nan h"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no duration"):
        span(CONTEXT, OPTION, text)


def test_a_time_of_day_is_the_next_one_or_the_last_one() -> None:
    assert at("17:30") == NOW.replace(hour=17)
    assert at("8:00") == NOW.replace(day=15, hour=8, minute=0)
    assert at("8:00", past=True) == NOW.replace(hour=8, minute=0)
    assert at("17:30", past=True) == NOW.replace(day=13, hour=17)


def test_days_and_dates_begin_at_midnight() -> None:
    midnight = NOW.replace(hour=0, minute=0)
    assert at("tomorrow") == midnight + timedelta(days=1)
    assert at("Yesterday", past=True) == midnight - timedelta(days=1)
    assert at("2026-04-15") == datetime(2026, 4, 15, tzinfo=NOW.tzinfo)
    assert at("2026-04-15T08:00:00+00:00") == datetime.fromisoformat("2026-04-15T08:00:00+00:00")


def test_a_duration_counts_from_now() -> None:
    assert at("2h") == NOW + timedelta(hours=2)
    assert at("2h", past=True) == NOW - timedelta(hours=2)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "8:60", "2026-13-01"])
def test_anything_else_is_no_time(text: str) -> None:
    assert at(text) is None
