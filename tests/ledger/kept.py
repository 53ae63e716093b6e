"""A home whose ledger has been filled the way an agent fills it, and what must survive of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.ledger.beside import Beside
from agent.ledger.evidence import Mark, read
from agent.ledger.keeping import open_kept
from agent.ledger.ledger import Ledger
from agent.ledger.picture import Picture
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.incident import Found
from agent.model.ingestion import Workspace
from agent.model.operation import OperationKind, OperationState
from agent.model.reasons import Reason
from tests.ledger.kit import ROOT, StillClock, add_client, add_document, add_file, place, rows

NAMES = ("Ash", "Birch", "Cedar", "Dune", "Elm")
PAGE = 4096


class Home:
    """The folder of one agent; its clock is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "home" / "ledger.sqlite3"
        self.clock = StillClock(1_795_000_000.0)

    @property
    def beside(self) -> Beside:
        return Beside(self.path)

    def open(self) -> Ledger:
        """As the agent's start does."""
        return open_kept(self.path, self.clock)

    def start(self) -> Any:
        """Start and end; what weighs in the ledger then, and what befell it."""
        with self.open() as ledger:
            return weighing(ledger)

    def copy(self, folder: Path) -> Home:
        """The same home elsewhere."""
        other = Home(folder)
        other.clock.at = self.clock.at
        shutil.copytree(self.path.parent, other.path.parent)
        return other


def filled(folder: Path, files: int = 40) -> Home:
    """A home with clients and documents in every stage, and one daily copy from before the half."""
    home = Home(folder)
    with home.open() as ledger:
        ledger.root(ROOT)
        ledger.pin_workspace(Workspace("w-1", "Made-up Firm"))
        for name in NAMES[:2]:
            fill(ledger, name, files)
        home.clock.at += 3600.0
        ledger.back_up()
        home.clock.at += 3600.0
        for name in NAMES[2:]:
            fill(ledger, name, files)
        linger(ledger)
        later(ledger)
        fail(ledger)
        leave_out(ledger)
    return home


def fill(ledger: Ledger, name: str, files: int) -> None:
    """A client with two documents of each stage, and files."""
    client = add_client(ledger, name, ClientState.known)
    for stage in Stage:
        if stage is not Stage.attaching:
            add_document(ledger, client, f"{name}-{stage}", stage)
            add_document(ledger, client, f"{name}-{stage} again", stage)
    if name == "Cedar":  # at most one call is open for a client
        add_document(ledger, client, f"{name}-attaching", Stage.attaching)
    for number in range(files):
        add_file(ledger, b"%d" % number, name.encode())


def linger(ledger: Ledger) -> None:
    """A client whose creation has no answer yet."""
    client = add_client(ledger, "Fern", ClientState.creating)
    with ledger.write() as writing:
        operation = writing.announce(OperationKind.create_client, client.id, (), 7.0)
        lost = replace(operation, state=OperationState.unknown, doubts=1)
        writing.move_operation(operation, lost, "no answer")


def later(ledger: Ledger) -> None:
    """What was open when the copy was made is over: filed, failed at Filed, and sent again."""
    (ash,) = (row for row in ledger.clients_overview() if row.name == "Ash")
    first, second = (ledger.document(row.id) for row in ledger.documents(Stage.ingesting, ash.id))
    with ledger.write() as writing:
        writing.move_document(first, first.to(Stage.filed), "COMPLETED")
        failed = second.to(Stage.failed, problem="FAILED", remedy="look")
        failed = writing.move_document(second, failed, "FAILED")
    ledger.retry(documents=[failed.id], who="a person")
    again = ledger.document(failed.id)
    with ledger.write() as writing:
        again = writing.move_document(
            again, again.to(Stage.uploading, upload_id="up-again", source="1:1:1:1:1"), ""
        )
        again = writing.move_document(again, again.to(Stage.uploaded), "")
        operation = writing.announce(OperationKind.add_documents, ash.id, ["up-again"], 9.0)
        attaching = again.to(Stage.attaching, operation_id=operation.id)
        writing.move_document(again, attaching, "announced")


def fail(ledger: Ledger) -> None:
    """What waits for a person because it may be at Filed: a document, and a client."""
    (birch,) = (row for row in ledger.clients_overview() if row.name == "Birch")
    document = ledger.document(ledger.documents(Stage.ingesting, birch.id)[0].id)
    failed = document.to(Stage.failed, problem="not listed", remedy="look into the binder")
    client = add_client(ledger, "Gorse", ClientState.creating)
    with ledger.write() as writing:
        writing.move_document(document, failed, "not listed")
        operation = writing.announce(OperationKind.create_client, client.id, (), 8.0)
        over = replace(operation, state=OperationState.refused)
        writing.move_operation(operation, over, "sent twice")
        held = client.to(ClientState.held, reason=Reason.unconfirmed, said="sent twice")
        writing.move_client(client, held, "sent twice")


def leave_out(ledger: Ledger) -> None:
    """A person's words."""
    ledger.ignore(ROOT, b"Elm/3", "a person")
    ledger.ignore(ROOT, b"Elm/4", "a person")
    ledger.unignore(ROOT, b"Elm/4", "a person")
    with ledger.write() as writing:
        writing.place_client(1, place("Dune"))
        client = writing.place_client(1, place("Dune", folder=b"Dune II"))
    ledger.confirm_folder(ROOT, b"Dune II", client.id, "a person")


def weighing(ledger: Ledger) -> Any:
    """Everything that weighs in a ledger, in a form that compares."""
    with ledger.write() as writing:
        picture = Picture.of(list(writing.evidence_lines()))
    return (
        picture.workspace,
        {name: one.client for name, one in picture.clients.items()},
        {name: set(one.operations.values()) for name, one in picture.clients.items()},
        {name: one.documents for name, one in picture.clients.items()},
        {name: one.at for name, one in picture.clients.items()},
        picture.left_out,
        picture.confirmed,
        picture.paused,
    )


def whole(ledger: Ledger) -> bool:
    """Whether SQLite finds nothing wrong."""
    checks = (rows(ledger, "PRAGMA integrity_check"), rows(ledger, "PRAGMA foreign_key_check"))
    return checks == ([("ok",)], [])


def pages(path: Path) -> int:
    """How many pages the ledger's file has."""
    return path.stat().st_size // PAGE


def overwrite(path: Path, at: int, content: bytes) -> None:
    """Put bytes over a part of a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def survives(home: Home, before: Any, found: Found | None, said: str = "") -> None:
    """The next start brings everything back that weighs; the one after it changes nothing."""
    with home.open() as ledger:
        assert weighing(ledger) == before, said
        assert whole(ledger), said
        incident = ledger.incident()
        assert (incident.found if incident else None) == found, said
        lines = rows(ledger, "SELECT max(id) FROM history")
    assert not home.beside.story.exists()
    with home.open() as ledger:
        assert weighing(ledger) == before, said
        assert ledger.incident() == incident, said
        assert rows(ledger, "SELECT max(id) FROM history") == lines, said
        assert ledger.evidence_mark() == read_end(home), said


def read_end(home: Home) -> Mark | None:
    """The mark of the last line of a sound evidence."""
    reading = read(home.beside.evidence)
    assert reading is not None
    assert (reading.damaged, reading.torn) == (0, False)
    return reading.end


def kept_aside(home: Home) -> list[bytes]:
    """The contents of every ledger that was set aside."""
    return [path.read_bytes() for path in sorted(home.beside.aside.glob("*/ledger.sqlite3"))]


def newest_copy(home: Home) -> Path:
    """The newest daily copy."""
    return max(home.beside.backups.iterdir())
