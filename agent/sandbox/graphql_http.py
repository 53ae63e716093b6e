"""POST /graphql: guide "making requests", a JSON body of query, variables and operationName."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope

from agent.sandbox.gate import Named, read_body, replay
from agent.sandbox.platform import Platform
from agent.sandbox.tokens import Claims, TokenRefusedError
from agent.sandbox.views import Fields
from agent.sandbox.world import World

PATH = "/graphql"
PUBLIC = frozenset({"health", "exchangesurfacerefreshtokenforaccesstokens"})


@dataclass(frozen=True)
class _Question:
    query: str
    variables: dict[str, object]
    operation: str | None


def _question(body: bytes) -> _Question | None:
    """The members of a body, or None when it is not what the guide asks for."""
    try:
        given = json.loads(body)
    except ValueError:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("query"), str):
        return None
    variables, operation = given.get("variables") or {}, given.get("operationName")
    if not isinstance(variables, dict) or not isinstance(operation, str | None):
        return None
    return _Question(given["query"], cast("dict[str, object]", variables), operation)


def _refusal(status: int, code: str, message: str) -> Response:
    return JSONResponse({"errors": [{"message": message, "extensions": {"code": code}}]}, status)


class GraphqlRoute:
    """The GraphQL endpoint of one platform."""

    def __init__(self, world: World, platform: Platform) -> None:
        self._world = world
        self._platform = platform

    async def name(self, scope: Scope, receive: Receive) -> Named | None:
        """The names by which a request is counted and hit by faults; pages have none."""
        if scope["type"] != "http" or scope["path"] != PATH:
            return None
        body = await read_body(receive)
        question = _question(body)
        if question is None:
            return Named("graphql", {"graphql"}, replay(body, receive))
        document = self._platform.documents.read(question.query)
        label, names = document.label(question.operation), document.names(question.operation)
        return Named(label, names, replay(body, receive))

    async def endpoint(self, request: Request) -> Response:
        """Answer one request."""
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refusal(415, "BAD_REQUEST", "Content-Type must be application/json.")
        question = _question(await request.body())
        if question is None:
            return _refusal(400, "BAD_REQUEST", "The body must be JSON with a query.")
        document = self._platform.documents.read(question.query)
        claims = self._claims(request)
        switches = self._world.switches
        private = not document.fields & PUBLIC
        if private and claims is None and switches.anonymous_me == "http_401":
            return _refusal(401, "UNAUTHENTICATED", "The token is missing, invalid or expired.")
        if private and document.is_mutation(question.operation):
            await asyncio.sleep(switches.late_execution_seconds)
        body = self._platform.answer(document, question.variables, question.operation, claims)
        return JSONResponse(body, self._status(body))

    def _claims(self, request: Request) -> Claims | None:
        try:
            return self._world.mint.bearer(request.headers.get("authorization"))
        except TokenRefusedError:
            return None

    def _status(self, body: Fields) -> int:
        return self._world.switches.graphql_error_status if "errors" in body else 200
