"""Clients, documents and tasks as Filed gives them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.errors import FiledUnreachable
from agent.filed.shapes import epoch
from agent.model.ingestion import Workspace
from tests.filed.kit import CLIENT, client_node, house, made, me, taken
from tests.filed.scripted import Talk, answer


def task(number: int = 1, **changes: object) -> dict[str, object]:
    """A task as Filed lists it."""
    return {
        "id": f"t{number}",
        "status": "RUNNING",
        "startedAt": "2026-01-02T03:04:05Z",
        "errorMessage": None,
        "subTasks": [],
        "attributes": [],
        "triggeredBy": None,
    } | changes


def test_the_workspace_is_who_the_key_makes_us() -> None:
    data = {
        "me": {
            "__typename": "WorkspaceUser",
            "role": "l1",
            "user": {"id": "p1", "name": "Pat"},
            "workspace": {"id": "w1", "name": "Firm"},
        }
    }
    with house(answer(data)) as h:
        assert h.binders.workspace() == Workspace("w1", "Firm", "l1", "p1", "Pat")
        asked = h.server.asked[0]
        assert (asked.method, asked.path) == ("POST", "/graphql")
        assert asked.headers["authorization"] == "Bearer t1"
        assert asked.headers["content-type"] == "application/json"
        assert b'"operationName": "Me"' in asked.body


def test_a_user_token_s_me_is_not_a_workspace() -> None:
    with house(answer({"me": {"__typename": "User"}})) as h, pytest.raises(FiledUnreachable):
        h.binders.workspace()


def test_only_a_page_without_anything_new_ends_the_list_of_clients() -> None:
    pages = [[client_node(1), client_node(2)], [client_node(2), client_node(3)], [client_node(3)]]
    with house(*(answer(me(clients=page)) for page in pages)) as h:
        assert [client.id for client in h.binders.clients()] == ["c1", "c2", "c3"]
        assert [asked.variables for asked in h.server.asked] == [
            {"offset": offset, "limit": 100} for offset in (0, 1, 2)
        ]


def test_a_client_is_created_without_uploads() -> None:
    with house(answer(made())) as h:
        record = h.binders.create_client(CLIENT)
        assert (record.id, record.external_id, record.tax_year) == ("c1", "ann-2025", 2025)
        assert h.server.asked[0].variables == {
            "input": {
                "name": "Ann Example",
                "externalId": "ann-2025",
                "returnType": "F1040",
                "taxYear": 2025,
            }
        }


def test_a_name_that_utf_8_cannot_carry_is_mended() -> None:
    with house(answer(made())) as h:
        h.binders.create_client(replace(CLIENT, name="Ann\udcff"))
        wanted = h.server.asked[0].variables["input"]
        assert isinstance(wanted, dict)
        assert wanted["name"] == "Ann\ufffd"


def test_documents_are_added_to_the_client_named() -> None:
    with house(answer(taken())) as h:
        assert h.binders.add_documents("c1", ["u1", "u2"]) == "task-1"
        assert h.server.asked[0].variables == {
            "input": {"clientId": "c1", "uploadIds": ["u1", "u2"]}
        }


def test_tasks_of_several_clients_come_in_one_request() -> None:
    rich = task(
        2,
        status="COMPLETED",
        subTasks=[{"status": "COMPLETED"}, {"status": "FAILED"}, {"status": "RUNNING"}],
        attributes=[{"name": "other", "value": "9"}, {"name": "uploadCount", "value": "3"}],
        triggeredBy={"id": "p1"},
    )
    data = me(clients=[{"id": "c1", "tasks": [task(1), rich]}, {"id": "c2", "tasks": []}])
    with house(answer(data)) as h:
        page = h.binders.tasks(["c1", "c2"], 2)
        assert len(h.server.asked) == 1
        assert page.full == {"c1"}
        assert page.tasks["c2"] == ()
        plain, second = page.tasks["c1"]
        assert (plain.client_id, plain.started_at) == ("c1", 1767323045.0)
        assert (second.steps, second.steps_done, second.upload_count) == (3, 2, 3)
        assert second.triggered_by == "p1"


def test_a_client_left_out_of_the_answer_is_asked_for_again_and_then_counts_as_cut_off() -> None:
    first = me(clients=[{"id": "c1", "tasks": []}])
    second = me(clients=[{"id": "c2", "tasks": [task()]}])
    with house(answer(first), answer(second), answer(me(clients=[]))) as h:
        page = h.binders.tasks(["c1", "c2", "c3"], 20)
        assert {one: len(tasks) for one, tasks in page.tasks.items()} == {"c1": 0, "c2": 1, "c3": 0}
        assert page.full == {"c3"}
        assert [asked.variables["ids"] for asked in h.server.asked] == [
            ["c1", "c2", "c3"],
            ["c2", "c3"],
            ["c3"],
        ]


def test_more_than_fifty_clients_take_more_than_one_request() -> None:
    def echo(talk: Talk) -> bool:
        talk.read_body()
        ids = talk.asked.variables["ids"]
        assert isinstance(ids, list)
        assert len(ids) <= 50
        return answer(me(clients=[{"id": one, "tasks": []} for one in ids]))(talk)

    with house(echo) as h:
        page = h.binders.tasks([f"c{number}" for number in range(120)], 20)
        assert len(page.tasks) == 120
        assert len(h.server.asked) == 3


def test_no_clients_no_request() -> None:
    with house() as h:
        assert h.binders.tasks([], 20).tasks == {}
        assert h.server.asked == []


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "", None, [1], "9" * 30])
def test_an_odd_upload_count_is_none(value: object) -> None:
    odd = task(attributes=[{"name": "uploadCount", "value": value}])
    with house(answer(me(clients=[{"id": "c1", "tasks": [odd]}]))) as h:
        assert h.binders.tasks(["c1"], 20).tasks["c1"][0].upload_count is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-02T03:04:05Z", 1767323045.0),
        ("2026-01-02T03:04:05.250+01:00", 1767319445.25),
        ("2026-01-02T03:04:05", 1767323045.0),
        ("2026-01-02T03:04:05.123456789Z", 1767323045.123456),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1767323045, None),
        ("2026-13-01T00:00:00Z", None),
    ],
)
def test_started_at_becomes_seconds_or_nothing(text: object, seconds: float | None) -> None:
    found = epoch(text)
    assert found == (seconds if seconds is None else pytest.approx(seconds))
