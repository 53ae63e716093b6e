"""Whatever a server writes: no surprise, no ID that could lead elsewhere."""

from __future__ import annotations

import json

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import PointedElsewhere, ProtocolBroken
from agent.filed.answer import Answer, problem
from agent.filed.endpoint import Endpoint
from agent.filed.location import UPLOAD_ID, upload_id
from agent.filed.reply import Reply
from agent.filed.token import Token

FILED = Endpoint.parse("https://uploads.example/api/uploads")
PIECES = st.sampled_from(
    ["https://", "http://", "//", "/", "uploads.example", "other.example", "@", ":", ":80", "..",
     "u1", "api/uploads", "%2e", "\\", "?", "#", "\r\n", "[", "]", "é", " "]
)  # fmt: skip
LOCATIONS = st.one_of(st.text(), st.lists(PIECES, max_size=8).map("".join))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(LOCATIONS)
@settings(max_examples=300)
def test_R01_a_location_gives_a_plain_id_or_an_error(location: str) -> None:
    try:
        found = upload_id(location, FILED)
    except (ProtocolBroken, PointedElsewhere):
        return
    assert UPLOAD_ID.fullmatch(found)
    assert not location.lower().startswith(("//other", "http://other", "https://other"))


@given(st.text(max_size=60))
def test_R13_every_retry_after_gives_up_to_an_hour(told: str) -> None:
    reply = Reply(429, httpx.Headers([(b"retry-after", told.encode("utf-8", "replace"))]))
    assert 0.0 <= reply.retry_after(1.8e9) <= 3600.0


@given(st.integers(100, 599), st.one_of(st.binary(max_size=200), VALUES, VALUES))
def test_R18_every_body_is_read_and_judged(status: int, body: object) -> None:
    for document in (body, {"data": body, "errors": [body]}):
        raw = document if isinstance(document, bytes) else json.dumps(document, default=repr)
        data = raw if isinstance(raw, bytes) else raw.encode()
        answer = Answer.read(Reply(status, httpx.Headers({"Location": "//["}), data))
        assert answer.unauthenticated in (True, False)
        for mutation in (True, False):
            said = problem(answer, 1.8e9, mutation=mutation).said
            assert said.isprintable()
            assert len(said) < 500


@given(st.text(max_size=80) | st.lists(st.text(max_size=20), min_size=3, max_size=3).map(".".join))
def test_every_token_has_a_life(text: str) -> None:
    token = Token.of(text, server_now=1.8e9, steady_now=0.0)
    assert 0.0 < token.renew_at < token.dies_at <= 86_400.0
