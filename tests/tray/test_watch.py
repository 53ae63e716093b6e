"""Following the agent: what is told, and when it is asked again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agent.control.door_shapes import NoticeAnswer, SnapshotAnswer
from agent.control.refused import Refused
from agent.control.remote import Gone
from agent.tray.stretch import Stretch
from agent.tray.watch import Door, Watch
from tests.tray.told import progress, snapshot

NOTICE = {"id": 1, "at": "", "kind": "digest", "title": "Filed", "text": "12", "urgent": False}


class Ends(Door):
    """An agent that tells these, then ends so."""

    def __init__(self, *told: tuple[str, Any], ending: Exception) -> None:
        self._told = told
        self._ending = ending

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from self._told
        raise self._ending


class Heard:
    """Who listens; also the clock: it stops after so many pauses."""

    def __init__(self, pauses: int) -> None:
        self.told: list[object] = []
        self.pauses: list[float] = []
        self._most = pauses

    def seen(self, snapshot: SnapshotAnswer | None) -> None:
        self.told.append(None if snapshot is None else snapshot["standing"])

    def noticed(self, notice: NoticeAnswer) -> None:
        self.told.append(notice["title"])

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return len(self.pauses) >= self._most


def followed(doors: list[Door | None], pauses: int) -> Heard:
    heard = Heard(pauses)
    found = iter(doors)
    Watch(lambda: next(found, None), heard, heard.wait).run()
    return heard


def test_pauses_grow_to_half_a_minute_while_nobody_answers() -> None:
    heard = followed([], 8)
    assert heard.pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert heard.told == [None] * 8


@pytest.mark.parametrize("ending", [Gone("x"), Refused("x"), ConnectionResetError()])
def test_whatever_ends_the_events_the_icon_says_so_and_asks_again_soon(ending: Exception) -> None:
    door = Ends(("snapshot", snapshot()), ("notice", NOTICE), ("news", {}), ending=ending)
    heard = followed([None, None, door], 4)
    assert heard.told == [None, None, "filed", "Filed", None, None]
    assert heard.pauses == [1, 2, 1, 2]


def test_a_refusal_before_any_event_is_no_success() -> None:
    heard = followed([Ends(ending=Refused("no")), Ends(ending=Refused("no"))], 3)
    assert heard.pauses == [1, 2, 4]


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
