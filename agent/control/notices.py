"""Notices: what people are told without asking, each kind once while it lasts (features.md F9).

Pure but for its memory: it is fed with moments and has no clock of its own. What has to survive a
restart is `memory`, text for the ledger.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from agent.control.alarms import FOLDER_AWAY, HOUR, Problem, problems
from agent.control.answers import time_json
from agent.control.digest import Digest
from agent.control.moment import Moment
from agent.control.tellings import Tellings
from agent.model.document import Stage
from agent.words.notices import Told, folders_away

if TYPE_CHECKING:
    from agent.config.settings import NotifySection
    from agent.control.door_shapes import NoticeAnswer

DIGEST = "digest"
MOST = 50  # notices that are kept for whoever asks late
REMEMBERED = 20  # of those, over a restart
NEVER_AGAIN = 0.0
ASLEEP = 300.0  # seconds between two looks after which the machine is taken to have slept


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should be told; `kind` is its stable code, `at` wall clock."""

    id: int
    at: float
    kind: str
    title: str
    text: str
    urgent: bool


class Notices:
    """Decides what is told; fulfils notice_board.NoticeBoard. Any thread may ask."""

    def __init__(self, settings: NotifySection, memory: str | None = None) -> None:
        """`memory` is what the notices before noted, of this or another version."""
        self._settings = settings
        self._lock = threading.Lock()
        self._kept: deque[Notice] = deque(maxlen=MOST)
        self._listeners: tuple[Callable[[NoticeAnswer], None], ...] = ()
        self._last = 0
        self._tellings = Tellings()
        self._begun: float | None = None  # when notices were first looked for
        self._digest: Digest | None = None
        self._looked_at: float | None = None
        self._awake_since = 0.0
        self.recall(memory)

    def recall(self, memory: str | None) -> None:
        """Begin with what was told before; IDs only ever grow."""
        known = _read(memory)
        with self._lock:
            self._last = max(self._last, _whole(known.get("last")))
            self._tellings = Tellings.read(known.get("told"))
            self._begun = _number(known.get("begun"))
            since = _number(known.get("since"))
            if not self._kept:
                self._kept.extend(_notices(known.get("kept")))
            self._last = max(self._last, *(one.id for one in self._kept), 0)
            self._digest = None
            if since is not None:
                self._digest = Digest(self._settings.digest, _whole(known.get("filed")), since)

    def go_by(self, settings: NotifySection) -> None:
        """Go by a changed configuration from now on."""
        with self._lock:
            self._settings = settings
            if self._digest is not None:
                self._digest.when = settings.digest

    def on_notice(self, listener: Callable[[NoticeAnswer], None]) -> None:
        """Call `listener` with each new notice, on the thread that looks; it must not block."""
        self._listeners = (*self._listeners, listener)

    @property
    def memory(self) -> str:
        """What has to survive a restart."""
        with self._lock:
            digest = self._digest
            return json.dumps(
                {
                    "last": self._last,
                    "told": self._tellings.told,
                    "kept": [astuple(one) for one in list(self._kept)[-REMEMBERED:]],
                    "begun": self._begun,
                    "filed": None if digest is None else digest.filed,
                    "since": None if digest is None else digest.since,
                }
            )

    def look(self, moment: Moment) -> Sequence[Notice]:
        """What is to be told at this moment, for the first time; nothing while snoozed."""
        with self._lock:
            told = self._look(moment) if self._settings.enabled else ()
        for notice in told:
            for listener in self._listeners:
                listener(notice_answer(notice))
        return told

    def _look(self, moment: Moment) -> Sequence[Notice]:
        now = moment.facts.now
        self._wake(now)
        digest = self._counted(moment)
        found = tuple(problems(moment, self._settings, self._awake_since, self._begun))
        self._tellings.see((one.key for one in found), now)
        if moment.snoozed_until is not None:
            return ()
        told = [self._notice(now, *one) for one in self._due(found, now)]
        if digest.due(moment.facts):
            said = digest.tell(moment.facts)
            if said is not None:
                told.append(self._notice(now, DIGEST, said, False))
        return tuple(told)

    def after(self, number: int) -> Sequence[NoticeAnswer]:
        """The notices with a higher ID, oldest first; of many the last MOST."""
        with self._lock:
            return tuple(notice_answer(one) for one in self._kept if one.id > number)

    def _wake(self, now: float) -> None:
        """Notice a sleep of the machine, or a clock that was set: both begin anew."""
        if self._looked_at is None or not 0 <= now - self._looked_at <= ASLEEP:
            self._awake_since = now
        if self._begun is None or self._begun > now:
            self._begun = now
        self._looked_at = now

    def _counted(self, moment: Moment) -> Digest:
        facts = moment.facts
        if self._digest is None:
            filed = facts.counts.documents[Stage.filed]
            self._digest = Digest(self._settings.digest, filed, facts.now)
        self._digest.look(facts)
        return self._digest

    def _due(self, found: Iterable[Problem], now: float) -> Sequence[tuple[str, Told, bool]]:
        """Kind, words and urgency of what was not told yet; folders that went together as one."""
        again = self._settings.again_hours * HOUR
        due = [
            one
            for one in found
            if not one.held_back
            and self._tellings.due(one.key, now, NEVER_AGAIN if one.once else again)
        ]
        for one in due:
            self._tellings.tell(one.key, now)
        away = [one.path for one in due if one.kind == FOLDER_AWAY]
        told = [(one.kind, one.told, one.urgent) for one in due if one.kind != FOLDER_AWAY]
        return [(FOLDER_AWAY, folders_away(away), True), *told] if away else told

    def _notice(self, now: float, kind: str, told: Told, urgent: bool) -> Notice:
        self._last += 1
        made = Notice(self._last, now, kind, told.title, told.text, urgent)
        self._kept.append(made)
        return made


def notice_answer(notice: Notice) -> NoticeAnswer:
    """As the control door gives it."""
    return {
        "id": notice.id,
        "at": time_json(notice.at) or "",
        "kind": notice.kind,
        "title": notice.title,
        "text": notice.text,
        "urgent": notice.urgent,
    }


def _read(memory: str | None) -> dict[str, object]:
    try:
        known = json.loads(memory or "{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}


def _notices(known: object) -> Iterator[Notice]:
    """The notices that were kept; what cannot be understood is left out."""
    for entry in known if isinstance(known, list) else ():
        match entry:
            case [
                int() as number,
                int() | float() as at,
                str() as kind,
                str() as title,
                str() as text,
                bool() as urgent,
            ]:
                yield Notice(number, float(at), kind, title, text, urgent)


def _number(told: object) -> float | None:
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    return float(told)


def _whole(told: object) -> int:
    return int(_number(told) or 0)
