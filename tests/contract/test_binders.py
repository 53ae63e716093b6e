"""What every implementation of the port Binders does (filed-api.md 2.4, 4 and 10)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from agent.errors import (
    FiledRefused,
    FiledTrouble,
    KeyRefused,
    OutcomeUnknown,
    RateLimited,
    ReadOnlyKey,
)
from agent.model.ingestion import Task, Verdict
from tests.contract.bodies import Bytes, sample, sha256
from tests.contract.filed_peers import FiledPeer, InSandbox, client_named, in_sandbox

MOST_POLLS = 20
LIMIT = 20


def uploaded(filed: FiledPeer, seed: int = 0, size: int = 50) -> str:
    """A complete upload."""
    upload_id = filed.uploads.create("w2.pdf", "application/pdf", size).upload_id
    filed.uploads.send(upload_id, 0, size, Bytes(sample(size, seed)))
    return upload_id


def watch(filed: FiledPeer, client_id: str, task_id: str) -> list[Task]:
    """What the task looked like, poll by poll, until it is over."""
    looks: list[Task] = []
    for _ in range(MOST_POLLS):
        page = filed.binders.tasks([client_id], LIMIT)
        (task,) = [task for task in page.tasks[client_id] if task.id == task_id]
        looks.append(task)
        if task.verdict is not Verdict.working:
            break
        filed.pass_time()
    return looks


def external_ids(filed: FiledPeer) -> list[str]:
    """Of every client that Filed lists, sorted."""
    return sorted(record.external_id for record in filed.binders.clients())


def test_the_workspace_says_who_we_are(filed: FiledPeer) -> None:
    workspace = filed.binders.workspace()
    assert workspace.id
    assert workspace.name
    assert workspace.user_id
    assert filed.binders.workspace() == workspace


def test_there_are_no_clients_at_first(filed: FiledPeer) -> None:
    assert list(filed.binders.clients()) == []


def test_a_created_client_is_listed_as_it_was_given(filed: FiledPeer) -> None:
    place = client_named("müller-2025", 'Müller, "Bob" & Söhne 田中')
    made = filed.binders.create_client(place)
    assert (made.external_id, made.name) == (place.external_id, place.name)
    assert (made.tax_year, made.return_type, made.status) == (2025, "F1040", "active")
    (listed,) = filed.binders.clients()
    assert listed == made


def test_every_client_is_listed_once(filed: FiledPeer) -> None:
    expected = {filed.add_client(f"client-{number:03}-2025") for number in range(30)}
    listed = [record.id for record in filed.binders.clients()]
    assert len(listed) == 30
    assert set(listed) == expected


def test_an_external_id_is_taken_once(filed: FiledPeer) -> None:
    filed.binders.create_client(client_named("ann-2025"))
    with pytest.raises(FiledRefused):
        filed.binders.create_client(client_named("ann-2025", "Another Ann"))
    assert external_ids(filed) == ["ann-2025"]


def test_documents_are_filed_with_their_client(filed: FiledPeer) -> None:
    client_id = filed.add_client("ann-2025")
    uploads = [uploaded(filed, seed) for seed in range(3)]
    task_id = filed.binders.add_documents(client_id, uploads)
    looks = watch(filed, client_id, task_id)
    assert looks[-1].status == "COMPLETED"
    assert {task.client_id for task in looks} == {client_id}
    assert {task.upload_count for task in looks} == {3}
    assert looks[0].started_at is not None
    expected = sorted((client_id, sha256(sample(50, seed))) for seed in range(3))
    assert filed.attached() == expected


def test_a_task_starts_as_running(filed: FiledPeer) -> None:
    client_id = filed.add_client("ann-2025")
    task_id = filed.binders.add_documents(client_id, [uploaded(filed)])
    assert watch(filed, client_id, task_id)[0].verdict is Verdict.working


def test_tasks_of_several_clients_come_in_one_answer(filed: FiledPeer) -> None:
    clients = [filed.add_client(f"client-{number}-2025") for number in range(3)]
    tasks = {
        client_id: filed.binders.add_documents(client_id, [uploaded(filed, seed)])
        for seed, client_id in enumerate(clients[:2])
    }
    page = filed.binders.tasks(clients, LIMIT)
    found = {client_id: [task.id for task in page.tasks[client_id]] for client_id in clients}
    assert found == {
        clients[0]: [tasks[clients[0]]],
        clients[1]: [tasks[clients[1]]],
        clients[2]: [],
    }
    assert not page.full


def test_a_list_of_tasks_that_may_be_cut_off_is_told(filed: FiledPeer) -> None:
    client_id = filed.add_client("ann-2025")
    for seed in range(3):
        filed.binders.add_documents(client_id, [uploaded(filed, seed)])
    short, whole = filed.binders.tasks([client_id], 2), filed.binders.tasks([client_id], 4)
    assert (len(short.tasks[client_id]), short.full) == (2, frozenset({client_id}))
    assert (len(whole.tasks[client_id]), whole.full) == (3, frozenset())


@pytest.mark.parametrize("bad", ["unknown upload", "incomplete", "attached"])
def test_an_upload_that_cannot_be_filed_is_refused(filed: FiledPeer, bad: str) -> None:
    client_id, good = filed.add_client("ann-2025"), uploaded(filed, 1)
    unusable = "0192d3a0-0000-7000-8000-000000000000"
    if bad == "incomplete":
        unusable = filed.uploads.create("w2.pdf", "application/pdf", 50).upload_id
    elif bad == "attached":
        unusable = uploaded(filed, 2)
        filed.binders.add_documents(client_id, [unusable])
    before = filed.attached()
    with pytest.raises(FiledRefused):
        filed.binders.add_documents(client_id, [good, unusable])
    assert filed.attached() == before  # all or none
    filed.binders.add_documents(client_id, [good])
    assert len(filed.attached()) == len(before) + 1


def test_documents_of_an_unknown_client_are_refused(filed: FiledPeer) -> None:
    with pytest.raises(FiledRefused):
        filed.binders.add_documents("0192d3a0-0000-7000-8000-00000000000c", [uploaded(filed)])
    assert filed.attached() == []


def test_a_client_whose_answer_was_lost_is_found_again(filed: FiledPeer) -> None:
    filed.lose_answer_of_next("createClient")
    with pytest.raises(OutcomeUnknown):
        filed.binders.create_client(client_named("ann-2025"))
    assert external_ids(filed) == ["ann-2025"]
    with pytest.raises(FiledRefused):
        filed.binders.create_client(client_named("ann-2025"))


def test_documents_whose_answer_was_lost_are_filed_once(filed: FiledPeer) -> None:
    client_id, upload_id = filed.add_client("ann-2025"), uploaded(filed)
    filed.lose_answer_of_next("addClientDocuments")
    with pytest.raises(OutcomeUnknown):
        filed.binders.add_documents(client_id, [upload_id])
    (task,) = filed.binders.tasks([client_id], LIMIT).tasks[client_id]
    assert watch(filed, client_id, task.id)[-1].status == "COMPLETED"
    assert filed.attached() == [(client_id, sha256(sample(50)))]


# -- what only a server can do ---------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("cap", [1, 7, 10, 100])
@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
def test_a_cap_on_pages_hides_no_client(
    sandboxed: InSandbox, cap: int, order: Literal["newest_first", "oldest_first"]
) -> None:
    sandboxed.switch(list_cap=cap, list_order=order)
    expected = {sandboxed.add_client(f"client-{number:03}-2025") for number in range(20)}
    listed = [record.id for record in sandboxed.binders.clients()]
    assert len(listed) == 20
    assert set(listed) == expected


@pytest.mark.slow
def test_patience_is_asked_for_with_a_time(sandboxed: InSandbox) -> None:
    sandboxed.binders.workspace()
    sandboxed.sandbox.aim("graphql 1-3: answer 429 retry-after 7")
    with pytest.raises(RateLimited) as asked:
        sandboxed.binders.workspace()
    assert asked.value.retry_after == 7
    with pytest.raises(RateLimited):
        sandboxed.binders.create_client(client_named("ann-2025"))
    with pytest.raises(RateLimited):
        sandboxed.binders.tasks(["any"], LIMIT)
    assert external_ids(sandboxed) == []


@pytest.mark.slow
@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_key_that_may_only_read_changes_nothing(
    tmp_path: Path, status: Literal[200, 400, 401]
) -> None:
    with in_sandbox(tmp_path, key=lambda sandbox: sandbox.read_only_key) as filed:
        filed.switch(graphql_error_status=status)
        client_id = filed.add_client("bob-2025")
        assert filed.binders.workspace().id
        wanted = KeyRefused if status == 401 else ReadOnlyKey
        with pytest.raises(wanted):
            filed.binders.create_client(client_named("ann-2025"))
        assert [client.id for client in filed.sandbox.received().clients] == [client_id]


@pytest.mark.slow
@pytest.mark.parametrize("face", ["error", "null", "http_401"])
def test_a_token_that_was_forgotten_is_renewed_once(
    sandboxed: InSandbox, face: Literal["error", "null", "http_401"]
) -> None:
    sandboxed.switch(anonymous_me=face)
    workspace = sandboxed.binders.workspace()
    sandboxed.sandbox.forget_tokens()
    assert sandboxed.binders.workspace() == workspace
    sandboxed.sandbox.forget_tokens()
    sandboxed.binders.create_client(client_named("ann-2025"))
    assert external_ids(sandboxed) == ["ann-2025"]
    assert sandboxed.sandbox.received().requests["ExchangeApiKey"] == 3


@pytest.mark.slow
def test_a_key_that_was_revoked_is_not_hammered(sandboxed: InSandbox) -> None:
    sandboxed.binders.workspace()
    sandboxed.sandbox.revoke_key(sandboxed.sandbox.api_key)
    for _ in range(5):
        with pytest.raises(KeyRefused):
            sandboxed.binders.workspace()
    assert sandboxed.sandbox.received().requests["ExchangeApiKey"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("what", ["answer 502", "answer garbage", "answer html", "reset"])
def test_an_unusable_answer_is_trouble_for_a_question_and_doubt_for_a_mutation(
    sandboxed: InSandbox, what: str
) -> None:
    sandboxed.binders.workspace()
    sandboxed.sandbox.aim(f"graphql 1: {what}")
    with pytest.raises(FiledTrouble):
        list(sandboxed.binders.clients())
    sandboxed.sandbox.aim(f"createClient 1: {what}")
    with pytest.raises(OutcomeUnknown):
        sandboxed.binders.create_client(client_named("ann-2025"))
    assert external_ids(sandboxed) == []


@pytest.mark.slow
def test_uploads_without_creation_with_upload_are_told_apart(sandboxed: InSandbox) -> None:
    sandboxed.switch(creation_with_upload=False)
    assert not sandboxed.uploads.with_creation()
    assert uploaded(sandboxed)
