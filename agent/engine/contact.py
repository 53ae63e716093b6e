"""A cheap question to Filed when nothing else was asked for long (features.md F10).

So a revoked key or a dead line shows on the day it happens, not on the day somebody scans again.
"""

from __future__ import annotations

from agent.engine.gate import Gate
from agent.engine.ports import Clock
from agent.engine.rules import Rules
from agent.errors import AgentError

SOON = 60.0  # seconds after the start; by then the first work has asked, where there was any
LEAST = 5.0  # seconds between two looks at a closed gate: nobody waits for this answer
NEVER = 3_600.0  # seconds between two turns of a worker that has nothing to do


class Contact:
    """Asks which workspace the key belongs to, once Filed's last answer is too old."""

    name = "contact"

    def __init__(self, gate: Gate, clock: Clock, rules: Rules) -> None:
        self._gate = gate
        self._clock = clock
        self._most = rules.contact_seconds
        self._first = clock.monotonic() + min(SOON, self._most)

    def turn(self) -> float:
        """Ask when it is due and the gate is open; a question that failed is repeated."""
        if not self._most:
            return NEVER
        if wait := self._due_in():
            return wait
        if wait := self._gate.closed_for():
            return max(wait, LEAST)
        try:
            self._gate.ask_workspace()
        except AgentError as error:
            if not self._gate.failed(error, changed=False):
                raise
            return max(self._gate.closed_for(), LEAST)
        self._gate.fine(changed=False)
        return self._due_in()

    def _due_in(self) -> float:
        """Seconds until the next question. A wall clock that is set makes one too many."""
        answered = self._gate.contacted_at
        if answered is None:
            return max(0.0, self._first - self._clock.monotonic())
        age = self._clock.now() - answered
        return max(0.0, self._most - age) if age >= 0 else 0.0
