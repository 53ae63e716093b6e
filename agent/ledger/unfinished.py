"""Whether a pass is over: what still moves by itself, as opposed to what waits for a person.

Asked twice a second by `sync`: every part walks a partial index and stops at MOST.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.ledger.pen import Questions

MOST = 1000  # counting stops here: sync only needs to know whether there is any

_IN_ROOTS = "JOIN folders AS d ON d.id = f.folder_id WHERE d.root_id IN ({roots})"
_SETTLING = f"""
SELECT count(*) FROM (SELECT 1 FROM files AS f INDEXED BY files_settling {_IN_ROOTS}
  AND f.state = 'settling' LIMIT {MOST})
"""  # noqa: S608
# due times are set to 0 at every start, and no worker that looked at a held row leaves it at 0
_UNSEEN_FILES = f"""
SELECT count(*) FROM (SELECT 1 FROM files AS f INDEXED BY files_held {_IN_ROOTS}
  AND f.state = 'held' AND f.due_at <= 0 LIMIT {MOST})
"""  # noqa: S608
_UNSEEN_CLIENTS = """
SELECT count(*) FROM clients WHERE state = 'new' OR state = 'held' AND due_at <= 0
"""
_OPERATIONS = """
SELECT count(*) FROM operations WHERE state = 'announced' OR state = 'unknown'
"""
_HELD = f"""
EXISTS (SELECT 1 FROM files AS f {_IN_ROOTS} AND f.document_id = o.id AND f.state = 'known')
"""  # noqa: S608
_UNHELD = "NOT EXISTS (SELECT 1 FROM files WHERE document_id = o.id AND state = 'known')"
_SENDING = ("ready", "uploading", "uploaded")
_AT_FILED = ("attaching", "ingesting")


def _documents(stages: Iterable[str], where: str) -> str:
    """Open documents whose client is not held, at most MOST of each stage."""
    return " UNION ALL ".join(
        f"SELECT * FROM (SELECT o.problem FROM documents AS o INDEXED BY documents_due "  # noqa: S608
        f"JOIN clients AS c ON c.id = o.client_id "
        f"WHERE o.stage = '{stage}' AND c.state <> 'held' AND {where} LIMIT {MOST})"
        for stage in stages
    )


_MOVING = f"{_documents(_SENDING, _HELD)} UNION ALL {_documents(_AT_FILED, 'TRUE')}"

# one statement, so that it is one moment: a file that becomes a document meanwhile is not missed
_UNFINISHED = f"""
SELECT ({_SETTLING}), ({_UNSEEN_FILES}), ({_UNSEEN_CLIENTS}),
  (SELECT count(*) FROM ({_MOVING})), (SELECT count(problem) FROM ({_MOVING})),
  CASE WHEN EXISTS ({_MOVING}) THEN 0
    ELSE (SELECT count(*) FROM ({_documents(_SENDING, _UNHELD)})) END, ({_OPERATIONS})
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How much still moves by itself, each number at most MOST (a stage at most MOST, too).

    `settling` and `unseen` (held files that nobody looked at since the start) count the given
    roots only. `clients` are new ones, and held ones not looked up since the start. `documents`
    are open ones whose client is not held and whose file lies in these roots, or that are with
    Filed already; `troubled` of them wait after an error. `orphans` are open ones that no known
    file holds, counted once `documents` is 0: a settling file decides about them.
    """

    settling: int
    unseen: int
    clients: int
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
        return not (self.unseen or self.clients or self.documents or self.operations)

    @property
    def only_trouble(self) -> bool:
        """Whether every document that moves waits after an error."""
        other = self.unseen or self.clients or self.operations
        return 0 < self.documents == self.troubled and not other


class UnfinishedQuestions(Questions):
    """The question of `sync`."""

    def unfinished(self, roots: Iterable[int]) -> Unfinished:
        """What still moves by itself, as far as it depends on these roots (those available)."""
        named = ", ".join(str(int(root)) for root in roots) or "NULL"
        return Unfinished(*self._ask(_UNFINISHED.format(roots=named))[0])

    def bytes_to_send(self) -> int:
        """The sizes of all documents that are not yet wholly at Filed, clients' doubts or not."""
        return self._number(
            "SELECT coalesce(sum(bytes), 0) FROM tally "
            "WHERE subject = 'document' AND state IN ('ready', 'uploading')"
        )

    def version_outside(self) -> int:
        """A number that changes when any other connection, also of another process, wrote."""
        return self._number("PRAGMA data_version")

    def _number(self, sql: str) -> int:
        number: int = self._ask(sql)[0][0]
        return number
