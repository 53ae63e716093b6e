"""One agent's time at work under one configuration: what the verb `run` does until either ends."""

from __future__ import annotations

import logging

from agent.cli.doorway import Doorway
from agent.cli.pulse import Pulse
from agent.cli.screen import Screen
from agent.cli.signals import StopAsked
from agent.cli.voice import Voice
from agent.cli.watchman import Watchman
from agent.config.file import ConfigFile, Version
from agent.config.settings import Settings
from agent.control.health import Facts, folders_named, gather, verdict
from agent.daemon import Agent, rules_of
from agent.errors import AnotherAgent, ConfigProblem
from agent.words.show import path_text

BEAT = 0.4  # seconds between two looks at the workers

log = logging.getLogger(__name__)


class Shift:
    """Starts the agent and minds it: its pulse, its words, its configuration."""

    def __init__(
        self, agent: Agent, file: ConfigFile, show: Screen, doorway: Doorway | None = None
    ) -> None:
        self._agent = agent
        self._file = file
        self._show = show
        self._doorway = doorway or Doorway.shut()
        self._pulse, self._voice = Pulse(agent, "run"), Voice(show)

    def last(self, stop: StopAsked) -> bool:
        """Work until the end is asked for or a changed configuration needs a new start; whether
        the latter. A changed bandwidth applies as it stands, also to what is just being sent.

        Raises the error that ended the agent, if one did.
        """
        agent, show = self._agent, self._show
        watched = folders_named([root.path for root in agent.rules.roots])
        show.line(f"Watching {watched}. The log is {path_text(bytes(agent.home.log))}.")
        watchman = Watchman(agent, self._doorway.notices)
        agent.start()
        try:
            self._doorway.attend(agent, self._pulse)
            while not stop.wait(BEAT) and agent.fatal is None:
                self._beat(watchman)
                if self._is_changed():
                    return True
        finally:
            show.close()
            self._doorway.leave()
        if agent.fatal is not None:
            raise agent.fatal
        show.line(f"Stopping. {verdict(self._facts()).sentence}")
        self._pulse.stop()
        return False

    def _beat(self, watchman: Watchman) -> None:
        noted = self._pulse.note
        news = self._pulse.beat()
        if news or self._pulse.note != noted:
            self._doorway.changed()
        if watchman.due(news=news):
            watchman.beat(self._facts())
        if news:
            self._voice.tell(self._pulse, self._facts())

    def closed(self, stop: StopAsked) -> bool:
        """Wait until nothing of the agent works any more; False when the end is asked for first.

        Two engines must never share a ledger, and a worker may hang on a share that is away.
        """
        told = False
        while not self._agent.closed:
            if not told:
                told = True
                self._show.line("A folder does not answer; the new configuration waits for it.")
            if stop.wait(BEAT):
                return False
            self._agent.close()
        return True

    def _facts(self) -> Facts:
        agent = self._agent
        return gather(agent.ledger, agent.clock.now(), running=True, note=self._pulse.note)

    def _is_changed(self) -> bool:
        """Whether new settings need a new start; what else the file says is told (C14)."""
        version = self._file.look(self._agent.clock.monotonic())
        if version is None:
            return False
        if version.settings is not None:
            version = self._put_into_force(version.settings)
        self._file.problems = self._pulse.config = version.problems
        if version.settings is not None:
            self._tell("The configuration changed; it applies from now on.")
            return not self._agent.take_up(version.settings)
        if version.problems:
            self._tell("The changed configuration cannot be used; the one before stays in force:")
            for problem in version.problems:
                self._tell(f"  {problem}")
        else:
            self._tell("The configuration is again the one in force.")
        return False

    def _put_into_force(self, settings: Settings) -> Version:
        """Lock the folders that are new in it; where that fails, it is a problem like others."""
        try:
            self._agent.locks.add(root.path for root in rules_of(settings).roots)
        except (AnotherAgent, ConfigProblem) as error:
            return Version(problems=(error.said,))
        self._file.settings = settings
        return Version(settings)

    def _tell(self, sentence: str) -> None:
        log.warning("%s", sentence)
        self._show.line(sentence)
