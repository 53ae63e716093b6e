"""Any order of writes keeps the ledger's promises (a state machine over Writing)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.ledger.ledger import Ledger
from agent.model import client as clients
from agent.model import document as documents
from agent.model import file as files
from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.operation import OperationKind, OperationState
from agent.model.reasons import Reason
from agent.model.root import FolderRow
from agent.model.stale import StaleRow
from tests.ledger.kit import ROOT, StillClock, digest, new_file, place, rows

FOLDERS = {
    b"Miller": {},
    b"MILLER": {"name": "MILLER", "external_id": "MILLER-2025"},
    b"Muller": {"name": "Muller", "external_id": "Miller-2025"},
    b"Smith": {"name": "Smith", "key": "smith", "external_id": "Smith-2025"},
}
PICK = st.integers(0, 10**6)
TWO_OPEN = """
SELECT count(*) FROM operations WHERE state IN ('announced', 'unknown')
GROUP BY client_id HAVING count(*) > 1
"""
WRONG_CLIENT = """
SELECT 1 FROM files AS f JOIN documents AS o ON o.id = f.document_id
WHERE f.state = 'known' AND f.client_id <> o.client_id
"""
WRONG_CALL = """
SELECT 1 FROM documents AS o JOIN operations AS p ON p.id = o.operation_id
WHERE o.stage = 'attaching' AND p.client_id <> o.client_id
"""
TALLY = """
SELECT 'file', state, count(*), 0 FROM files GROUP BY state
UNION SELECT 'document', stage, count(*), sum(size) FROM documents GROUP BY stage
UNION SELECT 'client', state, count(*), 0 FROM clients GROUP BY state
EXCEPT SELECT * FROM tally
"""


class LedgerLife(RuleBasedStateMachine):
    """Places, holds, moves, announces; right and wrong; with stale looks and faults."""

    @initialize()
    def start(self) -> None:
        self.ledger = Ledger.in_memory(StillClock())
        self.ledger.root(ROOT)
        self.lines = 0
        self.owners: dict[bytes, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()

    def ids(self, table: str) -> list[int]:
        return [row[0] for row in rows(self.ledger, f"SELECT id FROM {table} ORDER BY id")]

    def picked(self, table: str, pick: int) -> int | None:
        ids = self.ids(table)
        return ids[pick % len(ids)] if ids else None

    def told(self) -> int:
        count: int = rows(self.ledger, "SELECT count(*) FROM history")[0][0]
        return count

    @rule(folder=st.sampled_from(sorted(FOLDERS)), pick=PICK)
    def settle_a_file(self, folder: bytes, pick: int) -> None:
        """What the settle worker does with a folder's file, right client or held."""
        facts: dict[str, Any] = {"folder": folder, "key": "miller"} | FOLDERS[folder]
        with self.ledger.write() as writing:
            client = writing.place_client(1, place(**facts))
            if client.reason == Reason.two_folders:
                assert client.state is ClientState.held
            else:
                document = writing.hold_document(client.id, digest(f"{pick % 3}"), 5, "a.pdf", None)
                assert document.client_id == client.id
                owner = self.owners.setdefault(folder, client.id)
                assert owner == client.id, "a folder changed its client"
        self.lines = self.told()

    @rule(folder=st.sampled_from(sorted(FOLDERS)), there=st.booleans())
    def scan(self, folder: bytes, there: bool) -> None:
        with self.ledger.write() as writing:
            if there:
                writing.save_folder(1, FolderRow(folder, 1, b"digest"))
            else:
                writing.forget_folder(1, folder)

    @rule(name=st.sampled_from([b"a", b"b", b"c"]), folder=st.sampled_from(sorted(FOLDERS)))
    def see(self, name: bytes, folder: bytes) -> None:
        known = self.ledger.file_at(1, folder + b"/" + name) is not None
        try:
            with self.ledger.write() as writing:
                writing.add_file(new_file(name, folder), "seen")
        except StaleRow:
            assert known
        else:
            assert not known
            self.lines += 1

    @rule(pick=PICK, other=PICK, state=st.sampled_from(FileState), stale=st.booleans())
    def move_file(self, pick: int, other: int, state: FileState, stale: bool) -> None:
        file_id, document_id = self.picked("files", pick), self.picked("documents", other)
        if file_id is None:
            return
        path = rows(
            self.ledger,
            "SELECT d.path || '/' || f.name FROM files f JOIN folders d ON d.id = f.folder_id "
            "WHERE f.id = ?",
            file_id,
        )[0][0]
        file = self.ledger.file_at(1, path.encode())
        assert file is not None
        owner = None if document_id is None else self.ledger.document(document_id).client_id
        after = replace(
            file, state=state, reason="in-use", document_id=document_id, client_id=owner
        )
        allowed = state is file.state or state in files.MOVES[file.state]
        needs_met = all(getattr(after, need) is not None for need in files.NEEDS[state])
        before = replace(file, version=file.version + 1) if stale else file
        self.attempt(
            lambda writing: writing.move_file(before, after, "moved"),
            allowed=allowed and needs_met,
            stale=stale,
        )

    @rule(pick=PICK, other=PICK, stage=st.sampled_from(Stage), stale=st.booleans())
    def move_document(self, pick: int, other: int, stage: Stage, stale: bool) -> None:
        document_id, operation_id = self.picked("documents", pick), self.picked("operations", other)
        if document_id is None:
            return
        document = self.ledger.document(document_id)
        facts: dict[str, Any] = {"stage": stage, "problem": "p", "source": "s"}
        if stage not in (Stage.ready, Stage.lost):
            facts |= {"upload_id": f"u{document_id}", "task_id": "t"}
            facts |= {"operation_id": operation_id}
        else:
            facts |= {"upload_id": None, "task_id": None, "operation_id": None}
        after = replace(document, **facts)
        theirs = operation_id is not None and rows(
            self.ledger, "SELECT client_id FROM operations WHERE id = ?", operation_id
        ) == [(document.client_id,)]
        allowed = stage is document.stage or stage in documents.MOVES[document.stage]
        fits = stage is not Stage.attaching or theirs
        before = replace(document, version=document.version + 1) if stale else document
        self.attempt(
            lambda writing: writing.move_document(before, after, "moved"),
            allowed=allowed and fits,
            stale=stale,
        )

    @rule(pick=PICK, state=st.sampled_from(ClientState), stale=st.booleans())
    def move_client(self, pick: int, state: ClientState, stale: bool) -> None:
        client_id = self.picked("clients", pick)
        if client_id is None:
            return
        client = self.ledger.client(client_id)
        known = state is ClientState.known
        after = replace(
            client,
            state=state,
            filed_id=f"f{client_id}" if known else client.filed_id,
            reason="same-name" if state is ClientState.held else None,
        )
        allowed = state is client.state or state in clients.MOVES[client.state]
        before = replace(client, version=client.version + 1) if stale else client
        self.attempt(
            lambda writing: writing.move_client(before, after, "moved"),
            allowed=allowed,
            stale=stale,
        )

    @rule(pick=PICK)
    def announce(self, pick: int) -> None:
        client_id = self.picked("clients", pick)
        if client_id is None:
            return
        is_open = any(one.client_id == client_id for one in self.ledger.open_operations())
        try:
            with self.ledger.write() as writing:
                writing.announce(OperationKind.add_documents, client_id, ["u"], 1.0)
        except StaleRow:
            assert is_open
        else:
            assert not is_open
            self.lines += 1

    @rule(pick=PICK, state=st.sampled_from(OperationState))
    def move_operation(self, pick: int, state: OperationState) -> None:
        found = self.ledger.open_operations()
        if not found:
            return
        operation = found[pick % len(found)]
        self.attempt(
            lambda writing: writing.move_operation(
                operation, replace(operation, state=state), "moved"
            ),
            allowed=True,
            stale=False,
        )

    @rule(who=st.just("a person"))
    def retry(self, who: str) -> None:
        done = self.ledger.retry_all(who)
        self.lines += done.documents + done.clients + done.files

    @rule()
    def fail_in_the_middle(self) -> None:
        try:
            with self.ledger.write() as writing:
                writing.place_client(1, place("Nobody"))
                raise InterruptedError
        except InterruptedError:
            pass
        assert "Nobody-2025" not in self.ledger.our_external_ids()

    def attempt(self, move: Any, *, allowed: bool, stale: bool) -> None:
        """A move succeeds with one line of history, or fails and writes nothing."""
        try:
            with self.ledger.write() as writing:
                move(writing)
        except StaleRow:
            assert stale
        except ValueError:
            assert not allowed
        else:
            assert allowed
            assert not stale
            self.lines += 1

    @invariant()
    def promises_hold(self) -> None:
        if not hasattr(self, "ledger"):
            return
        for broken in (TWO_OPEN, WRONG_CLIENT, WRONG_CALL, TALLY):
            assert not rows(self.ledger, broken), broken
        assert self.told() == self.lines
        assert not rows(self.ledger, "PRAGMA foreign_key_check")


LedgerLife.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLedgerLife = LedgerLife.TestCase
