"""Requests that a server carries out after nobody waits for their answer any more."""

from __future__ import annotations

from collections.abc import Callable

from agent.errors import AgentError


class LateEffects:
    """What is to happen, and when."""

    def __init__(self) -> None:
        self._due: list[tuple[float, Callable[[], object]]] = []

    @property
    def next_at(self) -> float | None:
        """The time of the next one."""
        return min((at for at, _ in self._due), default=None) if self._due else None

    def add(self, at: float, effect: Callable[[], object]) -> None:
        """To be carried out at this time."""
        self._due.append((at, effect))

    def carry_out(self, now: float) -> None:
        """Everything that is due."""
        if not self._due:
            return
        due = [entry for entry in self._due if entry[0] <= now]
        self._due = [entry for entry in self._due if entry[0] > now]
        for _, effect in sorted(due, key=lambda entry: entry[0]):
            try:
                effect()
            except AgentError:
                continue  # nobody hears a late refusal
