"""Who asks at the control door, and what they may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from agent.control.accounts import account_name


class Role(IntEnum):
    """Each includes those before it."""

    look = 1
    steer = 2
    administer = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who showed a credential. `uid` is their account, where accounts have numbers, `by`
    what they ask with, as far as known; `by_cookie` says that it is a browser, which other pages
    can make ask as well."""

    role: Role
    uid: int | None
    by: str = ""
    by_cookie: bool = False

    @property
    def name(self) -> str:
        """For the history. The accounts may be kept far away: not for the event loop."""
        return account_name(self.uid) + (self.by and f" by {self.by}")

    @property
    def at_page(self) -> Caller:
        """The same person through a browser that they let in."""
        return replace(self, by="the page", by_cookie=True)
