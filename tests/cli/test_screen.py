"""Lines for a pipe, and a line that moves for a terminal."""

from __future__ import annotations

import io

from agent.cli.screen import Screen, Terminal


def test_a_pipe_gets_one_clean_line_for_each_thing() -> None:
    out = io.StringIO()
    screen = Screen(out)
    screen.line("forged\nline \x1b[31m")
    screen.now("never shown")
    screen.close()
    (line,) = out.getvalue().splitlines()
    assert line[8:] == " forged\\nline \\x1b[31m"


def test_a_terminal_writes_the_moving_line_over_and_takes_it_away() -> None:
    out = io.StringIO()
    screen = Terminal(out, columns=20)
    screen.now("working")
    screen.now("working")
    screen.line("said")
    screen.close()
    blank = "\r" + " " * 19 + "\r"
    start, said, rest = out.getvalue().partition(" said\n")
    assert start[:-8] == "working" + blank
    assert said
    assert rest == "working" + blank


def test_a_moving_line_never_wraps() -> None:
    out = io.StringIO()
    Terminal(out, columns=10).now("x" * 50)
    assert out.getvalue() == "x" * 9
