"""An agent in this process: the log open, the lock taken, the key kept out of the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agent.cli.ground import Ground
from agent.config.settings import Settings
from agent.daemon import Agent
from agent.errors import AnotherAgent
from agent.system.claims import Locks
from agent.system.logs import Logs

PROBE_SECONDS = 0.3  # another verb that asks whether an agent runs holds the lock for a moment

log = logging.getLogger(__name__)


@contextmanager
def opened_agent(
    ground: Ground, settings: Settings | None = None, locks: Locks | None = None
) -> Iterator[Agent]:
    """The agent of this home, not started yet; closed at the end.

    `settings` are those of the configuration's file where none are given; `locks` are those of the
    agent before. Raises ConfigProblem, AnotherAgent, LedgerTrouble.
    """
    settings = settings or ground.settings()
    ground.home.prepare()
    with Logs(ground.home.log, level=settings.log.level) as logs:
        try:
            agent = Agent(settings, ground.home, ground.env, logs.redaction.learn, locks)
        except AnotherAgent:
            if locks is not None:  # they were given back
                raise
            threading.Event().wait(PROBE_SECONDS)
            agent = Agent(settings, ground.home, ground.env, logs.redaction.learn)
        log.info("the agent begins")
        try:
            with agent:
                yield agent
        finally:
            log.info("the agent ends")
