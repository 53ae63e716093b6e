"""Small pieces of text."""

from __future__ import annotations

import math
import os

import pytest

from agent.control.answers import path_json, time_json
from agent.words.show import counted, duration_text, moment_text, path_text, size_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (99_400, "99.4 kB"),
        (120_000, "120 kB"),
        (999_999, "1.0 MB"),
        (4_200_000, "4.2 MB"),
        (5e15, "5000 TB"),
    ],
)
def test_a_size_is_short(size: float, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (59.4, "59 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (3600, "1 h"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_numbers_agree_with_their_nouns() -> None:
    assert counted(1, "document") == "1 document"
    assert counted(1284, "document") == "1,284 documents"
    assert counted(0, "file is", "files are") == "0 files are"


def test_a_time_that_never_comes_is_said_so() -> None:
    assert moment_text(math.inf, 0.0) == "further notice"
    assert time_json(math.inf) is None
    assert time_json(0.5) == "1970-01-01T00:00:00.500+00:00"


def test_a_path_cannot_break_the_line_or_turn_it_round() -> None:
    shown = path_text(os.fsencode("/a/new\nline\x1b[31m\u202efdp.exe"))
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_a_path_that_is_no_text_is_still_one_for_scripts() -> None:
    assert path_json(b"/a/\xff\xc3\xa9") == "/a/\\xff\u00e9"
