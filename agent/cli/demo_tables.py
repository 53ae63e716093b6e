"""The end of the demo: what was filed, what waits and why, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.cli.tables import print_waits, table
from agent.control.waits import Waits
from agent.sandbox.received import Received
from agent.words.show import size_text

SAME = {"jpeg": "jpg", "tiff": "tif"}
HEADS = ("Type", "Documents", "Size", "Clients")
PROBLEMS_MOST = 40


def filed_table(received: Received) -> Table:
    """What Filed has: by type, how many, how many bytes, for how many clients."""
    kinds: dict[str, list[tuple[int, str]]] = {}
    for client in received.clients:
        for document in client.documents:
            ending = PurePath(document.filename).suffix.lstrip(".").lower()
            kind = SAME.get(ending, ending).upper()
            kinds.setdefault(kind, []).append((document.size, client.external_id))
    sorted_kinds = sorted(kinds.items(), key=lambda row: -len(row[1]))
    everything = [one for found in kinds.values() for one in found]
    rows = [(kind, *_numbers(found)) for kind, found in sorted_kinds]
    return table(HEADS, [*rows, ("All", *_numbers(everything))], right=(1, 2, 3))


def _numbers(found: list[tuple[int, str]]) -> tuple[str, str, str]:
    size = sum(size for size, _ in found)
    return str(len(found)), size_text(size), str(len({client for _, client in found}))


def print_end(
    out: Console, received: Received, waits: Sequence[Waits], told: Sequence[str]
) -> None:
    """Both tables, and what else is worth telling."""
    out.print(Text("\nWhat Filed has\n", style="bold"))
    out.print(filed_table(received))
    out.print(Text("\nWhat waits, and what to do about it", style="bold"))
    print_waits(out, waits)
    out.print()
    for line in told:
        out.print(Text(line, style="dim"), soft_wrap=True)


def print_verdict(out: Console, papers: int, problems: Sequence[str]) -> int:
    """The closing sentence, or every difference; the exit code."""
    if not problems:
        said = f"{papers} of {papers} documents filed, once each, every SHA-256 equal."
        out.print(Text(said, style="bold green"), soft_wrap=True)
        return 0
    out.print(Text("Filed has not what it should have:", style="bold red"))
    for problem in problems[:PROBLEMS_MOST]:
        out.print(Text(f"  {problem}"), soft_wrap=True)
    if len(problems) > PROBLEMS_MOST:
        out.print(Text(f"  and {len(problems) - PROBLEMS_MOST} more."))
    return 1
