"""A life of a ledger and its evidence on a recorded disk, and what a power cut in it may leave.

The life is the agent's own: `open_kept`, one transaction for each arrow, commits that a full disk
refuses, two starts in between. What each commit acknowledged is read from the rows themselves.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import apsw
import pytest

from agent.errors import LedgerFull
from agent.ledger.keeping import open_kept
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.ingestion import Workspace
from agent.model.operation import OperationKind, OperationState
from tests.kit.torn import Event, Platter, lay_out, taken_up
from tests.kit.torn_home import Recording, recorded
from tests.ledger.kit import (
    ROOT,
    WAY,
    StillClock,
    add_client,
    add_document,
    add_file,
    carry_on,
    digest,
    place,
)

CLOCK = StillClock()
FIRM = Workspace("w-1", "Made-up Firm")
LEDGER = "ledger.sqlite3"
NEXT = "Hazel"  # a client that is told of in the start after a cut

Key = tuple[object, ...]
Rows = dict[Key, tuple[object, ...]]  # what a row is known by outside the ledger: what it says

# natural keys first: a row that the evidence gave back may have another number
_ROWS = {
    "client": (1, "SELECT external_id, state, filed_id, reason FROM clients"),
    "document": (
        2,
        "SELECT c.external_id, hex(o.sha256), o.stage, o.upload_id, o.task_id, o.operation_id "
        "IS NOT NULL FROM documents AS o JOIN clients AS c ON c.id = o.client_id",
    ),
    "operation": (
        3,
        "SELECT c.external_id, p.kind, p.upload_ids, p.state, p.attempt, p.doubts, p.task_id "
        "FROM operations AS p JOIN clients AS c ON c.id = p.client_id WHERE p.state <> 'refused'",
    ),
    "file": (
        2,
        "SELECT d.path, f.name, f.state, f.reason FROM files AS f "
        "JOIN folders AS d ON d.id = f.folder_id",
    ),
    "fact": (
        1,
        "SELECT name, value FROM facts "
        "WHERE name IN ('workspace_id', 'workspace_name', 'paused_until', 'incident')",
    ),
    "folder": (1, "SELECT folder, external_id, standing FROM client_folders"),
}
_MARK = "SELECT value FROM facts WHERE name = 'evidence'"


class Asked(Protocol):
    """A connection of SQLite, of either library."""

    def execute(self, sql: str, /) -> Iterable[Sequence[object]]:
        """All rows."""


def rows_of(connection: Asked) -> Rows:
    """Every row of a ledger that says something, by what it is known by outside it."""
    found: Rows = {}
    for kind, (keys, question) in _ROWS.items():
        for row in connection.execute(question):
            found[(kind, *row[:keys])] = tuple(row[keys:])
    return found


@dataclass(frozen=True)
class Acked:
    """A commit was acknowledged; `mark` is how far the ledger had taken in its evidence."""

    rows: Rows
    mark: str | None


@dataclass(frozen=True)
class Tried:
    """A commit is about to be refused."""

    rows: Rows


class Undone:
    """The refused one was rolled back."""


class Told:
    """Notes in the record what each commit acknowledges; refuses one where it is asked to."""

    def __init__(self) -> None:
        self.recording: Recording | None = None
        self.refuse = False

    def committing(self, connection: apsw.Connection) -> None:
        """Raises sqlite3.OperationalError as a full disk does."""
        if self.refuse:
            self._say(Tried(rows_of(connection)))
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode, full.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
            raise full

    def committed(self, connection: apsw.Connection) -> None:
        """All of it counts from now on."""
        (mark,) = next(iter(connection.execute(_MARK)), (None,))
        assert mark is None or isinstance(mark, str)
        self._say(Acked(rows_of(connection), mark))

    def undone(self) -> None:
        """Nothing of it counts any more."""
        self._say(Undone())

    def _say(self, word: object) -> None:
        if self.recording is not None:
            self.recording.say(word)


@dataclass(frozen=True)
class Life:
    """The disk at its beginning; what the rows may say and how far the ledger had surely taken in
    its evidence by then; and the events."""

    platter: Platter
    may: tuple[Rows, ...]
    mark: str | None
    events: Sequence[Event]


def lived(folder: Path) -> Life:
    """Live it once, in `folder`."""
    home = folder / "home"
    rows = _from_an_agent_without_evidence(home)
    platter, told = Platter.of(taken_up(home)), Told()
    with recorded(home, platter, told) as recording:
        told.recording = recording
        _work(home / LEDGER, told)
    return Life(platter, (rows,), None, recording.events)


def recovered(platter: Platter, may: tuple[Rows, ...], mark: str | None, folder: Path) -> Life:
    """Take down the next start on this disk, and one thing told after it."""
    home, told = folder / "home", Told()
    lay_out(platter.whole(), home)
    with recorded(home, platter, told) as recording:
        told.recording = recording
        with open_kept(home / LEDGER, CLOCK) as ledger:
            fact = ledger.evidence_mark()
            rows = rows_of(ledger._connections.mine())
            recording.say(Acked(rows, None if fact is None else fact.text()))
            add_client(ledger, NEXT, ClientState.known)
    return Life(platter, may, mark, recording.events)


def _from_an_agent_without_evidence(home: Path) -> Rows:
    """So that the life begins with writing the evidence anew."""
    with Ledger.open(home / LEDGER, CLOCK) as ledger:
        ledger.root(ROOT)
        add_document(ledger, add_client(ledger, "Ash", ClientState.known), "old", Stage.filed)
        return rows_of(ledger._connections.mine())


def _work(path: Path, told: Told) -> None:
    with open_kept(path, CLOCK) as ledger:
        ledger.pin_workspace(FIRM)
        for name in ("Birch", "Cedar"):
            _client(ledger, name)
            _refused(ledger, told, name)
    with open_kept(path, CLOCK) as ledger:
        _client(ledger, "Dune")
        _created(ledger, told, "Elm")
        _wishes(ledger)
    with open_kept(path, CLOCK) as ledger:
        _client(ledger, "Fern")


def _client(ledger: Ledger, name: str) -> None:
    """Two files that become documents, arrow by arrow."""
    client = add_client(ledger, name, ClientState.known)
    for number in range(2):
        add_file(ledger, b"%d.pdf" % number, name.encode())
        text = f"{name} {number}"
        document = add_document(ledger, client, text)
        for step in WAY[: 5 - number]:
            with ledger.write() as writing:
                document = carry_on(writing, document, step, text)


def _refused(ledger: Ledger, told: Told, name: str) -> None:
    """The announcement of a call cannot be committed; meanwhile the file's content is lost."""
    (client,) = (row for row in ledger.clients_overview() if row.name == name)
    text = f"{name} refused"
    with ledger.write() as writing:
        document = writing.hold_document(client.id, digest(text), 10, "r.pdf", None)
        for step in WAY[:2]:
            document = carry_on(writing, document, step, text)
    with _full(told), pytest.raises(LedgerFull), ledger.write() as writing:
        carry_on(writing, document, Stage.attaching, text)
    with ledger.write() as writing:
        writing.move_document(document, document.to(Stage.lost), "no file holds it")


def _created(ledger: Ledger, told: Told, name: str) -> None:
    """A client that is announced, then in doubt, then known."""
    client = add_client(ledger, name, ClientState.absent)
    with _full(told), pytest.raises(LedgerFull), ledger.write() as writing:
        writing.announce(OperationKind.create_client, client.id, (), 7.0)
        writing.move_client(client, client.to(ClientState.creating), "announced")
    with ledger.write() as writing:
        operation = writing.announce(OperationKind.create_client, client.id, (), 8.0)
        client = writing.move_client(client, client.to(ClientState.creating), "announced")
    with ledger.write() as writing:
        lost = replace(operation, state=OperationState.unknown, doubts=1)
        operation = writing.move_operation(operation, lost, "no answer")
    with ledger.write() as writing:
        done = replace(operation, state=OperationState.done, task_id="t-1")
        writing.move_operation(operation, done, "read back")
        writing.move_client(client, client.to(ClientState.known, filed_id=f"filed-{name}"), "t")


def _wishes(ledger: Ledger) -> None:
    """A person's words, one of which ends another."""
    ledger.ignore(ROOT, b"Dune/0.pdf", "a person")
    ledger.unignore(ROOT, b"Dune/0.pdf", "a person")
    ledger.ignore(ROOT, b"Dune/1.pdf", "a person")
    with ledger.write() as writing:
        writing.pause(5_000.0, "a person")
    with ledger.write() as writing:
        writing.resume("a person")
    with ledger.write() as writing:
        client = writing.place_client(1, place("Dune", folder=b"Dune II"))
    ledger.confirm_folder(ROOT, b"Dune II", client.id, "a person")


@contextlib.contextmanager
def _full(told: Told) -> Iterator[None]:
    """While it lasts the disk is full at each commit."""
    told.refuse = True
    try:
        yield
    finally:
        told.refuse = False
