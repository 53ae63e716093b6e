"""How a pass goes, while it goes: a bar at a terminal, plain lines in a pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

from agent.words.catalogue import AGENT_STATES, AgentState
from agent.words.show import counted, duration_text, size_text

LINE_EVERY = 10.0  # seconds between two lines in a pipe while nothing but numbers change


@dataclass(frozen=True, slots=True)
class Moment:
    """The pass at one moment. Sizes in bytes, times in seconds; `why` tells what it waits for."""

    at: float
    state: AgentState
    filed: int
    documents: int
    sent: int
    to_send: int
    bytes_per_second: float
    settling: int
    needing: int
    why: str = ""

    @property
    def time_left(self) -> float | None:
        """Seconds until the rest is sent at this rate; None where that cannot be told."""
        if self.to_send <= 0 or self.bytes_per_second < 1:
            return None
        return self.to_send / self.bytes_per_second

    @property
    def numbers(self) -> str:
        """Documents, bytes, rate, time left; empty before the first document."""
        if not self.documents:
            return ""
        parts = [f"{self.filed:,} of {counted(self.documents, 'document')} filed"]
        parts.append(f"{size_text(self.sent)} of {size_text(self.sent + self.to_send)} sent")
        if self.bytes_per_second >= 1:
            parts.append(f"{size_text(self.bytes_per_second)}/s")
        if self.time_left is not None and self.time_left >= 1:
            parts.append(f"about {duration_text(self.time_left)} left")
        return ", ".join(parts)

    @property
    def waits(self) -> str:
        """What is not on the line, and why."""
        parts = [self.why] if self.why else []
        if self.settling:
            parts.append(f"{counted(self.settling, 'file')} may still be written")
        if self.needing:
            parts.append(f"{self.needing:,} {'needs' if self.needing == 1 else 'need'} you")
        return "; ".join(parts)


class View(Protocol):
    """Shows moments."""

    def show(self, moment: Moment) -> None:
        """Show this one."""

    def close(self) -> None:
        """The pass is over."""


class PlainView:
    """One line when the state changes, and every ten seconds while it goes on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: tuple[AgentState, str] | None = None
        self._next = 0.0

    def show(self, moment: Moment) -> None:
        """Write a line where there is news."""
        news = (moment.state, moment.why)
        if news == self._said and moment.at < self._next:
            return
        told = "; ".join(part for part in (moment.numbers, moment.waits) if part)
        if told:
            self._console.print(f"{AGENT_STATES[moment.state]}: {told}.")
        self._said, self._next = news, moment.at + LINE_EVERY

    def close(self) -> None:
        """Nothing is left open."""


class BarView:
    """A bar over the documents, with the numbers below; gone when the pass is over."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            console=console,
            auto_refresh=False,
        )
        self._task = self._bar.add_task("", total=None)
        self._live = Live(Group(self._bar), console=console, auto_refresh=False, transient=True)

    def show(self, moment: Moment) -> None:
        """Draw the moment."""
        if not self._live.is_started:
            self._live.start()
        bytes_all = moment.sent + moment.to_send
        # half of the way is the sending, the other half is Filed's own work
        done = moment.filed / moment.documents if moment.documents else 0.0
        sent = moment.sent / bytes_all if bytes_all else done
        self._bar.update(
            self._task,
            description=AGENT_STATES[moment.state],
            total=1.0 if moment.documents else None,
            completed=(done + sent) / 2,
        )
        lines: list[RenderableType] = [self._bar, Text(moment.numbers)]
        if moment.waits:
            lines.append(Text(moment.waits, style="yellow"))
        self._live.update(Group(*lines), refresh=True)

    def close(self) -> None:
        """Take it all away; the outcome is printed in its place."""
        self._live.stop()


def view(console: Console) -> View:
    """The view that fits the console."""
    return BarView(console) if console.is_terminal else PlainView(console)
