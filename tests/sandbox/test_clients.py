"""Listing clients and making them."""

from __future__ import annotations

from agent.sandbox.server import Sandbox
from tests.sandbox.caller import LIST, Caller, JumpingClock
from tests.sandbox.conftest import switch


def _five(sandbox: Sandbox, clock: JumpingClock) -> list[str]:
    made = []
    for number in range(5):
        made.append(sandbox.add_client(f"Client {number}", f"c{number}", 2020 + number, "F1040"))
        clock.jump(1)
    return made


def test_a_client_made_by_the_firm_is_listed_as_it_is(sandbox: Sandbox, caller: Caller) -> None:
    made = sandbox.add_client("Old & Sons", "old-1", 2019, "F1065", status="archived")
    (client,) = caller.clients()
    assert client == {
        "id": made,
        "name": "Old & Sons",
        "externalId": "old-1",
        "status": "archived",
        "returnType": "F1065",
        "taxYear": 2019,
        "createdAt": "2027-01-15T08:00:00.000Z",
    }


def test_clients_are_paged_newest_first_under_a_hidden_cap(
    sandbox: Sandbox, caller: Caller, clock: JumpingClock
) -> None:
    made = _five(sandbox, clock)[::-1]
    switch(sandbox, list_cap=2)
    assert [client["id"] for client in caller.clients(limit=100)] == made[:2]
    assert [client["id"] for client in caller.clients(offset=2, limit=1)] == made[2:3]
    assert [client["id"] for client in caller.clients(offset=4)] == made[4:]
    assert caller.clients(offset=5) == []


def test_the_order_of_lists_is_a_switch(
    sandbox: Sandbox, caller: Caller, clock: JumpingClock
) -> None:
    made = _five(sandbox, clock)
    switch(sandbox, list_order="oldest_first")
    assert [client["id"] for client in caller.clients()] == made
    switch(sandbox, list_order="random")
    orders = {tuple(client["id"] for client in caller.clients()) for _ in range(10)}
    assert len(orders) > 1
    assert all(sorted(order) == sorted(made) for order in orders)


def test_clients_can_be_sorted_by_a_known_field(
    sandbox: Sandbox, caller: Caller, clock: JumpingClock
) -> None:
    _five(sandbox, clock)
    years = caller.clients(sortBy={"field": "taxYear", "order": "ASC"})
    assert [client["taxYear"] for client in years] == [2020, 2021, 2022, 2023, 2024]
    wrong = {"field": "shoeSize", "order": "ASC"}
    assert caller.ask(LIST, sortBy=wrong).code == "BAD_USER_INPUT"


def test_clients_are_filtered_by_ids(sandbox: Sandbox, caller: Caller, clock: JumpingClock) -> None:
    made = _five(sandbox, clock)
    found = caller.clients(filters={"ids": [made[1], made[3], "unknown"]})
    assert {client["id"] for client in found} == {made[1], made[3]}
    assert caller.clients(filters={"ids": []}) == []


def test_a_workspace_sees_only_its_own_clients(sandbox: Sandbox, caller: Caller) -> None:
    caller.create_client()
    caller.sign_in("sandbox-other-key")
    assert caller.clients() == []
    assert caller.create_client().data["createClient"]["client"]["externalId"] == "smith-2025"


def test_a_client_without_uploads_starts_no_task(sandbox: Sandbox, caller: Caller) -> None:
    made = caller.create_client().data["createClient"]
    assert made["taskId"] is None
    assert made["client"]["status"] == "active"
    assert sandbox.received().client("smith-2025").id == made["client"]["id"]


def test_a_client_with_uploads_starts_a_binder_task(sandbox: Sandbox, caller: Caller) -> None:
    made = caller.create_client(upload_ids=[caller.upload()]).data["createClient"]
    (document,) = sandbox.received().client("smith-2025").documents
    assert document.task_id == made["taskId"]


def test_a_taken_external_id_is_refused_or_not_by_switch(sandbox: Sandbox, caller: Caller) -> None:
    caller.create_client()
    assert caller.create_client().code == "BAD_USER_INPUT"
    switch(sandbox, unique_external_id=False)
    assert caller.create_client().data["createClient"]["client"]["id"]
    assert len(sandbox.received().clients) == 2


def test_a_bad_upload_prevents_the_client_or_not_by_switch(
    sandbox: Sandbox, caller: Caller
) -> None:
    assert caller.create_client(upload_ids=["unknown"]).code == "BAD_USER_INPUT"
    assert sandbox.received().clients == ()
    switch(sandbox, keep_client_on_bad_upload=True)
    assert caller.create_client(upload_ids=["unknown"]).data["createClient"]["taskId"] is None
    assert len(sandbox.received().clients) == 1


def test_lists_lag_behind_what_was_done(
    sandbox: Sandbox, caller: Caller, clock: JumpingClock
) -> None:
    switch(sandbox, read_lag_seconds=30)
    client = caller.create_client().data["createClient"]["client"]["id"]
    assert caller.clients() == []
    clock.jump(30)
    assert len(caller.clients()) == 1
    caller.attach(client, caller.upload())
    assert caller.tasks(client) == []
    clock.jump(30)
    assert len(caller.tasks(client)) == 1


def test_members_of_a_workspace_are_listed(caller: Caller) -> None:
    query = "{ me { ... on WorkspaceUser { workspace { workspaceUsers { email kind role } } } } }"
    (member,) = caller.ask(query).data["me"]["workspace"]["workspaceUsers"]
    assert member["kind"] == "user"
