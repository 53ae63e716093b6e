"""Facts about the engine as a whole: whose workspace it serves, and whether it is paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import WrongWorkspace
from agent.ledger.pen import Pen, Questions
from agent.model.document import OPEN, Stage
from agent.model.incident import Incident
from agent.model.ingestion import Workspace

if TYPE_CHECKING:
    from agent.ledger.evidence import Mark

_WORKSPACE_ID = "workspace_id"
_WORKSPACE_NAME = "workspace_name"
_PAUSED_UNTIL = "paused_until"
_AGENT_NOTE = "agent_note"
_TOUCHED = "touched"
_SNOOZED_UNTIL = "snoozed_until"
_NOTICES = "notices"
_EVIDENCE = "evidence"
_INCIDENT = "incident"
_DUE = OPEN | {Stage.failed}
_DELAYED = (
    *(f"files SET due_at = 0 WHERE state = '{state}'" for state in ("settling", "held")),
    *(
        f"documents SET due_at = 0 WHERE stage = '{stage.value}'"
        for stage in Stage
        if stage in _DUE
    ),
    "clients SET due_at = 0 WHERE TRUE",
)
FILLED = "SELECT EXISTS (SELECT 1 FROM clients) OR EXISTS (SELECT 1 FROM documents)"


class FactWriting(Pen):
    """The writing of facts in one transaction."""

    def pin(self, workspace: Workspace) -> None:
        """Remember the workspace. Raises WrongWorkspace when another one is remembered."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", (_WORKSPACE_ID,))
        if rows and rows[0][0] != workspace.id:
            raise WrongWorkspace
        self._put(_WORKSPACE_ID, workspace.id)
        self._put(_WORKSPACE_NAME, workspace.name)
        if self._testimony is not None:
            self._testimony.workspace(workspace)

    def pause(self, until: float, who: str) -> None:
        """Pause until a time (math.inf: until resumed); `who` asked for it."""
        self._put(_PAUSED_UNTIL, repr(float(until)))
        self._remember("agent", 0, None, "paused", who)
        if self._testimony is not None:
            self._testimony.paused(until)

    def resume(self, who: str) -> None:
        """End the pause, if there is one."""
        if self._execute("DELETE FROM facts WHERE name = ?", (_PAUSED_UNTIL,)).rowcount:
            self._remember("agent", 0, "paused", "working", who)
            if self._testimony is not None:
                self._testimony.paused(None)

    def touch(self) -> None:
        """Write a few bytes that mean nothing, to see whether anything can be written."""
        self._put(_TOUCHED, "")

    def note_agent(self, note: str) -> None:
        """Write what the running agent says of itself, for `status` in another process."""
        self._put(_AGENT_NOTE, note)

    def snooze(self, until: float) -> None:
        """Tell nothing by itself until a wall clock time; a time that is over ends it."""
        self._put(_SNOOZED_UNTIL, repr(float(until)))

    def note_notices(self, memory: str) -> None:
        """Write which notices were told, for the agent of tomorrow."""
        self._put(_NOTICES, memory)

    def forget_delays(self) -> None:
        """Make every file, document and client due at once that is ever asked whether it is.

        What is filed, known, ignored, missing or lost is not: a million rows need no look.
        """
        for delayed in _DELAYED:
            self._execute(f"UPDATE {delayed} AND due_at <> 0")

    def evidence_mark(self) -> Mark | None:
        """How far the evidence is taken in; None: this ledger has none yet."""
        from agent.ledger.evidence import Mark  # a reading verb has no use for it

        rows = self._rows("SELECT value FROM facts WHERE name = ?", (_EVIDENCE,))
        return Mark.read(rows[0][0]) if rows else None

    def set_evidence_mark(self, mark: Mark) -> None:
        """Write how far the evidence is taken in with this transaction."""
        self._put(_EVIDENCE, mark.text())

    def note_incident(self, incident: Incident, why: str) -> None:
        """Remember what befell the ledger; `why` is its sentence for the history."""
        self._put(_INCIDENT, incident.text())
        self._remember("agent", 0, None, "restored", why)

    def _put(self, name: str, value: str) -> None:
        self._execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


class FactQuestions(Questions):
    """The reading of facts."""

    def workspace(self) -> Workspace | None:
        """The workspace that this ledger was filled for; None before the first sign-in."""
        facts = self._facts()
        if _WORKSPACE_ID not in facts:
            return None
        return Workspace(facts[_WORKSPACE_ID], facts[_WORKSPACE_NAME])

    def paused_until(self) -> float | None:
        """None: not paused; else the time to come when the pause ends (math.inf: for good)."""
        text = self._facts().get(_PAUSED_UNTIL)
        until = None if text is None else float(text)
        return until if until is not None and until > self._clock.now() else None

    def agent_note(self) -> str | None:
        """What the agent that ran last said of itself; it may have been killed since."""
        return self._facts().get(_AGENT_NOTE)

    def snoozed_until(self) -> float | None:
        """None: notices are told; else the time to come when they are told again."""
        text = self._facts().get(_SNOOZED_UNTIL)
        until = None if text is None else float(text)
        return until if until is not None and until > self._clock.now() else None

    def notices_note(self) -> str | None:
        """Which notices were told, as the agent that ran last noted it."""
        return self._facts().get(_NOTICES)

    def evidence_mark(self) -> Mark | None:
        """How far the evidence is taken in; None: this ledger has none yet."""
        from agent.ledger.evidence import Mark  # a reading verb has no use for it

        return Mark.read(self._facts().get(_EVIDENCE))

    def incident(self) -> Incident | None:
        """What befell the ledger last, if it ever had to be restored."""
        return Incident.read(self._facts().get(_INCIDENT))

    def fresh(self) -> bool:
        """Whether no client and no document was ever written."""
        return not self._ask(FILLED)[0][0]

    def _facts(self) -> dict[str, str]:
        return {row[0]: row[1] for row in self._ask("SELECT name, value FROM facts")}
