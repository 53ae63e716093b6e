"""Clients and the remembered listing of Filed's: what the engine asks and writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace

from agent.ledger.doubts import doubtful_folders
from agent.ledger.pen import Pen, Questions
from agent.ledger.rows import CLIENT, CLIENT_FACTS, client_facts, client_of, guarded_update
from agent.model.client import MOVES, NEEDS, Client, ClientRecord
from agent.model.moves import check_move

SELECT_CLIENT = f"SELECT {CLIENT} FROM clients AS c"  # noqa: S608
RECORDS_AT = "records_at"  # the fact that says when the listing was made
_MOVE = guarded_update("clients", CLIENT_FACTS)
_MOVES_OR_STAY = {state: moves | {state} for state, moves in MOVES.items()}
_ADD_RECORD = """
INSERT OR REPLACE INTO records
  (id, name, external_id, status, return_type, tax_year, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


# from the few clients without a folder to their documents, along the index of (client_id, sha256)
_RENAMED_FROM = """
SELECT c.name FROM clients AS c
WHERE c.state = 'known' AND c.id <> :client
  AND NOT EXISTS (
    SELECT 1 FROM client_folders AS f JOIN folders AS o
      ON o.root_id = f.root_id AND o.path = f.folder AND o.gone = 0
    WHERE f.client_id = c.id)
  AND (
    SELECT 2 * count(theirs.id) >= count(*) AND count(theirs.id) > 0
    FROM documents AS ours LEFT JOIN documents AS theirs
      ON theirs.client_id = c.id AND theirs.sha256 = ours.sha256 AND theirs.size = ours.size
    WHERE ours.client_id = :client)
ORDER BY c.id LIMIT 1
"""


class ClientWriting(Pen):
    """The moves of clients, and the remembered listing."""

    def move_client(self, before: Client, after: Client, why: str) -> Client:
        """Write `after` where `before` stands; returns it with its new version.

        A line of history is written unless `why` is empty. Raises StaleRow, and ValueError for a
        move that agent.model.client does not have.
        """
        if (before.id, before.external_id) != (after.id, after.external_id):
            raise ValueError("a move stays with its client")
        check_move(before.state, after.state, _MOVES_OR_STAY, NEEDS, after)
        self._set(_MOVE, (*client_facts(after), before.id, before.version))
        if self._testimony is not None:
            self._testimony.client(before, after)
        self._remember("client", before.id, before.state.value, after.state.value, why)
        return replace(after, version=before.version + 1)

    def save_records(self, records: Sequence[ClientRecord], at: float) -> None:
        """Replace the remembered listing of Filed's clients with a complete new one."""
        self._execute("DELETE FROM records")
        for record in records:
            self._execute(_ADD_RECORD, astuple(record))
        self._execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (RECORDS_AT, repr(float(at))))


class ClientQuestions(Questions):
    """The reading of clients."""

    def client(self, client_id: int) -> Client:
        """One client; KeyError when there is none."""
        rows = self._ask(f"{SELECT_CLIENT} WHERE c.id = ?", (client_id,))
        if not rows:
            raise KeyError(client_id)
        return client_of(rows[0])

    def held_clients(self) -> Mapping[str, int]:
        """How many clients wait for a decision, for each reason."""
        rows = self._ask(
            "SELECT reason, count(*) FROM clients WHERE state = 'held' GROUP BY reason"
        )
        return {row[0]: row[1] for row in rows}

    def clients_in(self, states: Iterable[str], now: float) -> Sequence[Client]:
        """Clients in one of these states whose due_at has come; oldest id first."""
        wanted = tuple(str(state) for state in states)
        marks = ", ".join("?" * len(wanted))
        rows = self._ask(
            f"{SELECT_CLIENT} WHERE c.state IN ({marks}) AND c.due_at <= ? ORDER BY c.id",
            (*wanted, now),
        )
        return tuple(client_of(row) for row in rows)

    def our_external_ids(self) -> frozenset[str]:
        """External IDs of all our clients: such records at Filed are another folder's."""
        return frozenset(row[0] for row in self._ask("SELECT external_id FROM clients"))

    def roots_of(self, client_id: int) -> frozenset[int]:
        """The roots in which a client folder stands for this client, or once stood."""
        rows = self._ask(
            "SELECT DISTINCT root_id FROM client_folders WHERE client_id = ?", (client_id,)
        )
        return frozenset(row[0] for row in rows)

    def renamed_from(self, client_id: int) -> str | None:
        """A client at Filed without folders, who has at least half of this one's documents."""
        rows = self._ask(_RENAMED_FROM, {"client": client_id})
        return rows[0][0] if rows else None

    def twins(self, client: Client) -> Sequence[bytes]:
        """Client folders still there about which `two_folders` is in doubt; empty when none is.

        The client's own folders that something contradicts, and the folders that contradict them.
        """
        return doubtful_folders(self._ask, client.id)

    def remembered(self) -> Sequence[ClientRecord]:
        """The last complete listing of Filed's clients, in the order of the listing."""
        rows = self._ask(
            "SELECT id, name, external_id, status, return_type, tax_year, created_at "
            "FROM records ORDER BY rowid"
        )
        return tuple(ClientRecord(*row) for row in rows)

    def remembered_at(self) -> float | None:
        """When that listing was made (wall clock); None when there is none."""
        rows = self._ask("SELECT value FROM facts WHERE name = ?", (RECORDS_AT,))
        return float(rows[0][0]) if rows else None
