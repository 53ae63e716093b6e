"""Watches a running agent from the outside: its state, its rate, its note in the ledger."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import replace

from agent.control.note import Line, Note, Trouble
from agent.daemon import Agent
from agent.errors import AgentError, LedgerFull, RateLimited, SignInNeeded, WrongEndpoint
from agent.ledger.unfinished import Unfinished
from agent.model.root import Root
from agent.words.catalogue import AgentState
from agent.words.show import moment_text
from agent.words.standing import patience

NOTE_EVERY = 2.0  # seconds between two notes while only the rate moves
RATE_WINDOW = 5.0  # seconds over which the rate is taken
NEEDS_A_PERSON = (SignInNeeded, WrongEndpoint)


class Pulse:
    """Feels the agent's pulse at each beat(); all on the thread that calls it."""

    def __init__(self, agent: Agent, verb: str) -> None:
        self._agent = agent
        self._changed = True
        self._noted: Note | None = None
        self._noted_at = 0.0
        self._version = -1
        self._slowed: RateLimited | None = None
        self._patience = ""
        self.config: tuple[str, ...] = ()  # problems of a changed configuration that is not used
        self._bytes: deque[tuple[float, int]] = deque()
        watched = {root.path for root in agent.rules.roots}
        self._watched = tuple(root.id for root in agent.ledger.roots() if root.path in watched)
        now = agent.clock.now()
        self.note = Note(os.getpid(), verb, now, AgentState.looking, now, roots=self._watched)
        self.unfinished = Unfinished(0, 0, 0, 0, 0, 0, 0)
        self.away: tuple[Root, ...] = ()
        agent.ledger.on_change(self._mark)

    def _mark(self) -> None:
        self._changed = True

    def beat(self) -> bool:
        """Look at the agent, and note what is new; whether there may be. Raises LedgerTrouble."""
        self._listen_outside()
        rate = self._rate()
        moving = self.note.state not in (AgentState.idle, AgentState.stopped)
        news = self._changed or moving or self._agent.trouble is not None or self._stands_apart()
        if news:
            self._changed = False
            self.look()
        told = self._agent.engine.progress.sending
        shown = self.note.bytes_per_second or self.note.sending or self._noted != self.note
        if not (news or told or round(rate) or shown):
            return False  # an agent without work is to cost next to nothing
        lines = tuple(Line(one.document_id, one.offset, one.size) for one in told)
        self._write(replace(self._now_noted(), bytes_per_second=round(rate), sending=lines))
        return news

    def _stands_apart(self) -> bool:
        """Whether what no change of the ledger tells is other than was noted."""
        settled = self._agent.engine.look.settled
        noted = self.note
        told = (self._limits(), self.config, self._contacted_at())
        return not settled or told != (noted.limits, noted.config, noted.contacted_at)

    def stop(self) -> None:
        """Note that the agent stops."""
        now = self._agent.clock.now()
        ended = replace(
            self.note, state=AgentState.stopped, since=now, sending=(), bytes_per_second=0.0
        )
        self._put(ended)

    def _listen_outside(self) -> None:
        """A pause or a retry that another process wrote rings the workers awake."""
        version = self._agent.ledger.version_outside()
        if version != self._version:
            self._version = version
            self._changed = True
            self._agent.engine.bell.ring()

    def look(self) -> Unfinished:
        """What is unfinished just now, and which watched folders are away. Raises LedgerTrouble."""
        roots = {root.id: root for root in self._agent.ledger.roots()}
        mine = [roots[number] for number in self._watched]
        self.away = tuple(root for root in mine if root.unavailable is not None)
        there = [root.id for root in mine if root.unavailable is None]
        self.unfinished = self._agent.ledger.unfinished(there)
        return self.unfinished

    def _now_noted(self) -> Note:
        trouble = self._agent.trouble
        state = self._state(trouble)
        since = self.note.since if state is self.note.state else self._agent.clock.now()
        return replace(
            self.note,
            state=state,
            since=since,
            trouble=None if trouble is None else self._told(trouble),
            limits=self._limits(),
            config=self.config,
            contacted_at=self._contacted_at(),
        )

    def _told(self, trouble: AgentError) -> Trouble:
        """The trouble in words; where Filed asked for patience, until when."""
        told = Trouble.of(trouble)
        if not isinstance(trouble, RateLimited):
            return told
        if trouble is not self._slowed:
            now = self._agent.clock.now()
            self._slowed = trouble
            self._patience = patience(moment_text(now + trouble.retry_after, now))
        return replace(told, said=self._patience)

    def _contacted_at(self) -> float | None:
        return self._agent.engine.gate.contacted_at

    def _limits(self) -> tuple[str, ...]:
        away = {root.path for root in self.away}
        told = self._agent.limits().items()
        return tuple(sorted({said for root, said in told if root not in away}))

    def _state(self, trouble: AgentError | None) -> AgentState:
        if isinstance(trouble, LedgerFull):
            return AgentState.disk_full
        if self._agent.ledger.paused_until() is not None:
            return AgentState.paused
        if isinstance(trouble, NEEDS_A_PERSON):
            return AgentState.signed_out
        if trouble is not None and not isinstance(trouble, RateLimited):
            return AgentState.offline
        if not self._agent.engine.look.settled:
            return AgentState.looking
        return AgentState.idle if self.unfinished.nothing else AgentState.working

    def _rate(self) -> float:
        now, sent = self._agent.clock.monotonic(), self._agent.engine.progress.bytes_sent
        self._bytes.append((now, sent))
        while self._bytes[0][0] < now - RATE_WINDOW:
            self._bytes.popleft()
        before, then = self._bytes[0]
        return (sent - then) / (now - before) if now > before else 0.0

    def _write(self, note: Note) -> None:
        now = self._agent.clock.monotonic()
        old, self.note = self._noted, note
        news = old is None or (note.state, note.trouble, note.limits, note.config) != (
            old.state,
            old.trouble,
            old.limits,
            old.config,
        )
        if news or (note != old and now >= self._noted_at + NOTE_EVERY):
            self._noted_at = now
            self._put(note)

    def _put(self, note: Note) -> None:
        """Write the note; on a full disk `status` sees for itself (agent.control.full)."""
        self.note = self._noted = note
        try:
            with self._agent.ledger.write(light=True) as writing:
                writing.note_agent(note.text())
        except LedgerFull:
            self._noted = None
