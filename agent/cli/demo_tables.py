"""The end of the demo: what was filed, what waits and why, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from agent.cli.show import size_text
from agent.cli.words import waiting_words
from agent.model.naming import safe_text
from agent.model.overview import Waiting
from agent.sandbox.received import Received

SAME = {"jpeg": "jpg", "tiff": "tif"}
PROBLEMS_MOST = 40


def filed_table(received: Received) -> Table:
    """What Filed has: by type, how many, how many bytes, for how many clients."""
    kinds: dict[str, list[tuple[int, str]]] = {}
    for client in received.clients:
        for document in client.documents:
            ending = PurePath(document.filename).suffix.lstrip(".").lower()
            kind = SAME.get(ending, ending).upper()
            kinds.setdefault(kind, []).append((document.size, client.external_id))
    table = Table(title="Filed, as Filed has it", title_justify="left", box=None, pad_edge=False)
    table.add_column("Type")
    for heading in ("Documents", "Size", "Clients"):
        table.add_column(heading, justify="right")
    rows = sorted(kinds.items(), key=lambda row: -len(row[1]))
    for kind, found in rows:
        table.add_row(kind, *_numbers(found))
    table.add_section()
    everything = [one for _, found in rows for one in found]
    table.add_row("All", *_numbers(everything), style="bold")
    return table


def _numbers(found: list[tuple[int, str]]) -> tuple[str, str, str]:
    size = sum(size for size, _ in found)
    return str(len(found)), size_text(size), str(len({client for _, client in found}))


def waiting_table(waiting: Sequence[Waiting]) -> Table:
    """What waits: the reason and the next step, in the words that the other verbs use."""
    table = Table(
        title="Waiting for a person", title_justify="left", box=None, pad_edge=False, padding=(0, 2)
    )
    table.add_column("What", ratio=2, overflow="fold")
    table.add_column("Why", ratio=3, overflow="fold")
    table.add_column("Next step", ratio=4, overflow="fold")
    for one in waiting:
        words = waiting_words(one)
        cells = (one.name, words.sentence, words.next_step)
        table.add_row(*(Text(safe_text(cell)) for cell in cells))
    return table


def print_end(console: Console, received: Received, waiting: Sequence[Waiting]) -> None:
    """Both tables."""
    console.print(Group(Text(), filed_table(received), Text(), waiting_table(waiting), Text()))


def print_verdict(console: Console, papers: int, problems: Sequence[str]) -> int:
    """The closing sentence, or every difference; the exit code."""
    if not problems:
        said = f"{papers} of {papers} documents filed, once each, every SHA-256 equal."
        console.print(Text(said, style="bold green"), soft_wrap=True)
        return 0
    console.print(Text("Filed has not what it should have:", style="bold red"))
    for problem in problems[:PROBLEMS_MOST]:
        console.print(Text(f"  {problem}"), soft_wrap=True)
    if len(problems) > PROBLEMS_MOST:
        console.print(Text(f"  and {len(problems) - PROBLEMS_MOST} more."))
    return 1
