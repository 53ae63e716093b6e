"""What is seen while the demo runs, and at its end."""

from __future__ import annotations

import io

from rich.console import Console

from agent.cli.demo_show import PLAIN_PAUSE, Bars, Lines, Moment, show_on
from agent.cli.demo_tables import filed_table, print_verdict
from agent.sandbox.received import Received, ReceivedClient, ReceivedDocument


def moment(seconds: float, sending: tuple[str, int, int] | None = None) -> Moment:
    return Moment(seconds, 40, 30, 10, 5, 4, 3, 2, 1_000_000, 9_000_000, sending)


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=120, highlight=False)


def printed(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_a_pipe_gets_a_line_every_few_seconds_and_no_control_characters() -> None:
    out = console(terminal=False)
    show = show_on(out)
    assert isinstance(show, Lines)
    with show:
        show.say(0.0, "it begins", "red")
        for seconds in (0.0, 0.5, PLAIN_PAUSE, PLAIN_PAUSE + 0.5):
            show.update(moment(seconds))
    lines = printed(out).splitlines()
    assert lines[0] == "    0 s  it begins"
    assert len(lines) == 3
    assert "40 files saved, 10 of 30 documents filed, 1.0 MB at Filed" in lines[1]
    assert printed(out).replace("\n", "").isprintable()


def test_a_terminal_gets_bars_and_names_are_no_markup() -> None:
    out = console(terminal=True)
    show = show_on(out)
    assert isinstance(show, Bars)
    with show:
        show.say(1.0, "a file called [red]x\x1b[2J")
        show.update(moment(1.0, ("[bold]scan.pdf", 2_000_000, 4_000_000)))
    text = printed(out)
    assert "[red]x\\x1b[2J" in text
    assert "10 of 30" in text
    assert "2.0 MB of 4.0 MB  [bold]scan.pdf" in text


def filed(name: str, size: int) -> ReceivedDocument:
    return ReceivedDocument(name, size, "a" * 64, "upload", "task", "COMPLETED")


def test_the_table_counts_documents_bytes_and_clients_of_each_type() -> None:
    clients = tuple(
        ReceivedClient(str(n), "w", name, f"{name}-2025", 2025, "F1040", "active", documents)
        for n, (name, documents) in enumerate(
            [("Elm", (filed("a.pdf", 500), filed("b.PDF", 700))), ("Oak", (filed("c.tiff", 9),))]
        )
    )
    out = console(terminal=False)
    out.print(filed_table(Received(clients, (), (), {}, 0, ())))
    rows = [line.split() for line in printed(out).splitlines()]
    assert ["PDF", "2", "1.2", "kB", "1"] in rows
    assert ["TIF", "1", "9", "bytes", "1"] in rows
    assert ["All", "3", "1.2", "kB", "2"] in rows


def test_the_verdict_is_one_sentence_or_every_difference() -> None:
    out = console(terminal=False)
    assert print_verdict(out, 7, []) == 0
    assert printed(out) == "7 of 7 documents filed, once each, every SHA-256 equal.\n"
    out = console(terminal=False)
    assert print_verdict(out, 7, [f"[b]{n}[/b] is wrong" for n in range(50)]) == 1
    lines = printed(out).splitlines()
    assert lines[1] == "  [b]0[/b] is wrong"
    assert lines[-1] == "  and 10 more."
