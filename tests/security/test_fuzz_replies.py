"""Whatever a server answers, only errors of the house come out, in bounded time (row R18)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.errors import AgentError
from agent.filed.binders import Binders
from agent.filed.endpoint import Endpoint
from agent.filed.exchange import Exchange
from agent.filed.graphql import Graph
from agent.filed.sign_in import SignIn
from agent.filed.transport import Transport
from agent.filed.uploads import Uploads
from agent.model.client import ClientRecord
from agent.model.ingestion import Task
from tests.filed.kit import CLIENT, Chunk, JumpingClock, client_node, jwt, made, me, taken
from tests.kit.depth import depth

pytestmark = [pytest.mark.slow, pytest.mark.deep, pytest.mark.timeout(3600)]

EXAMPLES = depth("EXAMPLES", 300, 20_000)
SECONDS = 2.0  # of processor time for one reply of at most 4 MB
SQLITE = range(-(2**63), 2**63)

Headers = list[tuple[bytes, bytes]]


class Desk:
    """Filed's edges, with one reply to every request instead of a network."""

    def __init__(self, reply: Callable[[httpx.Request], httpx.Response]) -> None:
        self.clock = JumpingClock()
        upload = Endpoint.parse("https://uploads.example/api/uploads")
        graph = Endpoint.parse("https://filed.example/graphql")
        self.transport = Transport([upload, graph], self.clock)
        # everything of httpx but its sockets: headers and streams are read as ever
        origins = list(self.transport._wires)
        self.transport.close()
        self.transport._wires = dict.fromkeys(origins, httpx.MockTransport(reply))
        self.exchange = Exchange(self.transport, graph)
        sign_in = SignIn(self._key, lambda: "key-1", self.clock, self.transport.server_time)
        self.uploads = Uploads(self.transport, upload, sign_in)
        self.binders = Binders(Graph(self.transport, graph, sign_in))
        self.renewed = SignIn(self.exchange, lambda: "key-1", self.clock)

    def _key(self, _key: str) -> str:
        return "t1"


@contextmanager
def desk(status: int, headers: Headers, body: bytes) -> Iterator[Desk]:
    def reply(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, stream=Once(body))

    made = Desk(reply)
    try:
        yield made
    finally:
        made.transport.close()


class Once(httpx.SyncByteStream):
    """The body as the wire gives it, before any decoding."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self.body


ACTS: dict[str, Callable[[Desk], object]] = {
    "create": lambda d: d.uploads.create("w2.pdf", "application/pdf", 10),
    "create-with": lambda d: d.uploads.create("w2.pdf", "application/pdf", 10, Chunk()),
    "head": lambda d: d.uploads.offset("u1", 10),
    "patch": lambda d: d.uploads.send("u1", 0, 10, Chunk()),
    "options": lambda d: d.uploads.with_creation(),
    "exchange": lambda d: d.exchange("key-1"),
    "token": lambda d: d.renewed.token(),
    "me": lambda d: d.binders.workspace(),
    "clients": lambda d: list(islice(d.binders.clients(), 1)),
    "createClient": lambda d: d.binders.create_client(CLIENT),
    "addClientDocuments": lambda d: d.binders.add_documents("c1", ["u1"]),
    "tasks": lambda d: d.binders.tasks(["c1"], 50),
}

TASK = {
    "id": "task-1",
    "status": "RUNNING",
    "startedAt": "2026-01-02T03:04:05Z",
    "errorMessage": None,
    "subTasks": [{"status": "COMPLETED"}],
    "attributes": [{"name": "uploadCount", "value": "1"}],
    "triggeredBy": {"id": "u1"},
}
TOKENS = "exchangeSurfaceRefreshTokenForAccessTokens"
GOOD: dict[str, object] = {
    "me": {"me": {"role": "owner", "user": {"id": "1", "name": "A"}, "workspace": {"id": "w"}}},
    "clients": me(clients=[client_node(1), client_node(2)]),
    "createClient": made(),
    "addClientDocuments": taken(),
    "tasks": me(clients=[{"id": "c1", "tasks": [TASK, TASK]}]),
    "exchange": {TOKENS: {"workspaceToken": jwt(exp=1, iat=0)}},
    "token": {TOKENS: {"workspaceToken": jwt(exp=1, iat=0)}},
}

HUGE = 10**400
ODD: st.SearchStrategy[object] = st.sampled_from(
    [
        *(None, True, False, 0, -1, 2**63, -(2**63) - 1, HUGE, -HUGE, 1e308, float("inf")),
        *(float("nan"), "", "\0", "\ud800", "\x1b[31m", "\u202e", "a" * 5000, "9" * 5000),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1e999", [], {}, [[]]),
        *([None], {"": None}, {"id": None}, "COMPLETED", "task-1"),
    ]
)
CLAIMS = st.dictionaries(
    st.sampled_from(["exp", "iat", "workspaceId", "access", "x"]), ODD, max_size=4
)
VALUES = st.recursive(
    ODD | st.text(max_size=20) | st.integers() | CLAIMS.map(lambda claims: jwt(**claims)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@st.composite
def spoiled(draw: st.DrawFn, good: object) -> object:
    """The document with something in it exchanged."""
    if isinstance(good, dict) and good and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(good)))
        return {**good, key: draw(spoiled(good[key]))}
    if isinstance(good, list) and good and draw(st.integers(0, 9)):
        return [draw(spoiled(good[0])), *good[1:]]
    return draw(VALUES)


@st.composite
def bodies(draw: st.DrawFn, act: str) -> bytes:
    """A JSON body that is nearly right, or wrong in one of the usual ways, or anything."""
    data = draw(spoiled(GOOD[act])) if act in GOOD else draw(VALUES)
    document: dict[str, object] = {"data": data}
    if draw(st.booleans()):
        code = draw(VALUES | st.sampled_from(["UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT"]))
        document["errors"] = draw(
            st.just([{"message": draw(VALUES), "extensions": {"code": code}}]) | VALUES
        )
    raw = json.dumps(document).encode()
    kind = draw(st.integers(0, 9))
    if kind == 0:
        raw = raw[: draw(st.integers(0, len(raw)))]
    elif kind == 1:
        raw = raw[:-1] + b',"data":{}}'
    elif kind == 2:
        deep = draw(st.sampled_from([50, 300, 900, 990, 5000, 100_000]))
        raw = b'{"data":' + b'{"me":' * deep + b"1" + b"}" * deep + b"}"
    elif kind == 3:
        raw = draw(st.binary(max_size=100))
    return raw


PIECES = st.sampled_from(
    ["https://", "http://", "//", "/", "uploads.example", "other.example", "@", ":", ":99999", "..",
     "u1", "api/uploads", "%2e", "\\", "?", "#", "[", "]", "[::1]", "\xe9", " ", "javascript:",
     "file:", "\x80", "xn--", "%", "a" * 70 + "."]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=8).map("".join),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40),
    st.sampled_from(["-5", "99999", "9" * 5000, "1e9", "10", "Fri, 31 Dec 9999 23:59:59 GMT",
                     "Mon, 99 Xxx 0000 99:99:99 +9999", "gzip", "br", "text/html", "\xb2"]),
)  # fmt: skip
HEADER_NAMES = (
    *("location", "retry-after", "upload-offset", "upload-length", "date", "content-type"),
    *("content-encoding", "tus-extension", "set-cookie", "tus-version"),
)
HEADERS = st.lists(
    st.tuples(st.sampled_from(HEADER_NAMES), TEXTS).map(
        lambda pair: (pair[0].encode(), pair[1].encode("latin-1", "replace"))
    ),
    max_size=5,
)
STATUSES = st.sampled_from([200, 200, 200, 201, 204, 301, 307, 308, 401, 403, 409, 429, 500])


def check(act: str, status: int, headers: Headers, body: bytes) -> None:
    """The one property: a result that the ledger can keep, or an error of the house."""
    began = time.process_time()
    with desk(status, headers, body) as at:
        found = outcome(ACTS[act], at)
    if isinstance(found, AgentError):
        assert found.said.isprintable()
        assert len(found.said) < 600
    else:
        assert storable(found)
    assert time.process_time() - began < SECONDS


def outcome(act: Callable[[Desk], object], at: Desk) -> object:
    try:
        return act(at)
    except AgentError as error:
        return error


def storable(found: object) -> bool:
    """Whether SQLite can keep every number and text of it."""
    if isinstance(found, list | tuple):
        return all(storable(one) for one in found)
    if isinstance(found, dict):
        return storable(list(found.values()))
    if isinstance(found, ClientRecord | Task):
        return storable([getattr(found, name) for name in type(found).__slots__])
    if isinstance(found, int):
        return found in SQLITE
    if isinstance(found, str):
        found.encode()
    return True


def nested(deep: int) -> bytes:
    return b'{"data":{"me":' + b"[" * deep + b"]" * deep + b"}}"


def token_with(**claims: object) -> bytes:
    return json.dumps({"data": {TOKENS: {"workspaceToken": jwt(**claims)}}}).encode()


# -- found once, kept for ever ---------------------------------------------------------------------


def test_R05_a_redirect_to_no_url_at_all() -> None:
    for location in (b"javascript:alert(1)", b"http://[", b"//", b"http://a:b:c", b"\x80:"):
        for act in ACTS:
            check(act, 307, [(b"location", location)], b"")


def test_R18_a_token_whose_end_no_clock_has() -> None:
    for number in (HUGE, -HUGE, float("inf"), float("nan"), 1e308):
        check("token", 200, [], token_with(exp=number, iat=0))
        check("token", 200, [], token_with(exp=0, iat=number))


def test_R18_a_tax_year_that_the_ledger_cannot_keep() -> None:
    for year in (2**63, -(2**63) - 1, HUGE):
        data = json.dumps({"data": me(clients=[client_node(1, taxYear=year)])}).encode()
        check("clients", 200, [], data)


@pytest.mark.parametrize("deep", [200, 255, 256, 900, 990, 2000, 100_000, 1_900_000])
@pytest.mark.parametrize("act", sorted(GOOD))
def test_R18_deep_nesting(act: str, deep: int) -> None:
    check(act, 200, [], nested(deep))


@pytest.mark.parametrize("act", sorted(GOOD))
def test_R18_numbers_of_a_million_digits(act: str) -> None:
    check(act, 200, [], b'{"data":{"me":' + b"9" * 1_000_000 + b"}}")
    check(act, 200, [], b'{"data":{"me":1e' + b"9" * 1_000_000 + b"}}")


def test_R18_a_deep_value_where_a_value_may_be_anything() -> None:
    for deep in (100, 240, 250, 256, 500, 950):
        task = {**TASK, "startedAt": "!", "attributes": [{"name": "uploadCount", "value": "!"}]}
        body = json.dumps({"data": me(clients=[{"id": "c1", "tasks": [task]}])})
        check("tasks", 200, [], body.replace('"!"', "[" * deep + "]" * deep).encode())


# -- sought anew every time ------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_R18_whatever_is_answered_to_any_request(data: st.DataObject) -> None:
    act = data.draw(st.sampled_from(sorted(ACTS)))
    check(act, data.draw(STATUSES), data.draw(HEADERS), data.draw(bodies(act)))


@given(st.sampled_from(sorted(ACTS)), st.integers(100, 999), HEADERS)
@example("patch", 301, [(b"location", b"javascript:alert(1)")])
@example("create", 429, [(b"retry-after", b"Mon, 99 Xxx 0000 99:99:99 +9999")])
@example("head", 200, [(b"upload-offset", b"\xb2"), (b"upload-length", b"10")])
@settings(max_examples=EXAMPLES)
def test_R03_R13_whatever_the_headers_say(act: str, status: int, headers: Headers) -> None:
    check(act, status, headers, b"")
