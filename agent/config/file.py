"""The configuration's file while an agent runs by it: a new version is noticed and judged (C14)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.config.load import MOST_BYTES, config_path, load
from agent.config.settings import Settings
from agent.errors import ConfigProblem

LOOK_SECONDS = 0.3  # a version counts when two looks in a row saw it: half-saved ones are passed by

Mark = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """What a new version of the file means.

    `settings` are new ones to go by; `problems` say why it cannot be used. With neither, the file
    says again what the agent goes by.
    """

    settings: Settings | None = None
    problems: tuple[str, ...] = ()


class ConfigFile:
    """The file; `settings` are those in force, `problems` why its newest version is not.

    Whoever puts new settings into force, or cannot, says so in these two. Times are seconds of one
    monotonic clock.
    """

    def __init__(self, path: Path | None, env: Mapping[str, str]) -> None:
        """Read it for the first time. Raises ConfigProblem."""
        self._given, self._env = path, env
        self._path = config_path(path, env)
        self._seen = self._judged = self._mark()
        self._content = self._digest()
        self._next = 0.0
        self.settings = load(path, env)
        self.problems: tuple[str, ...] = ()

    def look(self, now: float) -> Version | None:
        """Look at the file when that is due; each new version of it is told once."""
        if now < self._next:
            return None
        self._next = now + LOOK_SECONDS
        mark = self._mark()
        if mark == self._judged:
            return None
        if mark != self._seen:
            self._seen = mark
            return None
        return self._judge(mark)

    def _judge(self, mark: Mark) -> Version | None:
        content = self._digest()
        settings: Settings | None = None
        problems: tuple[str, ...] = ()
        try:
            settings = load(self._given, self._env)
        except ConfigProblem as error:
            problems = error.problems
        if self._mark() != mark:
            return None  # saved again meanwhile: the next look begins anew
        self._judged = mark
        if content == self._content:
            return None
        self._content = content
        before, self.problems = self.problems, problems
        if problems:
            return Version(problems=problems)
        if settings != self.settings:
            return Version(settings)
        return Version() if before else None

    def _mark(self) -> Mark:
        """What changes with the file, also when another takes its place; empty where none is."""
        try:
            facts = os.stat(self._path)
        except OSError as error:
            return (error.errno or 0,)
        return facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino, facts.st_dev

    def _digest(self) -> bytes:
        """The content in short; empty where it cannot be read."""
        try:
            with self._path.open("rb") as stream:
                return hashlib.sha256(stream.read(MOST_BYTES + 1)).digest()
        except OSError:
            return b""
