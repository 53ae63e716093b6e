"""The running agent as its control door sees it (agent.control.attended.Attended)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.cli.pulse import Pulse
from agent.config.settings import FolderSection
from agent.control.full import as_it_is
from agent.control.note import Note
from agent.daemon import Agent
from agent.ledger.ledger import Ledger


class AttendedAgent:
    """One agent with its pulse; any thread may ask."""

    def __init__(self, agent: Agent, pulse: Pulse, config: Path) -> None:
        self._agent = agent
        self._pulse = pulse
        self._config = config

    @property
    def ledger(self) -> Ledger:
        """Its ledger."""
        return self._agent.ledger

    @property
    def note(self) -> Note:
        """How it goes, as it last noted itself; of a full disk at once."""
        note = self._pulse.note
        return as_it_is(note, self._agent.home.folder, self.now()) or note

    @property
    def folders(self) -> Sequence[FolderSection]:
        """The configured folders."""
        return self._agent.settings.folder

    @property
    def home(self) -> str:
        """The folder of its state."""
        return str(self._agent.home.folder)

    @property
    def config(self) -> str:
        """Its configuration's file."""
        return str(self._config)

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""
        return self._agent.clock.now()

    def scan_now(self) -> None:
        """Make a complete scan of every watched folder due at once."""
        self._agent.engine.look.scan_now()
        self.wake()

    def wake(self) -> None:
        """Wake the workers."""
        self._agent.engine.bell.ring()
