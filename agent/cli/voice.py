"""What `run` says: one line when something changed; at a terminal also how it goes just now."""

from __future__ import annotations

from typing import Protocol

from agent.cli.screen import Screen
from agent.control.health import Facts, Verdict, verdict
from agent.control.note import Note
from agent.model.document import Stage
from agent.model.root import Root
from agent.words.catalogue import AGENT_STATES, AgentState
from agent.words.show import counted, path_text, size_text

QUIET = (AgentState.working, AgentState.looking)


class Felt(Protocol):
    """What a Pulse knows of the agent."""

    @property
    def note(self) -> Note:
        """The state now."""

    @property
    def away(self) -> tuple[Root, ...]:
        """Watched folders that are unavailable."""


class Voice:
    """Turns what changed into lines; says everything once, and once more when it is over."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._state: AgentState | None = None
        self._away: dict[int, Root] = {}
        self._limits: frozenset[str] = frozenset()
        self._said = ""

    def tell(self, pulse: Felt, facts: Facts) -> None:
        """Say what is new since the last call."""
        found = verdict(facts)
        self._tell_roots(pulse.away)
        for limit in sorted(frozenset(pulse.note.limits) - self._limits):
            self._screen.line(limit)
        self._limits = frozenset(pulse.note.limits)
        self._tell_state(pulse, found)
        self._screen.now(_now_text(pulse, facts, found))

    def _tell_roots(self, away: tuple[Root, ...]) -> None:
        now = {root.id: root for root in away}
        for number, root in now.items():
            old = self._away.get(number)
            if old is None or old.unavailable != root.unavailable:
                self._screen.line(f"{path_text(root.path)} is unavailable: {root.unavailable}")
        for number, root in self._away.items():
            if number not in now:
                self._screen.line(f"{path_text(root.path)} is there again.")
        self._away = now

    def _tell_state(self, pulse: Felt, found: Verdict) -> None:
        state, trouble = pulse.note.state, pulse.note.trouble
        if state is self._state:
            return
        old, self._state = self._state, state
        if old in (AgentState.offline, AgentState.signed_out) and trouble is None:
            self._say("Filed answers again.")
        elif old is AgentState.disk_full:
            self._say("The disk has room again; the work goes on.")
        elif old is AgentState.paused and state is not AgentState.paused:
            self._say("Sending goes on.")
        if trouble is not None and state is not AgentState.paused:
            self._say(trouble.text())
        elif state not in QUIET:  # those come with every file; what they lead to is said
            self._say(found.sentence)

    def _say(self, sentence: str) -> None:
        if sentence != self._said:
            self._said = sentence
            self._screen.line(sentence)


def _now_text(pulse: Felt, facts: Facts, found: Verdict) -> str:
    """One short line: the state, what is on the line, how much is done."""
    parts = [AGENT_STATES[pulse.note.state]]
    filed = facts.counts.documents[Stage.filed]
    parts.append(f"{counted(filed, 'document')} filed")
    if facts.waiting:
        parts.append(f"{facts.waiting:,} on the way")
    if facts.needing:
        parts.append(f"{facts.needing:,} need you")
    if pulse.note.sending:
        parts.append(f"{size_text(pulse.note.bytes_per_second)}/s")
    return " · ".join(parts)
