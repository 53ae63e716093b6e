"""The line of a key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.config.lines import find_lines, line_of, shown

TEXT = """\
top = 1
[[folder]]
path = "a"
[[folder]]   # the second
  "layout" = "{client}"
[upload]
parallel=4
[a.b]
c = 1
"""


def test_keys_and_tables_have_their_lines() -> None:
    lines = find_lines(TEXT)
    assert lines["top",] == 1
    assert lines["folder", 0, "path"] == 3
    assert lines["folder", 1, "layout"] == 5
    assert lines["upload", "parallel"] == 7
    assert lines["a", "b", "c"] == 9


def test_a_key_without_a_line_has_that_of_its_table() -> None:
    lines = find_lines(TEXT)
    assert line_of(lines, ("folder", 1, "path")) == 4
    assert line_of(lines, ("elsewhere",)) is None


def test_people_count_from_one() -> None:
    assert shown(("folder", 1, "layout")) == "folder[2].layout"
    assert shown(("folder", 0, "ignore", 2)) == "folder[1].ignore[3]"


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    assert all(number >= 1 for number in find_lines(text).values())
