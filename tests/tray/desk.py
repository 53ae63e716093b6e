"""A person's desk for the whole tray: its process, and openers that only take notes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit.process import wait_for

OPENER = """\
#!/bin/sh
printf '%s\\n' "$(basename "$0")" "$@" >> '{notes}'
echo >> '{notes}'
"""


@dataclass
class Desk:
    """The tray as a process of its own."""

    process: subprocess.Popen[bytes]
    notes: Path
    words: Path

    def opened(self) -> list[list[str]]:
        """Each opener that was started: its name and its words."""
        text = self.notes.read_text() if self.notes.exists() else ""
        return [part.split("\n") for part in text.split("\n\n") if part]

    def last_opened(self, count: int) -> list[str]:
        """The one that was started as number `count`."""
        wait_for(lambda: len(self.opened()) >= count, f"opener {count}: {self.said()}", 20)
        return self.opened()[count - 1]

    def outlasts(self, seconds: float) -> None:
        """Let time pass; it is to be there all the while."""
        with pytest.raises(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def ticks(self) -> int:
        """The processor time that it used, in hundredths of a second."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return sum(int(number) for number in stat.rpartition(")")[2].split()[11:13])

    def said(self) -> str:
        """What the tray printed."""
        return self.words.read_text()


@contextmanager
def tray(env: Mapping[str, str], folder: Path, bus: str | None) -> Iterator[Desk]:
    """`filed-agent tray` on this bus; ended by its id."""
    openers = folder / "openers"
    openers.mkdir()
    notes, words = folder / "opened.txt", folder / "tray.txt"
    for name in ("xdg-open", "x-terminal-emulator"):
        (openers / name).write_text(OPENER.format(notes=notes))
        (openers / name).chmod(0o755)
    ours = {**env, "PATH": f"{openers}:{os.environ['PATH']}", "PYTHONWARNINGS": "error"}
    ours.pop("DBUS_SESSION_BUS_ADDRESS", None)
    if bus is not None:
        ours["DBUS_SESSION_BUS_ADDRESS"] = bus
    with words.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "agent", "tray"],
            env=ours,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Desk(process, notes, words)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()
            process.wait(20)
