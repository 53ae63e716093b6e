"""Notices that were raised while no icon listened: which of them are still worth showing.

The agent keeps its last notices (GET /v1/notices), and its numbers may begin anew when it starts
again; so a notice is known by its number and its time together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agent.control.door_shapes import NoticeAnswer
from agent.words import tray as words
from agent.words.show import moment_text

MOST = 3  # shown one by one; of the others only the number
OLDEST = 86_400.0  # seconds
KEPT = 500  # ten times what an agent keeps
FINE = ("fine", "working")  # health in which nothing urgent waits any more
MORE = "more"  # the kind of the notice that counts the others


class Shown:
    """The notices that this icon has shown."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], None] = {}

    def is_new(self, notice: NoticeAnswer) -> bool:
        """Whether it was not shown yet; from now on it was."""
        pair = (notice["id"], notice["at"])
        if pair in self._known:
            return False
        self._known[pair] = None
        while len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return True


def worth_showing(notices: Sequence[NoticeAnswer], health: str, at: str) -> Sequence[NoticeAnswer]:
    """The most important ones of the last day, oldest first, with their time; then how many more.

    `health` is the agent's and `at` its time now (SnapshotAnswer). While all is well, an urgent
    notice tells of something that has been solved, and counts no more than others. Raises
    ValueError where `at` is no time.
    """
    now = datetime.fromisoformat(at).timestamp()
    late = sorted((one for one in notices if 0 <= now - _at(one) < OLDEST), key=_at)
    unsolved = health not in FINE
    ranked = sorted(late, key=lambda one: (one["urgent"] and unsolved, _at(one)), reverse=True)
    chosen = sorted(ranked[:MOST], key=_at)
    shown = [_with_time(one, now) for one in chosen]
    if len(late) > MOST:
        shown.append(_more(len(late) - MOST, late[-1]))
    return shown


def _at(notice: NoticeAnswer) -> float:
    """When it was raised; long ago where that cannot be read."""
    try:
        return datetime.fromisoformat(notice["at"]).timestamp()
    except ValueError:
        return -OLDEST


def _with_time(notice: NoticeAnswer, now: float) -> NoticeAnswer:
    text = words.late_text(notice["text"], moment_text(_at(notice), now))
    return {**notice, "text": text}


def _more(number: int, last: NoticeAnswer) -> NoticeAnswer:
    told = words.more_text(number)
    return {**last, "kind": MORE, "title": words.NAME, "text": told, "urgent": False}
