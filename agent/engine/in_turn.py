"""Several workers that share one thread."""

from __future__ import annotations

from agent.engine.crew import Worker

IDLE = 30.0  # seconds, where there is no worker at all


class InTurn:
    """Several workers in one thread, one after the other: what they do never overlaps."""

    def __init__(self, name: str, *workers: Worker) -> None:
        self.name = name
        self._workers = workers

    def turn(self) -> float:
        """A turn of each, whatever befalls another; the shortest of their waits."""
        waits: list[float] = []
        failure: Exception | None = None
        for worker in self._workers:
            try:
                waits.append(worker.turn())
            except Exception as error:  # the others have their turn first
                failure = failure or error
        if failure is not None:
            raise failure
        return min(waits, default=IDLE)
