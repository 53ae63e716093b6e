"""The tables say what agent.model says: each CHECK, UNIQUE and trigger bites."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from agent.ledger.ledger import Ledger
from agent.model import client, document, file, operation
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState, Kind
from agent.model.operation import OperationKind, OperationState
from tests.ledger.kit import add_client, add_document, add_file, memory_ledger, rows

REFUSED = {
    "root: empty path": "INSERT INTO roots (path) VALUES (x'')",
    "root: twice": "INSERT INTO roots (path) SELECT path FROM roots",
    "root: text path": "INSERT INTO roots (path) VALUES ('/srv')",
    "root: half an identity": "UPDATE roots SET dev = 1",
    "folder: unknown root": "INSERT INTO folders (root_id, path) VALUES (99, x'41')",
    "folder: twice": "INSERT INTO folders (root_id, path) SELECT root_id, path FROM folders",
    "folder: digest without mtime": "UPDATE folders SET mtime_ns = NULL, digest = x'00'",
    "folder: gone yet listed": "UPDATE folders SET gone = 1, mtime_ns = 1, digest = x'00'",
    "folder: gone is a flag": "UPDATE folders SET gone = 2",
    "folder: negative quiet": "UPDATE folders SET quiet_seconds = -1",
    "file: state": "UPDATE files SET state = 'done'",
    "file: kind": "UPDATE files SET kind = 'socket'",
    "file: known without document": "UPDATE files SET state = 'known', document_id = NULL",
    "file: known without client": "UPDATE files SET state = 'known', document_id = 1",
    "file: known as another client's document": (
        "UPDATE files SET state = 'known', document_id = 1, client_id = 2"
    ),
    "file: held without reason": "UPDATE files SET state = 'held'",
    "file: ignored without reason": "UPDATE files SET state = 'ignored'",
    "file: negative size": "UPDATE files SET size = -1",
    "file: negative attempts": "UPDATE files SET attempts = -1",
    "file: empty name": "UPDATE files SET name = x''",
    "file: name with a slash": "UPDATE files SET name = x'412f42'",
    "file: unknown document": "UPDATE files SET document_id = 99",
    "file: twice": (
        "INSERT INTO files (folder_id, name, state, kind, size, mtime_ns, ctime_ns, dev, ino)"
        " SELECT folder_id, name, state, kind, size, mtime_ns, ctime_ns, dev, ino FROM files"
    ),
    "client: state": "UPDATE clients SET state = 'gone'",
    "client: known without filed_id": "UPDATE clients SET state = 'known'",
    "client: held without reason": "UPDATE clients SET state = 'held'",
    "client: empty external_id": "UPDATE clients SET external_id = ''",
    "client: external_id twice": "UPDATE clients SET external_id = 'Miller-2025'",
    "client: filed_id twice": "UPDATE clients SET filed_id = 'f'",
    "client folder: standing": "UPDATE client_folders SET standing = 'maybe'",
    "client folder: unknown client": "UPDATE client_folders SET client_id = 99",
    "document: stage": "UPDATE documents SET stage = 'sent'",
    "document: twice": (
        "INSERT INTO documents (client_id, sha256, size, name, stage)"
        " SELECT client_id, sha256, size, name, stage FROM documents"
    ),
    "document: no digest": (
        "INSERT INTO documents (client_id, sha256, size, name, stage) "
        "VALUES (1, x'00', 1, 'a', 'ready')"
    ),
    "document: another client": "UPDATE documents SET client_id = 2",
    "document: another content": "UPDATE documents SET size = 11",
    "document: ready with an upload": "UPDATE documents SET upload_id = 'u' WHERE id = 1",
    "document: uploading without ID": "UPDATE documents SET stage = 'uploading', source = 's'",
    "document: uploading without source": (
        "UPDATE documents SET stage = 'uploading', upload_id = 'u' WHERE id = 1"
    ),
    "document: uploaded without ID": "UPDATE documents SET stage = 'uploaded'",
    "document: attaching without operation": (
        "UPDATE documents SET stage = 'attaching', upload_id = 'u' WHERE id = 1"
    ),
    "document: attaching by another client's operation": (
        "UPDATE documents SET stage = 'attaching', upload_id = 'u', operation_id = 1 WHERE id = 1"
    ),
    "document: ingesting without task": "UPDATE documents SET stage = 'ingesting' WHERE id = 1",
    "document: filed without task": "UPDATE documents SET stage = 'filed' WHERE id = 1",
    "document: failed without problem": "UPDATE documents SET stage = 'failed' WHERE id = 1",
    "document: one upload for two": (
        "UPDATE documents SET stage = 'uploaded', upload_id = 'u' WHERE id IN (1, 2)"
    ),
    "document: negative offset": "UPDATE documents SET offset = -1",
    "operation: kind": "UPDATE operations SET kind = 'deleteClient'",
    "operation: state": "UPDATE operations SET state = 'sent'",
    "operation: createClient with uploads": "UPDATE operations SET kind = 'createClient'",
    "operation: documents without uploads": "UPDATE operations SET upload_ids = '[]'",
    "operation: uploads are a list": "UPDATE operations SET upload_ids = 'up'",
    "operation: attempt counts from 1": "UPDATE operations SET attempt = 0",
    "operation: two open": (
        "INSERT INTO operations (kind, client_id, upload_ids, state, sent_at)"
        " VALUES ('createClient', 2, '[]', 'unknown', 1.0)"
    ),
    "history: subject": "INSERT INTO history VALUES (99, 1.0, 'pot', 1, NULL, 'a', 'b')",
    "tally: below nothing": "UPDATE tally SET number = -1",
    "records: twice": "INSERT INTO records SELECT * FROM records",
}


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Two clients, each with a document; the second's is being attached."""
    with memory_ledger() as ledger:
        first, second = add_client(ledger), add_client(ledger, "Smith")
        add_document(ledger, first)
        add_document(ledger, second, stage=Stage.attaching)
        add_file(ledger)
        rows(ledger, "INSERT INTO records VALUES ('r', 'n', 'e', 'active', 'F1040', 2025, '')")
        yield ledger


@pytest.mark.parametrize("case", REFUSED)
def test_a_row_that_may_not_be_is_refused(ledger: Ledger, case: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        rows(ledger, REFUSED[case])


def test_the_tables_are_strict(ledger: Ledger) -> None:
    lax = "SELECT name FROM pragma_table_list WHERE NOT strict AND schema = 'main'"
    own = {row[0] for row in rows(ledger, lax)}
    assert own <= {"sqlite_schema", "_sqlite_migrations", "sqlite_sequence"}


def test_every_state_of_the_model_is_allowed_and_no_other(ledger: Ledger) -> None:
    sql = {row[0]: row[1] for row in rows(ledger, "SELECT name, sql FROM sqlite_schema")}
    for table, column, words in (
        ("files", "state", FileState),
        ("files", "kind", Kind),
        ("clients", "state", ClientState),
        ("documents", "stage", Stage),
        ("operations", "state", OperationState),
        ("operations", "kind", OperationKind),
    ):
        text = " ".join(sql[table].split())
        inside = text.split(f"CHECK ({column} IN (")[1].split(")")[0]
        assert {word.strip(" '") for word in inside.split(",")} == {word.value for word in words}


def test_what_a_stage_needs_is_checked_by_the_table_as_by_the_model(ledger: Ledger) -> None:
    """A need that the model gains later must be repeated in the schema: this test reminds."""
    assert {stage: needs for stage, needs in document.NEEDS.items() if needs} == {
        Stage.uploading: ("upload_id", "source"),
        Stage.uploaded: ("upload_id",),
        Stage.attaching: ("upload_id", "operation_id"),
        Stage.ingesting: ("task_id",),
        Stage.filed: ("task_id",),
        Stage.failed: ("problem",),
    }
    assert {state: needs for state, needs in file.NEEDS.items() if needs} == {
        FileState.held: ("reason",),
        FileState.ignored: ("reason",),
        FileState.known: ("document_id", "client_id"),
    }
    assert {state: needs for state, needs in client.NEEDS.items() if needs} == {
        ClientState.known: ("filed_id",),
        ClientState.held: ("reason",),
    }
    assert frozenset({OperationState.announced, OperationState.unknown}) == operation.OPEN
