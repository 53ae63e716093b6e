"""The table: at a terminal, and between two marks in tests/bench/README.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.machine import Machine
from tests.bench.row import Row, Scale

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
HEADS = ("what", "ratio", "target", "met", "figures", "why, and how it is counted")


@dataclass(frozen=True)
class Report:
    """One run of the benchmark."""

    rows: Sequence[Row]
    machine: Machine
    scale: Scale
    seed: int
    command: str
    seconds: float
    left_out: Sequence[str]

    def markdown(self) -> str:
        """For the page: how it came about, the table, what is missing."""
        size = "a tenth of every size" if self.scale.quick else "full size"
        lines = [
            f"`{self.command}`: {self.machine}; seed {self.seed}; {size}, medians of "
            f"{self.scale.runs} interleaved runs; {self.seconds / 60:.1f} minutes.",
            "",
            *_table(self.rows),
            "",
            *(f"Left out: {reason}" for reason in self.left_out or ["nothing."]),
        ]
        return "\n".join(lines)


def met_word(row: Row) -> str:
    """Whether the target was met, in a word."""
    return {True: "yes", False: "**no**", None: "left out"}[row.met]


def _table(rows: Iterable[Row]) -> list[str]:
    cells = [HEADS, ("---",) * len(HEADS)]
    cells += [(r.what, r.ratio, r.target, met_word(r), r.figures, r.remark) for r in rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in cells]


def write(report: Report, page: Path = README) -> None:
    """Put it between the marks of the page. Raises ValueError when it has none."""
    text = page.read_text(encoding="utf-8")
    before, found, rest = text.partition(BEGIN)
    _, found_too, after = rest.partition(END)
    if not (found and found_too):
        raise ValueError(f"{page.name} lacks {BEGIN} or {END}")
    page.write_text(f"{before}{BEGIN}\n{report.markdown()}\n{END}{after}", encoding="utf-8")


def show(row: Row, console: Console) -> None:
    """One row as it comes."""
    console.print(f"[bold]{row.what}[/]: {row.ratio or '-'} (target {row.target}): ", end="")
    console.print(met_word(row).strip("*"), style={True: "green", False: "red"}.get(bool(row.met)))
    for text in filter(None, (*row.figures.split("; "), row.remark)):
        console.print(f"    {text}", markup=False, highlight=False)


def conclude(rows: Iterable[Row], console: Console) -> None:
    """All rows, ratios first."""
    table = Table("what", "ratio", "target", "met")
    for row in rows:
        table.add_row(row.what, row.ratio, row.target, met_word(row).strip("*"))
    console.print(table)
