"""The running agent as the control door sees it; the composition above fulfils it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agent.config.settings import FolderSection
    from agent.control.note import Note
    from agent.ledger.ledger import Ledger


class Attended(Protocol):
    """One agent at work. Any thread may call; the ledger gives each thread a connection."""

    @property
    def ledger(self) -> Ledger:
        """Its ledger."""

    @property
    def note(self) -> Note:
        """How it goes, as it last noted itself."""

    @property
    def folders(self) -> Sequence[FolderSection]:
        """The configured folders."""

    @property
    def home(self) -> str:
        """The folder of its state, as text."""

    @property
    def config(self) -> str:
        """Its configuration's file, as text."""

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""

    def scan_now(self) -> None:
        """Make a complete scan of every watched folder due at once."""

    def wake(self) -> None:
        """Wake the workers: something that they wait for has changed."""
