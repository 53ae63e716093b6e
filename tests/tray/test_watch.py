"""Following the agent: what is told, and when it is asked again."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from agent.control.door_shapes import NoticeAnswer, SnapshotAnswer
from agent.control.refused import Refused
from agent.control.remote import Gone
from agent.tray.missed import MORE
from agent.tray.stretch import Stretch
from agent.tray.watch import Door, Watch
from agent.words import tray as words
from tests.tray.told import progress, snapshot

NOTICE = {"id": 1, "at": "", "kind": "digest", "title": "Filed", "text": "12", "urgent": False}


class Ends(Door):
    """An agent that tells these, then ends so."""

    def __init__(
        self, *told: tuple[str, Any], ending: Exception, kept: tuple[Any, ...] = ()
    ) -> None:
        self._told = told
        self._ending = ending
        self._kept = kept

    def get(self, path: str) -> dict[str, Any]:
        assert path == "/v1/notices"
        return {"notices": list(self._kept)}

    def events(self) -> Generator[tuple[str, dict[str, Any]], None, None]:
        yield from self._told
        raise self._ending


class Heard:
    """Who listens; also the clock: it stops after so many pauses."""

    def __init__(self, pauses: int) -> None:
        self.told: list[object] = []
        self.texts: list[str] = []
        self.pauses: list[float] = []
        self._most = pauses
        self.breaks = False

    def seen(self, snapshot: SnapshotAnswer | None, said: str = "") -> None:
        if self.breaks:
            raise ZeroDivisionError
        if snapshot is None:
            self.told.append(said or None)
        else:
            assert snapshot["agent"]["limits"] is not None
            self.told.append(snapshot["standing"])

    def noticed(self, notice: NoticeAnswer) -> None:
        self.told.append(notice["title"])
        self.texts.append(notice["text"])

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return len(self.pauses) >= self._most


NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def followed(doors: list[Door | None], pauses: int, heard: Heard | None = None) -> Heard:
    heard = heard or Heard(pauses)
    found = iter(doors)
    Watch(lambda: next(found, None), heard, heard.wait).run()
    return heard


def raised(number: int, hours_ago: float, *, urgent: bool = False) -> NoticeAnswer:
    at = (NOW - timedelta(hours=hours_ago)).isoformat()
    named = {"id": number, "at": at, "kind": f"k{number}", "title": f"T{number}"}
    return cast(NoticeAnswer, {**named, "text": "x", "urgent": urgent})


def test_pauses_grow_to_half_a_minute_while_nobody_answers() -> None:
    heard = followed([], 8)
    assert heard.pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert heard.told == [None] * 8


@pytest.mark.parametrize("ending", [Gone("x"), Refused("x"), ConnectionResetError()])
def test_whatever_ends_the_events_the_icon_says_so_and_asks_again_soon(ending: Exception) -> None:
    door = Ends(("snapshot", snapshot()), ("notice", NOTICE), ("news", {}), ending=ending)
    heard = followed([None, None, door], 4)
    refused = "x" if isinstance(ending, Refused) else None
    assert heard.told == [None, None, "filed", "Filed", refused, None]
    assert heard.pauses == [1, 2, 1, 2]


def test_a_refusal_before_any_event_is_no_success() -> None:
    heard = followed([Ends(ending=Refused("no")), Ends(ending=Refused("no"))], 3)
    assert heard.pauses == [1, 2, 4]
    assert heard.told == ["no", "no", None]


def test_an_agent_that_is_there_but_tells_nothing_is_not_called_gone() -> None:
    silent = Ends(ending=Gone("The agent ended."))
    assert followed([silent, silent], 2).told == [words.NO_WORD] * 3
    told = Ends(("snapshot", snapshot()), ending=Gone("The agent ended."))
    again = followed([told, silent, told], 3)
    assert again.told == ["filed", None, *[words.NO_WORD] * 3, "filed", None]


def test_an_odd_snapshot_is_said_and_asked_for_again_ever_more_seldom(
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd = snapshot()
    del cast(Any, odd["agent"])["limits"]
    door = Ends(("snapshot", odd), ending=Gone("x"))
    heard = followed([door, door, door, Ends(("snapshot", snapshot()), ending=Gone("x"))], 4)
    assert heard.told == [*[words.ODD_ANSWER] * 3, "filed", None]
    assert heard.pauses == [1, 2, 4, 1]
    assert caplog.text.count("Traceback") == 1


def test_a_desk_that_cannot_paint_does_not_end_the_following() -> None:
    heard = Heard(3)
    heard.breaks = True
    assert followed([], 3, heard).pauses == [1, 2, 4]


def test_what_was_raised_before_the_icon_came_is_shown() -> None:
    heard = followed([Ends(("snapshot", snapshot()), ending=Gone("x"), kept=(raised(4, 2),))], 1)
    assert heard.told == ["filed", "T4", None]
    assert heard.texts[0].startswith("x (")


def test_nothing_is_shown_twice_even_where_numbers_begin_anew() -> None:
    first, again = raised(1, 2), raised(1, 1)
    shown = ("snapshot", snapshot())
    doors = [
        Ends(shown, ("notice", first), ending=Gone("x"), kept=(first,)),
        Ends(shown, ending=Gone("x"), kept=(first,)),
        Ends(shown, ("notice", again), ending=Gone("x"), kept=(again,)),
    ]
    told = [one for one in followed(list(doors), 3).told if one not in (None, words.NO_WORD)]
    assert told == ["filed", "T1", "filed", "filed", "T1"]


def test_of_many_the_urgent_ones_of_the_last_day_come_and_the_rest_is_counted() -> None:
    kept = (
        raised(1, 30, urgent=True),
        raised(2, 20, urgent=True),
        *(raised(n, 15 - n) for n in range(3, 9)),
        cast(NoticeAnswer, {**raised(9, 1), "at": "?"}),
    )
    needing = ("snapshot", snapshot(health="needs-a-person", standing="needs-you"))
    heard = followed([Ends(needing, ending=Gone("x"), kept=kept)], 1)
    assert heard.told == ["needs-you", "T2", "T7", "T8", words.NAME, None]
    assert heard.texts[-1] == words.more_text(4)
    fine = followed([Ends(("snapshot", snapshot()), ending=Gone("x"), kept=kept)], 1)
    assert fine.told == ["filed", "T6", "T7", "T8", words.NAME, None], "the urgent one is solved"
    assert MORE not in {one["kind"] for one in kept}


def test_while_snoozed_nothing_late_is_shown() -> None:
    snoozed = ("snapshot", snapshot(snoozed_until="2026-11-22T11:00:00+00:00"))
    heard = followed([Ends(snoozed, ending=Gone("x"), kept=(raised(4, 2),))], 1)
    assert heard.told == ["filed", None]


@pytest.mark.parametrize("kept", [(3,), ({"id": 1},)])
def test_notices_that_cannot_be_read_leave_the_icon_alone(kept: tuple[Any, ...]) -> None:
    heard = followed([Ends(("snapshot", snapshot()), ending=Gone("x"), kept=kept)], 1)
    assert heard.told == ["filed", None]


def test_the_ring_measures_from_the_most_that_was_left() -> None:
    stretch = Stretch()
    shares = [
        stretch.share(snapshot(progress=progress(documents, size)))
        for documents, size in ((2, 100), (4, 400), (3, 300), (2, 100), (1, 0), (0, 0), (1, 50))
    ]
    assert shares == [0, 0, 0.25, 0.75, 1, 0, 0]


def test_the_ring_counts_documents_where_there_are_no_bytes_to_send() -> None:
    stretch = Stretch()
    assert [stretch.share(snapshot(progress=progress(n, 0))) for n in (4, 3, 1)] == [0, 0.25, 0.75]
    assert stretch.share(None) == 0
