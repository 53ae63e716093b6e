"""Who asks at the control door, and what they may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum


class Role(IntEnum):
    """Each includes those before it."""

    look = 1
    steer = 2
    administer = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who showed a credential. `uid` is known of those at the Unix socket; `by_cookie`
    says that a browser speaks, which other pages can make speak as well."""

    role: Role
    name: str
    uid: int | None = None
    by_cookie: bool = False

    @property
    def at_page(self) -> Caller:
        """The same person through a browser that they let in."""
        name = self.name if self.by_cookie else f"{self.name} by the page"
        return replace(self, name=name, by_cookie=True)
