"""The configuration's file while an agent runs: each new version is told once (row C14)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from agent.config import file as file_module
from agent.config.file import LOOK_SECONDS, ConfigFile, Version
from agent.config.load import load
from agent.errors import ConfigProblem
from tests.config.desk import Desk

BROKEN = "[upload]\nparalel = 2\n"


class Watched:
    """A file that is in force, looked at whenever a look is due."""

    def __init__(self, desk: Desk) -> None:
        desk.load(desk.good())
        self.desk = desk
        self.file = ConfigFile(desk.file, desk.env)
        self._times: Iterator[float] = (LOOK_SECONDS * number for number in count())

    def save(self, text: str) -> None:
        """As an editor does that writes in place."""
        self.desk.file.write_text(text)

    def exchange(self, text: str) -> None:
        """As an editor does that puts a new file in the old one's place."""
        fresh = self.desk.file.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, self.desk.file)

    def looks(self, times: int = 4) -> list[Version]:
        """What so many looks told."""
        told = [self.file.look(next(self._times)) for _ in range(times)]
        return [version for version in told if version is not None]


@pytest.fixture
def watched(desk: Desk) -> Watched:
    return Watched(desk)


def test_C14_an_untouched_file_is_neither_read_nor_told(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_given: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(file_module, "load", never)
    assert watched.looks(10) == []


@pytest.mark.parametrize("way", ["save", "exchange"])
def test_C14_a_changed_file_gives_new_settings_once(watched: Watched, way: str) -> None:
    getattr(watched, way)(watched.desk.good("[upload]\nparallel = 2\n"))
    (told,) = watched.looks()
    assert told.settings is not None
    assert told.settings.upload.parallel == 2
    assert told.problems == ()
    assert watched.looks() == []


@pytest.mark.parametrize("way", ["save", "exchange"])
def test_C14_an_invalid_one_tells_every_problem_once_for_each_version(
    watched: Watched, way: str
) -> None:
    put = getattr(watched, way)
    before = watched.file.settings
    put(watched.desk.good(BROKEN + "chunk_size = 0\n"))
    (told,) = watched.looks()
    assert told.settings is None
    assert [problem.split()[1] for problem in told.problems] == [
        "upload.paralel",
        "upload.chunk_size",
    ]
    assert watched.file.problems == told.problems
    assert watched.looks() == []
    put(watched.desk.good(BROKEN))
    (told,) = watched.looks()
    assert len(told.problems) == 1
    assert watched.file.settings == before


def test_C14_an_invalid_file_that_is_taken_back_is_told_as_well_again(watched: Watched) -> None:
    watched.save("not toml")
    assert watched.looks()[0].problems
    watched.save(watched.desk.good())
    assert watched.looks() == [Version()]
    assert watched.file.problems == ()


@pytest.mark.parametrize("way", ["removed", "folder", "empty"])
def test_C14_a_file_that_is_gone_or_none_is_a_problem_until_it_is_back(
    watched: Watched, way: str
) -> None:
    watched.desk.file.unlink()
    if way == "folder":
        watched.desk.file.mkdir()
    elif way == "empty":
        watched.save("")
    (told,) = watched.looks()
    assert str(watched.desk.file) in told.problems[0]
    if way == "folder":
        watched.desk.file.rmdir()
    watched.save(watched.desk.good())
    assert watched.looks() == [Version()]


def test_C14_a_half_saved_file_is_not_judged(watched: Watched) -> None:
    """Two folders, the second still to be written: valid, and yet not what the person means."""
    half = watched.desk.good()
    whole = half + half.replace("clients", "others")
    watched.save(half + "# ")
    assert watched.looks(1) == []
    watched.save(whole)
    (told,) = watched.looks()
    assert told.settings is not None
    assert len(told.settings.folder) == 2


def test_C14_a_file_saved_while_it_is_judged_is_judged_anew(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = iter([watched.desk.good("[upload]\nparallel = 9\n")])

    def slowly(*given: object) -> object:
        for text in saved:
            watched.save(text)
            raise ConfigProblem("half of it")
        return load(*given)  # type: ignore[arg-type]  # forwards as it came

    monkeypatch.setattr(file_module, "load", slowly)
    watched.save("half of it")
    (told,) = watched.looks(6)
    assert told.settings is not None
    assert told.settings.upload.parallel == 9


def test_C14_a_comment_or_a_new_date_is_no_change(watched: Watched) -> None:
    watched.save(watched.desk.good("# a word\n"))
    assert watched.looks() == []
    os.utime(watched.desk.file, ns=(1, 1))
    assert watched.looks() == []


def test_C14_a_new_version_counts_when_two_looks_saw_it_and_within_a_second(
    watched: Watched,
) -> None:
    watched.file.look(0.0)
    watched.save("not toml")
    looks = [watched.file.look(number / 100) for number in range(1, 201)]
    told = [number for number, version in enumerate(looks, start=1) if version is not None]
    assert told == [60]


def test_C14_a_change_of_one_letter_is_seen_whatever_the_file_s_date_says(
    watched: Watched,
) -> None:
    facts = watched.desk.file.stat()
    good = watched.desk.good()
    watched.save(good.replace("2025", "2024"))
    os.utime(watched.desk.file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    (told,) = watched.looks()
    assert told.settings is not None
    assert told.settings.folder[0].tax_year == 2024


def test_C14_an_invalid_file_that_is_only_touched_is_not_told_again(watched: Watched) -> None:
    watched.save("not toml")
    assert len(watched.looks()) == 1
    os.utime(watched.desk.file, ns=(1, 1))
    assert watched.looks() == []
