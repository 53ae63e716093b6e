"""Where lines go: a terminal with one line that moves, a pipe with plain lines, or nowhere.

An agent works on when nobody reads its words any more: the reader of the pipe has gone, the journal
restarts, the terminal was closed.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from datetime import datetime
from typing import TextIO

from agent.model.naming import safe_text


class Screen:
    """Lines for a pipe or a journal, each with the time of day; `now` shows nothing there."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def line(self, text: str) -> None:
        """Say one thing that stays."""
        moment = datetime.now().astimezone().strftime("%H:%M:%S")
        self._put(f"{moment} {safe_text(text)}\n")

    def _put(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except OSError:
            _to_nowhere(self._out)

    def now(self, text: str) -> None:
        """How it goes this moment."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Terminal(Screen):
    """A terminal: the last line is written over, lines that stay go above it."""

    def __init__(self, out: TextIO, columns: int = 0) -> None:
        super().__init__(out)
        self._columns = columns
        self._shown = ""

    def line(self, text: str) -> None:
        """Say one thing that stays, above the line that moves."""
        self._clear()
        super().line(text)
        self._draw()

    def now(self, text: str) -> None:
        """Show how it goes, in the place of what was shown before."""
        if text != self._shown:
            self._clear()
            self._shown = text
            self._draw()

    def close(self) -> None:
        """Take the moving line away."""
        self._clear()
        self._shown = ""

    def _clear(self) -> None:
        if self._shown:
            self._put("\r" + " " * (self._width() - 1) + "\r")

    def _draw(self) -> None:
        if self._shown:
            self._put(self._shown[: self._width() - 1])

    def _width(self) -> int:
        return self._columns or shutil.get_terminal_size().columns


class Silent(Screen):
    """No standard output at all, as in a Windows service."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())

    def line(self, text: str) -> None:
        """Nobody hears it."""


def _to_nowhere(out: TextIO) -> None:
    """Lead a stream that cannot be written to nowhere, with what it still holds: the interpreter
    writes that out at its end, and would fail once more."""
    try:
        descriptor = out.fileno()
    except OSError:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def screen(out: TextIO | None = None) -> Screen:
    """The one that fits standard output, or the stream given."""
    out = out or sys.stdout
    if out is None:
        return Silent()
    return Terminal(out) if out.isatty() else Screen(out)
