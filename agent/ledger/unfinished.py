"""Whether a pass is over: what still moves by itself, as opposed to what waits for a person.

Asked twice a second by `sync`: every part walks a partial index and stops at MOST.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.ledger.pen import Questions

MOST = 1000  # counting stops here: sync only needs to know whether there is any

_SETTLING = """
SELECT count(*) FROM (
  SELECT 1 FROM files AS f INDEXED BY files_settling JOIN folders AS d ON d.id = f.folder_id
  WHERE f.state = 'settling' AND d.root_id IN ({roots}) LIMIT {most})
"""
# due times are set to 0 at every start, and no worker that looked at a held row leaves it at 0
_UNSEEN_FILES = """
SELECT count(*) FROM (
  SELECT 1 FROM files AS f INDEXED BY files_held JOIN folders AS d ON d.id = f.folder_id
  WHERE f.state = 'held' AND f.due_at <= 0 AND d.root_id IN ({roots}) LIMIT {most})
"""
_UNSEEN_CLIENTS = """
SELECT count(*) FROM clients WHERE state = 'new' OR state = 'held' AND due_at <= 0
"""
_HELD_BY = "SELECT 1 FROM files AS f WHERE f.document_id = o.id AND f.state = 'known'"
_HELD_IN_ROOTS = """
SELECT 1 FROM files AS f JOIN folders AS d ON d.id = f.folder_id
WHERE f.document_id = o.id AND f.state = 'known' AND d.root_id IN ({roots})
"""
_DOCUMENTS = """
SELECT count(*), count(problem) FROM (
  SELECT o.problem AS problem FROM documents AS o INDEXED BY documents_due
  JOIN clients AS c ON c.id = o.client_id
  WHERE o.stage = '{stage}' AND c.state <> 'held' AND {where} LIMIT {most})
"""
_OPERATIONS = "SELECT count(*) FROM operations WHERE state = 'announced' OR state = 'unknown'"
_SENDING = ("ready", "uploading", "uploaded")
_AT_FILED = ("attaching", "ingesting")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How much still moves by itself, each number at most MOST (a stage at most MOST, too).

    `settling` and `unseen` (held files and clients that nobody looked at since the start) count
    the given roots only. `documents` are open ones whose client is not held and whose file lies in
    these roots, or that are with Filed already; `troubled` of them wait after an error. `orphans`
    are open ones that no known file holds: a settling file decides about them.
    """

    settling: int
    unseen: int
    documents: int
    troubled: int
    orphans: int
    operations: int

    @property
    def nothing(self) -> bool:
        """Whether all is filed, or waits for a person."""
        return self.only_settling and not (self.settling or self.orphans)

    @property
    def only_settling(self) -> bool:
        """Whether nothing moves but files that may still be written."""
        return not (self.unseen or self.documents or self.operations)

    @property
    def only_trouble(self) -> bool:
        """Whether every document that moves waits after an error."""
        return 0 < self.documents == self.troubled and not (self.unseen or self.operations)


class UnfinishedQuestions(Questions):
    """The question of `sync`."""

    def unfinished(self, roots: Iterable[int]) -> Unfinished:
        """What still moves by itself, as far as it depends on these roots (those available)."""
        named = ", ".join(str(int(root)) for root in roots) or "NULL"
        in_roots = f"EXISTS ({_HELD_IN_ROOTS.format(roots=named)})"
        held = [self._documents(stage, in_roots) for stage in _SENDING]
        held += [self._documents(stage, "TRUE") for stage in _AT_FILED]
        unheld = [self._documents(stage, f"NOT EXISTS ({_HELD_BY})") for stage in _SENDING]
        unseen = self._number(_UNSEEN_FILES.format(roots=named, most=MOST))
        return Unfinished(
            settling=self._number(_SETTLING.format(roots=named, most=MOST)),
            unseen=unseen + self._number(_UNSEEN_CLIENTS),
            documents=sum(count for count, _ in held),
            troubled=sum(troubled for _, troubled in held),
            orphans=sum(count for count, _ in unheld),
            operations=self._number(_OPERATIONS),
        )

    def version_outside(self) -> int:
        """A number that changes when any other connection, also of another process, wrote."""
        return self._number("PRAGMA data_version")

    def _documents(self, stage: str, where: str) -> tuple[int, int]:
        row = self._ask(_DOCUMENTS.format(stage=stage, where=where, most=MOST))[0]
        return row[0], row[1]

    def _number(self, sql: str) -> int:
        number: int = self._ask(sql)[0][0]
        return number
