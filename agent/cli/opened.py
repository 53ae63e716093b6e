"""An agent in this process: the log open, the lock taken, the key kept out of the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agent.cli.ground import Ground
from agent.daemon import Agent
from agent.errors import AnotherAgent
from agent.system.logs import Logs

PROBE_SECONDS = 0.3  # another verb that asks whether an agent runs holds the lock for a moment

log = logging.getLogger(__name__)


@contextmanager
def opened_agent(ground: Ground) -> Iterator[Agent]:
    """The agent of this configuration and home, not started yet; closed at the end.

    Raises ConfigProblem, AnotherAgent, LedgerTrouble.
    """
    settings = ground.settings()
    ground.home.prepare()
    with Logs(ground.home.log, level=settings.log.level) as logs:
        try:
            agent = Agent(settings, ground.home, ground.env, logs.redaction.learn)
        except AnotherAgent:
            threading.Event().wait(PROBE_SECONDS)
            agent = Agent(settings, ground.home, ground.env, logs.redaction.learn)
        log.info("the agent begins")
        try:
            with agent:
                yield agent
        finally:
            log.info("the agent ends")
