"""A part of all clients: several workers of one kind, each with clients of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """Every `count`-th client by its ID, from `index` on. No client is in two parts of a count."""

    index: int = 0
    count: int = 1

    def holds(self, client_id: int) -> bool:
        """Whether this client belongs to it."""
        return client_id % self.count == self.index


WHOLE = Part()


def parts(count: int) -> tuple[Part, ...]:
    """All clients in so many parts."""
    return tuple(Part(index, count) for index in range(count))
