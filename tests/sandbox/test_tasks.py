"""Background tasks: how they run, end, and are listed; what the binder then holds."""

from __future__ import annotations

import pytest

from agent.sandbox.server import Sandbox
from tests.sandbox.caller import Caller, JumpingClock
from tests.sandbox.conftest import switch


def _attached(caller: Caller, data: bytes = b"0123456789", filename: str = "w2.pdf") -> str:
    made = caller.create_client(upload_ids=[caller.upload(data, filename)])
    return str(made.data["createClient"]["client"]["id"])


def _status(caller: Caller, client: str) -> str:
    return str(caller.tasks(client)[0]["status"])


def test_a_task_runs_for_three_polls_through_its_stages(caller: Caller) -> None:
    client = _attached(caller)
    tasks = [caller.tasks(client, type="BINDER")[0] for _ in range(4)]
    assert [task["status"] for task in tasks] == ["RUNNING"] * 3 + ["COMPLETED"]
    assert [len(task["subTasks"]) for task in tasks] == [1, 2, 3, 3]
    assert [stage["type"] for stage in tasks[3]["subTasks"]] == ["CONVERT", "CLASSIFY", "FILE"]
    assert tasks[0]["completedAt"] is None
    assert tasks[3]["completedAt"]
    assert tasks[3]["result"] == {"__typename": "TaskUnknownResult"}
    assert tasks[3]["attributes"] == [{"name": "uploadCount", "value": "1"}]


def test_a_task_runs_for_a_time(sandbox: Sandbox, caller: Caller, clock: JumpingClock) -> None:
    switch(sandbox, task_polls=None, task_seconds=60)
    client = _attached(caller)
    clock.jump(59)
    assert [_status(caller, client) for _ in range(5)] == ["RUNNING"] * 5
    clock.jump(1)
    assert _status(caller, client) == "COMPLETED"


def test_a_failing_task_names_its_error(sandbox: Sandbox, caller: Caller) -> None:
    switch(sandbox, task_polls=0, task_outcome="failed", task_error="Unreadable.")
    (task,) = caller.tasks(_attached(caller))
    assert (task["status"], task["errorMessage"]) == ("FAILED", "Unreadable.")
    assert task["subTasks"][-1]["errorMessage"] == "Unreadable."


def test_a_file_without_bytes_fails(sandbox: Sandbox, caller: Caller) -> None:
    switch(sandbox, task_polls=0)
    assert _status(caller, _attached(caller, b"")) == "FAILED"


def test_a_task_can_run_for_ever(sandbox: Sandbox, caller: Caller, clock: JumpingClock) -> None:
    switch(sandbox, task_outcome="never", task_seconds=10)
    client = _attached(caller)
    clock.jump(1000)
    assert {_status(caller, client) for _ in range(10)} == {"RUNNING"}
    switch(sandbox, task_outcome="completed")
    assert _status(caller, client) == "COMPLETED"


def test_running_tasks_can_be_failed_at_once(sandbox: Sandbox, caller: Caller) -> None:
    client = _attached(caller)
    sandbox.fail_tasks("The converter is down.")
    (task,) = caller.tasks(client)
    assert (task["status"], task["errorMessage"]) == ("FAILED", "The converter is down.")
    assert caller.binder(client)["subdocuments"] == []


ALL_TASKS = """query($filters: TaskFilters) { me { ... on WorkspaceUser { workspace {
  tasks(filters: $filters) { id } } } } }"""


def test_tasks_can_be_missing_from_lists(sandbox: Sandbox, caller: Caller) -> None:
    client = _attached(caller)
    seen = []
    for listing in ("everywhere", "workspace_only", "nowhere"):
        switch(sandbox, task_listing=listing)
        everywhere = caller.ask(ALL_TASKS).data["me"]["workspace"]["tasks"]
        seen.append((len(caller.tasks(client)), len(everywhere)))
    assert seen == [(1, 1), (0, 1), (0, 0)]


def test_tasks_of_the_workspace_are_filtered_by_ids(caller: Caller) -> None:
    client = _attached(caller)
    (task,) = caller.tasks(client)
    wanted = caller.ask(ALL_TASKS, filters={"ids": [task["id"]]}).data["me"]["workspace"]["tasks"]
    assert wanted == [{"id": task["id"]}]
    none = caller.ask(ALL_TASKS, filters={"ids": ["unknown"]}).data["me"]["workspace"]["tasks"]
    assert none == []


def test_tasks_of_a_client_are_newest_first_and_limited(
    caller: Caller, clock: JumpingClock
) -> None:
    client = _attached(caller)
    clock.jump(1)
    newest = caller.attach(client, caller.upload()).data["addClientDocuments"]["taskId"]
    assert len(caller.tasks(client)) == 2
    assert [task["id"] for task in caller.tasks(client, limit=1)] == [newest]
    assert caller.tasks(client, type="TAX_PREP") == []


@pytest.mark.parametrize(
    ("style", "name"),
    [("original", "scan 1.jpg"), ("pdf", "scan 1.pdf"), ("classified", "Document 1 2025.pdf")],
)
def test_the_binder_names_filed_documents_by_switch(
    sandbox: Sandbox, caller: Caller, style: str, name: str
) -> None:
    switch(sandbox, task_polls=0, subdocument_names=style)
    binder = caller.binder(_attached(caller, filename="scan 1.jpg"))
    assert [document["fileName"] for document in binder["subdocuments"]] == [name]
    assert binder["missingItems"] == []


def test_a_running_task_has_filed_nothing(caller: Caller) -> None:
    assert caller.binder(_attached(caller))["subdocuments"] == []


PREP = """mutation($input: TriggerTaxPrepInput!) { triggerTaxPrep(input: $input) { taskId } }"""


def test_tax_prep_runs_as_a_task_of_its_own(sandbox: Sandbox, caller: Caller) -> None:
    switch(sandbox, task_polls=0)
    client = _attached(caller)
    wrong = {"clientId": client, "returnType": "F1065"}
    assert caller.ask(PREP, input=wrong).code == "BAD_USER_INPUT"
    prepared = caller.ask(PREP, input={"clientId": client, "returnType": "F1040"}).data
    (task,) = caller.tasks(client, type="TAX_PREP")
    assert task["id"] == prepared["triggerTaxPrep"]["taskId"]
    assert task["result"] == {"__typename": "TaskTaxPrepResult"}


def test_no_binder_item_is_missing(caller: Caller) -> None:
    query = 'mutation { ignoreBinderMissingItem(id: "x", workspaceId: "y") { id } }'
    assert caller.ask(query).code == "NOT_FOUND"
