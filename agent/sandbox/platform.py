"""The platform graph: Filed's schema with resolvers over the sandbox's world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from random import Random
from typing import cast

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
)
from graphql.execution import execute_sync

from agent.sandbox import mutations
from agent.sandbox.documents import Document, Documents
from agent.sandbox.mutations import RefusalError
from agent.sandbox.tokens import Account, Claims
from agent.sandbox.views import Fields, View
from agent.sandbox.world import World

SIGNED_OUT = "The token is missing, invalid or expired."


@dataclass
class Caller:
    """Who asks, in one request; claims are None without a good token."""

    world: World
    claims: Claims | None
    dice: Random
    views: list[View] = field(default_factory=list)

    def view(self, *, writing: bool = False) -> View:
        """What the caller's workspace sees; raises RefusalError without the right to it."""
        if self.claims is None:
            raise RefusalError("UNAUTHENTICATED", SIGNED_OUT)
        if self.claims.kind != "workspace":
            raise RefusalError("FORBIDDEN", "This needs a workspaceToken.")
        if writing and self.claims.account.access == "read_only":
            raise RefusalError("FORBIDDEN", "The API key may only read.")
        # One view for a request, so that a task counts as polled once however often it is selected.
        if not self.views:
            self.views.append(View(self.world, self.claims.account, self.dice))
        return self.views[0]


def _exchange(caller: Caller, **arguments: object) -> Fields:
    """Guide "authentication": the API key buys two short-lived tokens; public."""
    world = caller.world
    account = world.mint.account(cast("str", arguments["refreshToken"]))
    if account is None:
        raise RefusalError("UNAUTHENTICATED", "The API key is unknown, expired or revoked.")
    life = world.switches.token_life_seconds
    return {
        "userToken": world.mint.issue(account, "user", life),
        "workspaceToken": world.mint.issue(account, "workspace", life),
    }


def _user(account: Account) -> Fields:
    workspace: Fields = {
        "id": account.workspace_id,
        "name": account.workspace_name,
        "createdAt": None,
        "status": "active",
    }
    return {
        "__typename": "User",
        "id": account.user_id,
        "name": account.user_name,
        "email": account.email,
        "workspaces": [workspace],
    }


def _me(caller: Caller, **_: object) -> Fields | None:
    """Page "me": a union that depends on the kind of token."""
    if caller.claims is None:
        if caller.world.switches.anonymous_me == "null":
            return None
        raise RefusalError("UNAUTHENTICATED", SIGNED_OUT)
    account = caller.claims.account
    if caller.claims.kind == "user":
        return _user(account)
    return {
        "__typename": "WorkspaceUser",
        "id": f"{account.user_id}-membership",
        "role": "admin",
        "createdAt": None,
        "user": _user(account),
        "workspace": _workspace(caller.view(), account),
    }


def _workspace(view: View, account: Account) -> Fields:
    def clients(_: object, **wanted: object) -> list[Fields]:
        return view.clients(*_paging(wanted))

    def tasks(_: object, **wanted: object) -> list[Fields]:
        return view.workspace_tasks(*_paging(wanted))

    member: Fields = {
        "id": f"{account.user_id}-membership",
        "userId": account.user_id,
        "name": account.user_name,
        "email": account.email,
        "role": "admin",
        "kind": "user",
    }
    return {
        "id": account.workspace_id,
        "name": account.workspace_name,
        "clients": clients,
        "tasks": tasks,
        "workspaceUsers": lambda _info, **wanted: view.page([member], *_paging(wanted)[1:3]),
    }


def _paging(
    wanted: dict[str, object],
) -> tuple[dict[str, list[str]] | None, int | None, int | None, dict[str, str] | None]:
    """The arguments of a list, which graphql-core has checked against the schema."""
    return (
        cast("dict[str, list[str]] | None", wanted.get("filters")),
        cast("int | None", wanted.get("offset")),
        cast("int | None", wanted.get("limit")),
        cast("dict[str, str] | None", wanted.get("sortBy")),
    )


def _create_client(caller: Caller, **arguments: object) -> Fields:
    view = caller.view(writing=True)
    given = cast("Fields", arguments["input"])
    client, task = mutations.create_client(
        view.world,
        view.account,
        cast("str", given["name"]),
        cast("str", given["externalId"]),
        cast("int", given["taxYear"]),
        cast("str", given["returnType"]),
        cast("list[str] | None", given.get("uploadIds")),
    )
    return {"client": view.client(client), "taskId": task.id if task else None}


def _add_client_documents(caller: Caller, **arguments: object) -> Fields:
    view = caller.view(writing=True)
    given = cast("Fields", arguments["input"])
    client_id, upload_ids = cast("str", given["clientId"]), cast("list[str]", given["uploadIds"])
    task = mutations.add_client_documents(view.world, view.account, client_id, upload_ids)
    return {"taskId": task.id}


def _trigger_tax_prep(caller: Caller, **arguments: object) -> Fields:
    view = caller.view(writing=True)
    given = cast("Fields", arguments["input"])
    client_id, return_type = cast("str", given["clientId"]), cast("str", given["returnType"])
    task = mutations.trigger_tax_prep(view.world, view.account, client_id, return_type)
    return {"taskId": task.id}


def _missing_item(caller: Caller, **arguments: object) -> Fields:
    """Recipe "browse the binder"; the sandbox misses no items, so none is ever found."""
    caller.view(writing=True)
    raise RefusalError("NOT_FOUND", f"Missing item {arguments['id']} does not exist.")


def _health(_: Caller, **__: object) -> Fields:
    """Guide "making requests": public; the values are the sandbox's own."""
    return {"id": "sandbox", "ai": "ok", "platform": "ok"}


Resolver = Callable[..., Fields | None]
RESOLVERS: dict[str, dict[str, Resolver]] = {
    "Query": {"me": _me, "health": _health},
    "Mutation": {
        "exchangeSurfaceRefreshTokenForAccessTokens": _exchange,
        "createClient": _create_client,
        "addClientDocuments": _add_client_documents,
        "triggerTaxPrep": _trigger_tax_prep,
        "ignoreBinderMissingItem": _missing_item,
        "restoreBinderMissingItem": _missing_item,
    },
}


def _bound(resolver: Resolver) -> Callable[..., Fields | None]:
    def resolve(_: object, info: GraphQLResolveInfo[object], **arguments: object) -> Fields | None:
        return resolver(cast("Caller", info.context), **arguments)

    return resolve


@cache
def platform_schema() -> GraphQLSchema:
    """Filed's platform graph with the resolvers above, built once."""
    text = files("agent.sandbox").joinpath("platform.graphql").read_text("utf-8")
    schema = build_schema(text)
    for type_name, fields in RESOLVERS.items():
        object_type = cast("GraphQLObjectType", schema.type_map[type_name])
        for name, resolver in fields.items():
            object_type.fields[name].resolve = _bound(resolver)
    return schema


def _code(error: GraphQLError) -> str:
    if isinstance(error.original_error, RefusalError):
        return error.original_error.code
    # An error without a path happened before any resolver: the variables do not fit.
    return "BAD_USER_INPUT" if error.path is None else "INTERNAL_SERVER_ERROR"


def error_entry(error: GraphQLError, code: str) -> Fields:
    """Guide "making requests": message, locations, path and extensions.code."""
    return {**cast("Fields", error.formatted), "extensions": {"code": code}}


class Platform:
    """Answers GraphQL requests; used by one event loop only."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._schema = platform_schema()
        self._dice = Random(world.seed)  # noqa: S311 - repeatable on purpose, nothing secret
        self.documents = Documents(self._schema)

    def answer(
        self,
        document: Document,
        variables: dict[str, object],
        operation: str | None,
        claims: Claims | None,
    ) -> Fields:
        """The body of an answer: data, and errors when there are some."""
        if document.node is None or document.errors:
            return {"errors": [error_entry(error, document.code) for error in document.errors]}
        caller = Caller(self._world, claims, self._dice)
        with self._world.lock:
            result = execute_sync(
                self._schema,
                document.node,
                context_value=caller,
                variable_values=variables,
                operation_name=operation,
            )
        return _body(result)


def _body(result: ExecutionResult) -> Fields:
    body: Fields = {"data": result.data}
    if result.errors:
        body["errors"] = [error_entry(error, _code(error)) for error in result.errors]
    return body
