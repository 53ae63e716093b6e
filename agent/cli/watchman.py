"""Feeds the notices while an agent is at work: what is known, and what was told in the ledger."""

from __future__ import annotations

from agent.control.health import Facts
from agent.control.moment import moment_of
from agent.control.note import Note
from agent.control.notices import Notices
from agent.daemon import Agent
from agent.errors import LedgerFull

LOOK_EVERY = 60.0  # seconds between two looks while nothing is new
LOOK_LEAST = 2.0  # seconds between two looks while everything is


class Watchman:
    """One for a shift; `notices` outlive it. Made before the first pulse, all on its thread."""

    def __init__(self, agent: Agent, notices: Notices) -> None:
        """Raises LedgerTrouble."""
        self._agent = agent
        self._notices = notices
        self._next = agent.clock.monotonic()
        self._news = False
        before = Note.read(agent.ledger.agent_note())
        self._contacted = None if before is None else before.contacted_at
        notices.go_by(agent.settings.notify)
        notices.recall(agent.ledger.notices_note())
        self._written = notices.memory

    def due(self, *, news: bool) -> bool:
        """Whether beat() is to be called now; cheap."""
        self._news = self._news or news
        late = self._agent.clock.monotonic() - self._next
        return late >= LOOK_EVERY or (self._news and late >= LOOK_LEAST)

    def beat(self, facts: Facts) -> None:
        """Look, tell, and remember what was told. Raises LedgerTrouble."""
        self._next = self._agent.clock.monotonic()
        self._news = False
        self._contacted = self._agent.engine.gate.contacted_at or self._contacted
        names = self._agent.settings.notify.client_names
        self._notices.look(moment_of(self._agent.ledger, facts, self._contacted, names=names))
        memory = self._notices.memory
        if memory != self._written:
            self._remember(memory)

    def _remember(self, memory: str) -> None:
        """On a full disk it is tried again with the next look."""
        try:
            with self._agent.ledger.write(light=True) as writing:
                writing.note_notices(memory)
        except LedgerFull:
            return
        self._written = memory
