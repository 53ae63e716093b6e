"""What is seen while the demo runs: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from agent.ledger.ledger import Ledger
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.naming import safe_text
from agent.words.show import size_text

PLAIN_PAUSE = 3.0  # seconds between two plain lines


@dataclass(frozen=True)
class Moment:
    """How far everything is; sizes in bytes. `sending` is the largest document on the line."""

    seconds: float
    saved: int
    documents: int
    filed: int
    settling: int
    sent: int
    at_filed: int
    waiting: int
    bytes_at_filed: int
    bytes_known: int
    sending: tuple[str, int, int] | None

    @classmethod
    def take(cls, ledger: Ledger, seconds: float, saved: int, documents: int) -> Moment:
        """Ask the ledger; `saved` files hold so many `documents`."""
        counts = ledger.counts()
        stages, files = counts.documents, counts.files
        rows = ledger.documents(stage=Stage.uploading)
        largest = max(rows, key=lambda row: row.size, default=None)
        return cls(
            seconds=seconds,
            saved=saved,
            documents=documents,
            filed=stages[Stage.filed],
            settling=files[FileState.settling],
            sent=stages[Stage.ready] + stages[Stage.uploading],
            at_filed=stages[Stage.uploaded] + stages[Stage.attaching] + stages[Stage.ingesting],
            waiting=files[FileState.held] + stages[Stage.failed],
            bytes_at_filed=counts.bytes_filed + sum(row.offset for row in rows),
            bytes_known=counts.bytes_filed + counts.bytes_open,
            sending=None if largest is None else (largest.name, largest.offset, largest.size),
        )


class Show(Protocol):
    """Where the demo tells how it goes."""

    def __enter__(self) -> Show: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def say(self, seconds: float, text: str, style: str = "") -> None:
        """Something happened, so many seconds after the start."""

    def update(self, moment: Moment) -> None:
        """How far it is now."""


def show_on(console: Console) -> Show:
    """Bars for a terminal, lines for a pipe or a file."""
    return Bars(console) if console.is_terminal else Lines(console)


def _told(seconds: float, text: str, style: str) -> Text:
    return Text.assemble((f"{seconds:5.0f} s  ", "dim"), (safe_text(text), style))


def _on_the_way(moment: Moment) -> str:
    return (
        f"{moment.settling} settling · {moment.sent} to send · "
        f"{moment.at_filed} at Filed, being filed · {moment.waiting} waiting"
    )


class Lines:
    """One line every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = 0.0

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is open."""

    def say(self, seconds: float, text: str, style: str = "") -> None:
        """Print it."""
        self._console.print(_told(seconds, text, style), soft_wrap=True)

    def update(self, moment: Moment) -> None:
        """Print it, if the last line is old enough."""
        if moment.seconds < self._next:
            return
        self._next = moment.seconds + PLAIN_PAUSE
        text = (
            f"{moment.saved} files saved, {moment.filed} of {moment.documents} documents filed, "
            f"{size_text(moment.bytes_at_filed)} at Filed ({_on_the_way(moment)})"
        )
        self.say(moment.seconds, text)


class Bars:
    """Three bars and a line that stay at the bottom, events above them."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("  {task.description:<16}", markup=False),
            BarColumn(bar_width=34, complete_style="green", finished_style="green"),
            TextColumn("{task.fields[said]}", markup=False),
            console=console,
        )
        self._documents = self._bar("Documents filed")
        self._bytes = self._bar("Bytes at Filed")
        self._sending = self._bar("Largest on line")
        self._line = Text()
        self._live = Live(
            Group(Text(), self._progress, self._line),
            console=console,
            refresh_per_second=8,
            transient=True,
        )

    def _bar(self, name: str) -> TaskID:
        return self._progress.add_task(name, total=None, said="")

    def __enter__(self) -> Bars:
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def say(self, seconds: float, text: str, style: str = "") -> None:
        """Print it above the bars."""
        self._live.console.print(_told(seconds, text, style), soft_wrap=True)

    def update(self, moment: Moment) -> None:
        """Move the bars."""
        self._set(
            self._documents, moment.filed, moment.documents, f"{moment.filed} of {moment.documents}"
        )
        known = max(moment.bytes_known, 1)
        said = f"{size_text(moment.bytes_at_filed)} of {size_text(known)}"
        self._set(self._bytes, moment.bytes_at_filed, known, said)
        name, offset, size = moment.sending or ("", 0, 1)
        said = f"{size_text(offset)} of {size_text(size)}  {safe_text(name)[:32]}" if name else ""
        self._set(self._sending, offset, size, said)
        self._progress.update(self._sending, visible=bool(name))
        self._line.plain = f"  {moment.seconds:.0f} s · {_on_the_way(moment)}"
        self._line.stylize("dim")

    def _set(self, bar: TaskID, done: int, total: int, said: str) -> None:
        self._progress.update(bar, completed=done, total=total, said=said)
