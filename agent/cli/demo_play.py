"""The play itself: the firm works, the agent files, dies once and comes back, until all is done."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from agent.cli.demo_check import Expected, Paper, expected_of, unexplained
from agent.cli.demo_page import StatusPage
from agent.cli.demo_show import Moment, Show
from agent.cli.demo_stage import AgentProcess
from agent.cli.made_up_day import Day
from agent.ledger.ledger import Ledger
from agent.model.document import Stage
from agent.model.file import FileState
from agent.system.clock import SystemClock
from agent.words.show import size_text

TICK = 0.1  # seconds between two looks
LOOK = 0.3  # and between two questions to the ledger
DEATH_EARLY, DEATH_LATE = 0.15, 0.6  # of the day: when the agent may, and when it must, be killed
PATIENCE = 60.0  # without any progress for so long, the demo gives up and tells what is missing
ALL = 1_000_000  # documents: every one


@dataclass
class Play:
    """One performance. `expected` is known once the day is over."""

    day: Day
    agent: AgentProcess
    ledger: Ledger
    show: Show
    page: StatusPage | None = None
    expected: Expected = field(default_factory=Expected)
    killed: bool = False
    _clock: SystemClock = field(default_factory=SystemClock)
    _began: float = 0.0

    def run(self) -> None:
        """Until every document is filed, or nothing moved for a minute. Raises AgentEnded."""
        self._began = self._clock.monotonic()
        self._start()
        self._live_the_day()
        self.expected = expected_of(self.day.firm)
        self._wait_for_filed()

    @property
    def seconds(self) -> float:
        """Since the agent was started."""
        return self._clock.monotonic() - self._began

    def unexplained(self) -> list[str]:
        """What the agent's list of what waits leaves out, or has too much."""
        return unexplained(self.day.firm, self.ledger.waiting())

    def _start(self) -> None:
        self.agent.start()
        if self.page is not None:
            self.page.agent_started(self.seconds)

    def _live_the_day(self) -> None:
        looked = 0.0
        pause = threading.Event()
        while not self.day.over:
            self.day.live(self.seconds)
            for text in self.day.tell():
                self.show.say(self.seconds, text)
            if self.seconds >= looked:
                looked = self.seconds + LOOK
                self._look()
            pause.wait(TICK)
        self.show.say(self.seconds, "the day at the firm is over; the agent files what is left")

    def _look(self) -> Moment:
        self.agent.check()
        if self.page is not None:
            self.page.look(self.seconds)
        firm = self.day.firm
        moment = Moment.take(self.ledger, self.seconds, len(firm.files), firm.documents)
        self.show.update(moment)
        if not self.killed and not self.day.over and self._is_time_to_die(moment):
            self.killed = True
            self._kill(moment)
        return moment

    def _kill(self, moment: Moment) -> None:
        """No warning, no last word: a restart must be the same as a start."""
        self.agent.kill()
        name, offset, size = moment.sending or ("", 0, 0)
        doing = f", {size_text(offset)} of {size_text(size)} sent of {name}" if name else ""
        self.show.say(self.seconds, f"the agent is KILLED in the middle of its work{doing}", "red")
        self._start()
        self.show.say(self.seconds, "... and started again, without being told what happened")

    def _is_time_to_die(self, moment: Moment) -> bool:
        """While the big scan is on the line, if that can be had."""
        share = self.seconds / self.day.seconds
        in_the_middle = moment.sending is not None and moment.sending[1] > 0
        return share >= DEATH_LATE or (share >= DEATH_EARLY and in_the_middle)

    def _wait_for_filed(self) -> None:
        before: object = None
        moved = self.seconds
        pause = threading.Event()
        while not self._done() and self.seconds - moved < PATIENCE:
            pause.wait(LOOK)
            moment = self._look()
            now = (moment.filed, moment.settling, moment.sent, moment.bytes_at_filed)
            if now != before:
                before, moved = now, self.seconds

    def _done(self) -> bool:
        if self.ledger.counts().files[FileState.settling]:
            return False
        return self._filed() >= self.expected.papers.keys() and not self.unexplained()

    def _filed(self) -> set[Paper]:
        ids = {client.id: client.external_id for client in self.ledger.clients_overview()}
        rows = self.ledger.documents(stage=Stage.filed, limit=ALL)
        return {Paper(ids[row.client_id], row.sha256, row.size) for row in rows}
