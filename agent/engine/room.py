"""Whether the ledger has room: nobody asks Filed for what could not be remembered (row E1, S8)."""

from __future__ import annotations

import threading

from agent.engine.ledger_port import Ledger
from agent.engine.ports import Clock
from agent.errors import LedgerFull

LOOK = 5.0  # seconds between two tries to write while the disk is full


class Room:
    """One for all workers; thread-safe."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._look_at = 0.0
        self.trouble: LedgerFull | None = None

    def lacks(self, error: LedgerFull) -> None:
        """Somebody met the full disk."""
        with self._lock:
            self.trouble = error
            self._look_at = self._clock.monotonic() + LOOK

    def closed_for(self) -> float:
        """Seconds until it is tried again whether something can be written; 0 when it can."""
        with self._lock:
            if self.trouble is None:
                return 0.0
            now = self._clock.monotonic()
            if now < self._look_at:
                return self._look_at - now
            self._look_at = now + LOOK
        try:
            with self._ledger.write() as writing:
                writing.touch()
        except LedgerFull:
            return LOOK
        self.trouble = None
        return 0.0
