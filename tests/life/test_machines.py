"""The doors of document, file and client: any sequence through them keeps what the tables say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.model import client as clients
from agent.model import document as documents
from agent.model import file as files
from agent.model.client import Client, ClientState
from agent.model.document import AT_FILED, Document, Stage
from agent.model.file import File, FileState, Signature
from tests.kit.depth import depth

pytestmark = [pytest.mark.deep, pytest.mark.timeout(3600)]

T = TypeVar("T")
LIVES = settings(max_examples=depth("LIVES", 60, 3_000), stateful_step_count=30, deadline=None)
TEXT = st.sampled_from([None, "x", "y"])
FACTS: dict[str, st.SearchStrategy[Any]] = {
    "upload_id": TEXT,
    "source": TEXT,
    "task_id": TEXT,
    "problem": TEXT,
    "operation_id": st.sampled_from([None, 1, 2]),
    "offset": st.integers(0, 9),
    "due_at": st.sampled_from([0.0, 5.0]),
    "attempts": st.integers(0, 3),
}
SIGNATURE = Signature(3, 1, 1, 1, 1)
NEW_DOCUMENT = Document(1, 7, "ab" * 32, 10, "w2.pdf", Stage.ready)
NEW_FILE = File(1, 1, b"Ash", b"w2.pdf", FileState.settling, SIGNATURE)
NEW_CLIENT = Client(1, "ash", "Ash", "ash-2025", 2025, "F1040", ClientState.new)


def through(door: Callable[..., T], state: Any, facts: dict[str, Any]) -> T | None:
    """What comes out of the door, None where it stays shut."""
    try:
        return door(state, **facts)
    except ValueError:
        return None


class DocumentLife(RuleBasedStateMachine):
    """A document, moved about at random."""

    @initialize()
    def begin(self) -> None:
        self.document = NEW_DOCUMENT

    @rule(stage=st.sampled_from(Stage), facts=st.fixed_dictionaries({}, optional=FACTS))
    def move(self, stage: Stage, facts: dict[str, Any]) -> None:
        before = self.document
        after = through(before.to, stage, facts)
        allowed = stage in documents.MOVES[before.stage]
        if after is None:
            lacking = [need for need in documents.NEEDS[stage] if facts.get(need) is None]
            assert not allowed or lacking
            return
        assert allowed
        self.document = after

    @invariant()
    def it_has_what_its_stage_needs(self) -> None:
        if not hasattr(self, "document"):
            return
        assert all(
            getattr(self.document, need) is not None
            for need in documents.NEEDS[self.document.stage]
        )

    @invariant()
    def its_content_and_client_never_change(self) -> None:
        if hasattr(self, "document"):
            now = self.document
            assert (now.id, now.client_id, now.sha256, now.size) == (1, 7, "ab" * 32, 10)


TestDocumentLife = DocumentLife.TestCase
TestDocumentLife.settings = LIVES


def test_only_a_person_brings_a_document_back_that_filed_has() -> None:
    """From a stage at Filed no way leads to `ready` but through a definite no, or a failure."""
    for stage in (Stage.ingesting, Stage.filed):
        reached, new = {stage}, {stage}
        while new:
            new = (
                {after for one in new for after in documents.MOVES[one]} - reached - {Stage.failed}
            )
            reached |= new
        assert reached <= AT_FILED
    assert documents.MOVES[Stage.filed] == frozenset()


@given(st.fixed_dictionaries({}, optional=FACTS))
def test_ready_and_lost_forget_the_upload(facts: dict[str, Any]) -> None:
    uploading = NEW_DOCUMENT.to(Stage.uploading, upload_id="u", source="s", offset=5)
    for stage in (Stage.ready, Stage.lost):
        bare = uploading.to(stage)
        assert (bare.upload_id, bare.offset, bare.source, bare.problem) == (None, 0, None, None)
    waiting = uploading.waiting(9.0, problem="no line")
    assert (waiting.upload_id, waiting.stage, waiting.attempts) == ("u", Stage.uploading, 1)


class FileLife(RuleBasedStateMachine):
    """A file, moved about at random."""

    @initialize()
    def begin(self) -> None:
        self.file = NEW_FILE

    @rule(
        state=st.sampled_from(FileState),
        facts=st.fixed_dictionaries(
            {},
            optional={
                "reason": st.sampled_from([None, "empty", "person"]),
                "document_id": st.sampled_from([None, 4]),
                "client_id": st.sampled_from([None, 7]),
                "due_at": st.sampled_from([0.0, 9.0]),
            },
        ),
    )
    def move(self, state: FileState, facts: dict[str, Any]) -> None:
        before = self.file
        after = through(before.to, state, facts)
        allowed = state in files.MOVES[before.state]
        if after is None:
            had = {need: facts.get(need, getattr(before, need)) for need in files.NEEDS[state]}
            assert not allowed or None in had.values()
            return
        assert allowed
        assert after.path == before.path
        self.file = after

    @invariant()
    def it_has_what_its_state_needs(self) -> None:
        if hasattr(self, "file"):
            assert all(
                getattr(self.file, need) is not None for need in files.NEEDS[self.file.state]
            )


TestFileLife = FileLife.TestCase
TestFileLife.settings = LIVES


class ClientLife(RuleBasedStateMachine):
    """A client, moved about at random."""

    @initialize()
    def begin(self) -> None:
        self.client = NEW_CLIENT

    @rule(
        state=st.sampled_from(ClientState),
        facts=st.fixed_dictionaries(
            {},
            optional={
                "filed_id": st.sampled_from([None, "client-1"]),
                "reason": st.sampled_from([None, "refused"]),
            },
        ),
    )
    def move(self, state: ClientState, facts: dict[str, Any]) -> None:
        before = self.client
        after = through(before.to, state, facts)
        allowed = state in clients.MOVES[before.state]
        if after is None:
            had = {need: facts.get(need, getattr(before, need)) for need in clients.NEEDS[state]}
            assert not allowed or None in had.values()
            return
        assert allowed
        assert after.external_id == before.external_id
        if state is not ClientState.held and "reason" not in facts:
            assert (after.reason, after.said) == (None, None)
        self.client = after

    @invariant()
    def it_has_what_its_state_needs(self) -> None:
        if hasattr(self, "client"):
            state = self.client.state
            assert all(getattr(self.client, need) is not None for need in clients.NEEDS[state])


TestClientLife = ClientLife.TestCase
TestClientLife.settings = LIVES


@pytest.mark.parametrize("state", [ClientState.known, ClientState.held])
def test_createclient_is_only_announced_for_a_client_that_filed_was_asked_about(
    state: ClientState,
) -> None:
    assert ClientState.creating not in clients.MOVES[state]
    assert ClientState.creating not in clients.MOVES[ClientState.new]
    assert {s for s in ClientState if ClientState.creating in clients.MOVES[s]} == {
        ClientState.absent
    }
