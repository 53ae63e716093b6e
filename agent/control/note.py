"""What a running agent notes of itself in the ledger, so that `status` elsewhere can show it."""

from __future__ import annotations

import json
from dataclasses import Field, asdict, dataclass, fields

from agent.errors import AgentError
from agent.words.catalogue import AgentState
from agent.words.errors import code_of


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why Filed is not asked: an AgentError's words and code."""

    title: str
    said: str
    advice: str
    exit_code: int
    code: str = ""  # agent.words.errors: stable, for scripts and notices

    @classmethod
    def of(cls, error: AgentError) -> Trouble:
        """What an error says."""
        return cls(error.title, error.said, error.advice, error.exit_code, code_of(type(error)))

    def text(self) -> str:
        """All of it in a few sentences, nothing twice."""
        said = "" if self.said in ("", self.title) else f": {self.said}"
        first = f"{self.title}{said}"
        first = first if first.endswith((".", "!", "?")) else first + "."
        return first if self.advice in first else f"{first} {self.advice}"


@dataclass(frozen=True, slots=True)
class Line:
    """A document on the line: its number, bytes at Filed and in all."""

    document: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Note:
    """One agent at one moment. Times are wall clock seconds; `since` is when `state` began.

    `roots` are the watched folders by their IDs in the ledger; `limits` sentences about folders
    whose live watching is limited, `config` the problems of a changed configuration that is not
    used. `contacted_at` is when Filed last answered, None where it never did or nobody noted it.
    """

    pid: int
    verb: str
    started: float
    state: AgentState
    since: float
    trouble: Trouble | None = None
    bytes_per_second: float = 0.0
    sending: tuple[Line, ...] = ()
    roots: tuple[int, ...] = ()
    limits: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    contacted_at: float | None = None

    def text(self) -> str:
        """As the ledger keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str | None) -> Note | None:
        """The note of this or another version; None where it cannot be understood."""
        try:
            told = json.loads(text or "")
            known = {field.name: told[field.name] for field in fields(cls) if _wanted(field, told)}
            trouble = known["trouble"]
            known |= {
                "state": AgentState(known["state"]),
                "trouble": None if trouble is None else Trouble(**trouble),
                "sending": tuple(Line(**line) for line in known["sending"]),
                "roots": tuple(int(root) for root in known["roots"]),
                "limits": tuple(str(limit) for limit in known["limits"]),
                "config": tuple(str(problem) for problem in known["config"]),
            }
            return cls(**known)
        except (ValueError, KeyError, TypeError):
            return None


def _wanted(field: Field[object], told: dict[str, object]) -> bool:
    """Whether a note is none without it: what came later may be missing."""
    return field.name != "contacted_at" or field.name in told
