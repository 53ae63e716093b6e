"""A GraphQL question on its way: the documents of `operations/`, and how they are posted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from agent.filed.answer import Answer
from agent.filed.endpoint import Endpoint
from agent.filed.transport import Transport


@cache
def document(name: str) -> tuple[str, str]:
    """The text of `operations/<name>.graphql` and the name of its operation."""
    text = (files("agent.filed") / "operations" / f"{name}.graphql").read_text(encoding="utf-8")
    found = re.search(r"\b(?:query|mutation)\s+(\w+)", text)
    if found is None:
        raise ValueError(f"{name}.graphql holds no named operation")
    return text, found[1]


def post(
    transport: Transport,
    endpoint: Endpoint,
    name: str,
    variables: Mapping[str, object],
    token: str | None,
) -> Answer:
    """Ask one question, with a token or (for the public ones) without. Raises as Transport.send."""
    query, operation = document(name)
    body = {"query": query, "variables": dict(variables), "operationName": operation}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return Answer.read(transport.send("POST", endpoint.url, headers, json.dumps(body).encode()))
