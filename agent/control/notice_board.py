"""What the door asks of whoever decides which notices people get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from agent.control.door_shapes import NoticeAnswer


class NoticeBoard(Protocol):
    """The notices of one agent process. Any thread may call."""

    def after(self, number: int) -> Sequence[NoticeAnswer]:
        """Those with a greater ID, oldest first."""

    def on_notice(self, listener: Callable[[NoticeAnswer], None]) -> None:
        """Call `listener` with each new one; it must not block."""


class NoNotices:
    """A board on which nothing is ever put up."""

    def after(self, number: int) -> Sequence[NoticeAnswer]:
        """None."""
        return ()

    def on_notice(self, listener: Callable[[NoticeAnswer], None]) -> None:
        """Never called."""
