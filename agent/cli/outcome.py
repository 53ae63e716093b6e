"""What a pass came to: counts, what waits and why, bytes, time; as a table or as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.cli.ending import explain_error
from agent.cli.one_pass import Ending
from agent.control.waits import Waits
from agent.errors import AgentError, FiledTrouble
from agent.words.show import counted, duration_text, size_text

if TYPE_CHECKING:
    pass

ROWS = 20
PAUSED = "Sending is paused; go on with `filed-agent resume`."
MOST_WAITING = 1000  # files whose coming to rest one pass looks at
OVER = "This pass is over: run `filed-agent sync` again then."


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one pass. `seconds` is how long it took; sizes in bytes."""

    ending: Ending
    filed_now: int
    filed_before: int
    bytes_sent: int
    seconds: float
    waits: tuple[Waits, ...]
    trouble: AgentError | None = None

    @property
    def exit_code(self) -> int:
        """0 all filed, 3 something waits, 4 sign-in, 5 unreachable; 2 for a wrong address."""
        if self.ending is Ending.needs_person and self.trouble is not None:
            return self.trouble.exit_code
        if self.ending is Ending.unreachable:
            return 5
        return 3 if self.waits or self.ending is not Ending.done else 0

    @property
    def trouble_text(self) -> str:
        """Why it ended before everything was sent; empty where it did not."""
        if self.ending is Ending.unreachable and self.trouble is None:
            return f"{FiledTrouble.title}. {FiledTrouble.advice}\n{OVER}"
        if self.ending is Ending.unreachable and self.trouble is not None:
            return f"{explain_error(self.trouble)}\n{OVER}"
        if self.ending is Ending.needs_person and self.trouble is not None:
            return explain_error(self.trouble)
        return PAUSED if self.ending is Ending.paused else ""

    @property
    def sentence(self) -> str:
        """How it ended."""
        now = f"{counted(self.filed_now, 'document')} filed now"
        before = f"{self.filed_before:,} already filed"
        sent = f"{size_text(self.bytes_sent)} sent in {duration_text(self.seconds)}"
        if not self.filed_now and not self.bytes_sent:
            sent = f"nothing sent, {duration_text(self.seconds)}"
        return f"{now}, {before}, {sent}."
