"""How a pass shows itself while it goes."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from agent.cli.progress import BarView, Moment, PlainView
from agent.cli.tables import print_waits
from agent.control.waits import Waits
from agent.model.reasons import Reason
from agent.words.catalogue import REASONS, AgentState

GOING = Moment(0.0, AgentState.working, 3, 12, 4_000_000, 8_000_000, 2_000_000.0, 1, 2)
TOLD = "3 of 12 documents filed, 4.0 MB of 12.0 MB sent, 2.0 MB/s, about 4 s left"


def piped() -> tuple[io.StringIO, PlainView]:
    out = io.StringIO()
    return out, PlainView(Console(file=out, width=160))


def test_a_moment_tells_documents_bytes_rate_and_time_left() -> None:
    assert GOING.numbers == TOLD
    assert GOING.waits == "1 file may still be written; 2 need you"
    assert replace(GOING, bytes_per_second=0.0).time_left is None


def test_a_pipe_gets_a_line_for_news_and_every_ten_seconds() -> None:
    out, view = piped()
    view.show(GOING)
    view.show(replace(GOING, at=9.9, filed=4))
    assert out.getvalue() == f"Filing: {TOLD}; 1 file may still be written; 2 need you.\n"
    view.show(replace(GOING, at=10.0, filed=5))
    assert len(out.getvalue().splitlines()) == 2
    view.show(replace(GOING, at=10.1, state=AgentState.offline, why="No route"))
    assert out.getvalue().splitlines()[2].startswith("Offline: ")
    assert "No route" in out.getvalue()
    view.close()


def test_a_terminal_is_left_as_it_was() -> None:
    out = io.StringIO()
    view = BarView(Console(file=out, width=100, force_terminal=True))
    view.close()
    assert out.getvalue() == ""
    view = BarView(Console(file=out, width=100, force_terminal=True))
    view.show(GOING)
    view.show(replace(GOING, documents=0))
    view.close()
    assert "4.0 MB of 12.0 MB sent" in out.getvalue()
    assert out.getvalue().count("\x1b[?25l") == out.getvalue().count("\x1b[?25h") == 1


def test_names_are_never_taken_for_markup() -> None:
    waits = [
        Waits("file", f"/srv/[red]{number}[/red]/[link=x]a.pdf", "[bold]Ash", REASONS[Reason.empty])
        for number in range(25)
    ]
    for width in (160, 80):
        out = io.StringIO()
        print_waits(Console(file=out, width=width, markup=False, highlight=False), waits)
        assert "[red]19[/red]/[link=x]a.pdf" in out.getvalue()
        assert "[red]20" not in out.getvalue()
        assert "[bold]Ash" in out.getvalue()
        assert "and 5 more lines" in out.getvalue()
