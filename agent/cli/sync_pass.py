"""One pass of a running agent: turned into moments for people, judged until it is over."""

from __future__ import annotations

from agent.cli.one_pass import Ending, Patience, Seen
from agent.cli.outcome import MOST_WAITING, Outcome
from agent.cli.progress import Moment
from agent.cli.pulse import Pulse
from agent.cli.restless import Restless
from agent.control.waits import what_waits
from agent.daemon import Agent
from agent.errors import LedgerFull
from agent.model.client import ClientState
from agent.model.document import OPEN, Stage
from agent.model.file import FileState
from agent.words.catalogue import AgentState, words_for

STUCK_LEAST = 60.0  # seconds without any progress before a file counts as never coming to rest
STUCK_QUIETS = 6


class SyncPass:
    """Start it, then call beat() until it gives an ending."""

    def __init__(self, agent: Agent, patience: float) -> None:
        settle = agent.settings.settle
        quiet = max(settle.quiet_seconds, settle.network_quiet_seconds)
        self._agent = agent
        self._patience = Patience(patience, max(STUCK_LEAST, STUCK_QUIETS * quiet))
        self._restless = Restless()
        self._pulse = Pulse(agent, "sync")
        self._filed_before = agent.ledger.counts().documents[Stage.filed]
        self._began = agent.clock.monotonic()
        self._ending = Ending.done
        # by hand and first: whether a root is available is known from an earlier process only
        agent.engine.look.turn()

    def start(self) -> None:
        """Let the workers begin."""
        self._agent.start()

    def beat(self) -> Ending | None:
        """Look at the agent; why the pass is over, None while it goes on.

        Raises the error that ended the work, if one did.
        """
        if self._agent.fatal is not None:
            raise self._agent.fatal
        self._pulse.beat()
        if isinstance(self._agent.trouble, LedgerFull):  # nobody may come to make room
            raise self._agent.trouble
        ending = self._patience.judge(self._seen())
        if ending is not None:
            self._ending = ending
            self._pulse.stop()
        return ending

    def _seen(self) -> Seen:
        agent, now = self._agent, self._agent.clock.monotonic()
        counts = agent.ledger.counts()
        left = self._pulse.look()
        return Seen(
            at=now,
            settled=agent.engine.look.settled,
            unfinished=left,
            trouble=agent.trouble,
            paused=agent.ledger.paused_until() is not None,
            moved=(dict(counts.documents), dict(counts.files), agent.engine.progress.bytes_sent),
            restless=left.only_settling and self._all_restless(now),
        )

    def _all_restless(self, now: float) -> bool:
        return self._restless.all_changed(
            lambda: (
                path
                for path, _ in self._agent.ledger.files_in_state(FileState.settling, MOST_WAITING)
            ),
            now,
            self._patience.stuck,
        )

    def moment(self) -> Moment:
        """How it goes, for people."""
        agent, note = self._agent, self._pulse.note
        counts = agent.ledger.counts()
        filed = counts.documents[Stage.filed] - self._filed_before
        on_line = sum(line.offset for line in note.sending)
        held = agent.ledger.held_by_reason()
        return Moment(
            at=agent.clock.monotonic(),
            state=AgentState.working if note.state is AgentState.idle else note.state,
            filed=filed,
            documents=filed + sum(counts.documents[stage] for stage in OPEN),
            sent=agent.engine.progress.bytes_sent,
            to_send=max(0, agent.ledger.bytes_to_send() - on_line),
            bytes_per_second=note.bytes_per_second,
            settling=counts.files[FileState.settling],
            needing=counts.documents[Stage.failed]
            + counts.clients[ClientState.held]
            + sum(number for reason, number in held.items() if words_for(reason).person),
            why="" if note.trouble is None else note.trouble.text().rstrip("."),
        )

    def outcome(self) -> Outcome:
        """What it came to, once it is over."""
        agent = self._agent
        counts = agent.ledger.counts()
        return Outcome(
            ending=self._ending,
            filed_now=counts.documents[Stage.filed] - self._filed_before,
            filed_before=self._filed_before,
            bytes_sent=agent.engine.progress.bytes_sent,
            seconds=agent.clock.monotonic() - self._began,
            waits=what_waits(agent.ledger, self._pulse.away),
            trouble=agent.trouble,
        )
