"""Everything that waits: what it is, whose it is, why, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.naming import safe_text
from agent.model.overview import DocumentRow, Subject, Waiting
from agent.model.root import Root
from agent.words.catalogue import OPEN_LEFT, ROOT_AWAY, STILL_WRITTEN, Words, waiting_words
from agent.words.show import path_text

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger

MOST_LISTED = 1_000_000
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
