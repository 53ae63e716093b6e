"""The ledger's daily copy: made, checked wholly, and kept for the day on which it is needed.

The check is the ledger's own as well: what is damaged shows within a day, without anybody waiting
for it. Damage ends the agent; its next start restores the ledger (reliability.md E2, L4).
"""

from __future__ import annotations

import logging

from agent.engine.ledger_port import Backups
from agent.engine.ports import Clock
from agent.errors import LedgerDamaged, LedgerTrouble

log = logging.getLogger(__name__)

DAY = 86_400.0
LOOK = 3_600.0  # seconds between two looks at the newest copy's age


class Keep:
    """Makes a copy when the newest one is older than a day and something happened since."""

    name = "keep"

    def __init__(self, backups: Backups, clock: Clock) -> None:
        self._backups = backups
        self._clock = clock
        self._next_look = clock.monotonic()

    def turn(self) -> float:
        """Look once an hour whether a copy is due. A copy that fails stops nothing else."""
        now = self._clock.monotonic()
        if now < self._next_look:  # every write to the ledger wakes all workers
            return self._next_look - now
        self._next_look = now + LOOK
        try:
            if self._due() and self._backups.back_up():
                log.info("the ledger was copied, and the copy is sound")
        except LedgerDamaged:
            raise
        except LedgerTrouble as trouble:
            log.warning("the ledger's daily copy failed: %s", trouble.said)
        return LOOK

    def _due(self) -> bool:
        """A wall clock that was set back makes a copy too many, never one too few."""
        copied_at = self._backups.copied_at()
        return copied_at is None or not 0 <= self._clock.now() - copied_at < DAY
