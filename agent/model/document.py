"""A document: one content for one client, and its way to Filed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from agent.model.moves import check_move


class Stage(StrEnum):
    """How far a document has come."""

    ready = "ready"  # hashed, its client is known to us; nothing of it is at Filed
    uploading = "uploading"  # has an upload ID; bytes are on their way
    uploaded = "uploaded"  # every byte is at Filed, digest verified while sending
    attaching = "attaching"  # the call is announced, its answer unknown
    ingesting = "ingesting"  # Filed gave a task
    filed = "filed"  # Filed's task is COMPLETED
    lost = "lost"  # no file holds this content any more and it was never attached
    failed = "failed"  # stopped; needs a person


MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.ready: frozenset({Stage.uploading, Stage.uploaded, Stage.lost, Stage.failed}),
    Stage.uploading: frozenset({Stage.uploaded, Stage.ready, Stage.lost, Stage.failed}),
    Stage.uploaded: frozenset({Stage.attaching, Stage.ready, Stage.lost, Stage.failed}),
    # back to uploaded: the call was surely not carried out (a definite no)
    Stage.attaching: frozenset({Stage.ingesting, Stage.uploaded, Stage.ready, Stage.failed}),
    Stage.ingesting: frozenset({Stage.filed, Stage.failed}),
    Stage.filed: frozenset(),
    Stage.lost: frozenset({Stage.ready}),
    Stage.failed: frozenset({Stage.ready}),
}

NEEDS: dict[Stage, tuple[str, ...]] = {
    Stage.ready: (),
    Stage.uploading: ("upload_id", "source"),
    Stage.uploaded: ("upload_id",),
    Stage.attaching: ("upload_id", "operation_id"),
    Stage.ingesting: ("task_id",),
    Stage.filed: ("task_id",),
    Stage.lost: (),
    Stage.failed: ("problem",),
}

OPEN = frozenset(
    {Stage.ready, Stage.uploading, Stage.uploaded, Stage.attaching, Stage.ingesting}
)  # still on its way: what `sync` waits for
AT_FILED = frozenset({Stage.attaching, Stage.ingesting, Stage.filed})  # never sent a second time


@dataclass(frozen=True, slots=True)
class Document:
    """A row of the ledger's `documents`; unique in (client_id, sha256, size).

    `offset` is a hint of the bytes that Filed has (HEAD is the truth). `source` is the signature,
    as text, of the file from which the current upload's bytes were read: an upload is continued
    only from a file that still has it, because bytes that were sent but never checked cannot be
    told from bytes of a passing change. `name` is the file name that Filed is told.
    """

    id: int
    client_id: int
    sha256: str
    size: int
    name: str
    stage: Stage
    upload_id: str | None = None
    offset: int = 0
    source: str | None = None
    operation_id: int | None = None
    task_id: str | None = None
    problem: str | None = None
    remedy: str | None = None
    replaces: int | None = None  # the document that the same path held before
    due_at: float = 0.0  # wall clock, seconds: not taken up before
    attempts: int = 0
    version: int = 0

    def to(self, stage: Stage, **facts: Any) -> Document:
        """The same document in another stage; the only door, it consults MOVES and NEEDS.

        Going back to `ready` or to `lost` forgets the upload. Raises ValueError for a move that the
        table does not have or a fact that is missing.
        """
        for fact, blank in _forgotten(stage).items():
            facts.setdefault(fact, blank)
        moved = replace(self, stage=stage, **facts)
        check_move(self.stage, stage, MOVES, NEEDS, moved)
        return moved

    def waiting(self, due_at: float, *, problem: str | None = None) -> Document:
        """The same document in the same stage, to be taken up again at `due_at` (wall clock)."""
        return replace(self, due_at=due_at, attempts=self.attempts + 1, problem=problem)


def _forgotten(stage: Stage) -> dict[str, object]:
    """What a document no longer has once it enters `stage`."""
    blank: dict[str, object] = {"due_at": 0.0, "attempts": 0}
    if stage is not Stage.failed:
        blank |= {"problem": None, "remedy": None}
    if stage in (Stage.ready, Stage.lost):
        blank |= {"upload_id": None, "offset": 0, "source": None}
    if stage in (Stage.ready, Stage.uploaded, Stage.lost):
        blank |= {"operation_id": None, "task_id": None}
    return blank
