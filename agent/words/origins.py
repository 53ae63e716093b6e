"""Where a rule comes from, in words: the agent itself, a default, the configuration, a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Who made a rule; stable codes for scripts."""

    agent = "agent"  # built in, no key changes it
    default = "default"  # the value of a key that the configuration leaves out
    configuration = "configuration"
    person = "person"
    filed = "filed"  # what Filed answered


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rule comes from. `line` is that of the configuration's file, where it is known;
    `folder` the number of the [[folder]], counted from 1; `said` what a person's act was noted as.
    """

    source: Source
    line: int | None = None
    folder: int | None = None
    said: str = ""

    @property
    def text(self) -> str:
        """For people."""
        match self.source:
            case Source.agent:
                return "built in"
            case Source.filed:
                return "Filed's answer"
            case Source.person:
                return f"a person: {self.said}" if self.said else "a person"
        where = [] if self.line is None else [f"line {self.line}"]
        where += [] if self.folder is None else [f"[[folder]] no. {self.folder}"]
        if self.source is Source.default:
            return "default"
        return ", ".join(("configuration", *where))


BUILT_IN = Origin(Source.agent)
FILED = Origin(Source.filed)
