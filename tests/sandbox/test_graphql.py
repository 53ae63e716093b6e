"""Requests that fail before any resolver, and the form of errors."""

from __future__ import annotations

import pytest

from agent.sandbox.server import Sandbox
from tests.sandbox.caller import CREATE, Caller
from tests.sandbox.conftest import switch


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ me { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ clients { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation { deleteClient(id: 1) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ health { id color } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ health { id ", "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_a_wrong_query_fails_without_data(caller: Caller, query: str, code: str) -> None:
    reply = caller.ask(query)
    assert reply.code == code
    assert reply.body.get("data") is None


def test_every_bad_field_has_its_own_entry(caller: Caller) -> None:
    errors = caller.ask("{ health { color size } }").body["errors"]
    assert len(errors) == 2
    assert all(entry["locations"] for entry in errors)


def test_variables_that_do_not_fit_are_bad_input(caller: Caller) -> None:
    assert caller.ask(CREATE, input={"name": "Smith"}).code == "BAD_USER_INPUT"


def test_a_failing_field_is_null_and_names_its_path(caller: Caller) -> None:
    query = "query Both($limit: Int) { health { id } me { __typename ... on WorkspaceUser {"
    query += " workspace { clients(limit: $limit) { id } } } } }"
    reply = caller.ask(query, limit=-1)
    assert reply.body["data"] == {"health": {"id": "sandbox"}, "me": None}
    assert reply.body["errors"][0]["path"] == ["me", "workspace", "clients"]
    assert reply.code == "BAD_USER_INPUT"


@pytest.mark.parametrize("status", [200, 400, 401])
def test_the_http_status_of_errors_is_a_switch(
    sandbox: Sandbox, caller: Caller, status: int
) -> None:
    switch(sandbox, graphql_error_status=status)
    assert caller.ask("{ me { id } }").status == status
    assert caller.ask("{ health { id } }").status == 200


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"query": 1}', b'{"query":"", "variables":1}']
)
def test_a_body_without_a_query_is_refused(sandbox: Sandbox, caller: Caller, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = caller.http.post(sandbox.graphql_url, content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_form_is_refused(sandbox: Sandbox, caller: Caller) -> None:
    answer = caller.http.post(sandbox.graphql_url, data={"query": "{ health { id } }"})
    assert answer.status_code == 415


def test_one_of_two_operations_is_chosen_by_name(sandbox: Sandbox, caller: Caller) -> None:
    body = {"query": "query A { health { id } } query B { health { ai } }", "operationName": "B"}
    answer = caller.http.post(sandbox.graphql_url, json=body).json()
    assert answer["data"] == {"health": {"ai": "ok"}}
    assert "errors" in caller.http.post(sandbox.graphql_url, json={"query": body["query"]}).json()
    assert sandbox.received().requests["B"] == 1


def test_the_schema_can_be_introspected(caller: Caller) -> None:
    query = '{ __type(name: "ClientFilters") { inputFields { name } } }'
    assert caller.ask(query).data["__type"]["inputFields"] == [{"name": "ids"}]
