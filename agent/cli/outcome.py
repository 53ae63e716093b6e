"""What a pass came to: counts, what waits and why, bytes, time; as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.cli.ending import explain_error
from agent.cli.one_pass import Ending
from agent.cli.show import counted, duration_text, path_text, size_text
from agent.cli.words import OPEN_LEFT, ROOT_AWAY, STILL_WRITTEN, Words, waiting_words
from agent.errors import AgentError, FiledTrouble
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.naming import safe_text
from agent.model.overview import DocumentRow, Subject, Waiting
from agent.model.root import Root

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger

ROWS = 20
PAUSED = "Sending is paused; go on with `filed-agent resume`."
MOST_WAITING = 1000  # files whose coming to rest one pass looks at
MOST_LISTED = 1_000_000
OVER = "This pass is over: run `filed-agent sync` again then."
OPEN_STAGES = (
    Stage.ready,
    Stage.uploading,
    Stage.uploaded,
    Stage.attaching,
    Stage.ingesting,
)


@dataclass(frozen=True, slots=True)
class Waits:
    """One line of what waits: what it is, whose it is, why, and what to do next."""

    kind: str  # file, document, client or folder
    what: str
    client: str | None
    words: Words
    path: bytes | None = None
    number: int | None = None


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


def what_waits(
    ledger: Ledger, away: Sequence[Root], rows: int = MOST_LISTED, *, moving: bool = False
) -> tuple[Waits, ...]:
    """Everything that waits, folders first: up to `rows` of each kind.

    While an agent is `moving` it all, what is on its way waits for nobody and is left out.
    """
    waiting = ledger.waiting(rows)
    held = {one.id for one in waiting if one.subject is Subject.client}
    told = {one.id for one in waiting if one.subject is Subject.document}
    found = [_folder(root) for root in away]
    found += [_waits(one) for one in waiting]
    if moving:
        return tuple(found)
    for stage in OPEN_STAGES:
        for row in ledger.documents(stage, limit=rows):
            if row.id not in told and row.client_id not in held:  # the client's line says it all
                found.append(_open(row))
    for path, _ in ledger.files_in_state(FileState.settling, rows):
        found.append(Waits("file", path_text(path), None, STILL_WRITTEN, path))
    return tuple(found)


def _folder(root: Root) -> Waits:
    words = ROOT_AWAY._replace(sentence=safe_text(root.unavailable or ROOT_AWAY.sentence))
    return Waits("folder", path_text(root.path), None, words, root.path, root.id)


def _waits(waiting: Waiting) -> Waits:
    words = waiting_words(waiting)
    what = waiting.name if waiting.path is None else path_text(waiting.path)
    return Waits(
        waiting.subject.value,
        safe_text(what),
        None if waiting.client is None else safe_text(waiting.client),
        words._replace(sentence=safe_text(words.sentence), next_step=safe_text(words.next_step)),
        waiting.path,
        waiting.id,
    )


def _open(row: DocumentRow) -> Waits:
    return Waits("document", safe_text(row.name), safe_text(row.client), OPEN_LEFT, None, row.id)
