"""Tables for people. Names are shown as they are: nothing in them is taken for markup."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.cli.outcome import ROWS
from agent.cli.status_text import waiting_lines
from agent.control.answers import waits_answer
from agent.control.waits import Waits
from agent.words.show import counted

WIDE = 120  # columns; four columns of sentences are not readable in fewer
PIPED_COLUMNS = 160  # a pipe has no width; lines of this length are still read


def console(out: TextIO | None = None) -> Console:
    """A console on standard output that neither colours nor interprets what it is given."""
    out = out or sys.stdout
    width = None if out.isatty() else PIPED_COLUMNS
    return Console(
        file=out, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False
    )


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()
) -> Table:
    """A plain table; `right` are the columns of numbers."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for number, head in enumerate(heads):
        made.add_column(
            head,
            justify="right" if number in right else "left",
            overflow="fold",
            no_wrap=number in right,
        )
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made


def waits_table(waits: Sequence[Waits], rows: int = ROWS) -> Table:
    """What waits, why, and the next step."""
    return table(
        ("What waits", "Client", "Why", "Next step"),
        [
            (
                _what(one),
                one.client or "",
                f"{one.words.label}: {one.words.sentence}",
                one.words.next_step,
            )
            for one in waits[:rows]
        ],
    )


def print_waits(
    out: Console,
    waits: Sequence[Waits],
    rows: int = ROWS,
    more: str = "`filed-agent status --json` has them all",
) -> None:
    """The table, and how many more there are."""
    if not waits:
        return
    out.print()
    if out.width < WIDE:
        for line in waiting_lines([waits_answer(one) for one in waits[:rows]], rows):
            out.print(Text(line))
    else:
        out.print(waits_table(waits, rows))
    if len(waits) > rows:
        out.print(f"and {counted(len(waits) - rows, 'more line')}: {more}.")


def _what(one: Waits) -> str:
    return f"{one.what} (document {one.number})" if one.kind == "document" else one.what
