"""Bad replies of the graph: one case for each row R5 to R26 that concerns GraphQL."""

from __future__ import annotations

import gzip
import json
import logging
import tracemalloc

import httpx
import pytest

from agent.errors import (
    AgentError,
    FiledRefused,
    FiledTrouble,
    KeyRefused,
    OutcomeUnknown,
    RateLimited,
    ReadOnlyKey,
    WrongEndpoint,
)
from agent.filed.reply import read_reply
from agent.model.ingestion import Verdict
from tests.filed.kit import CLIENT, Act, attach, client_node, house, made, make, me, taken, whoami
from tests.filed.scripted import (
    Scripted,
    Turn,
    answer,
    drip,
    hang_up,
    page,
    raw,
    reply,
    reset,
    stall,
)

WHO = {"me": {"user": {"id": "p1"}, "workspace": {"id": "w1", "name": "Firm"}}}


def unsure(act: Act) -> type[AgentError]:
    """What an answer that says nothing means: for a question, and for a mutation."""
    return FiledTrouble if act is whoami else OutcomeUnknown


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("act", [whoami, make])
def test_R05_a_redirect_is_not_followed(status: int, act: Act) -> None:
    with Scripted() as elsewhere:
        away = f"http://localhost:{elsewhere.port}/secret"
        said = pytest.raises(unsure(act), match=r"redirects to localhost; this was not")
        with house(reply(status, Location=away)) as h, said:
            act(h)
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(reply(401), id="status"),
        pytest.param(answer(None, "UNAUTHENTICATED"), id="code-in-a-200"),
        pytest.param(answer(None, "UNAUTHENTICATED", status=400), id="code-in-a-400"),
        pytest.param(answer(None, "UNAUTHENTICATED", status=500), id="code-in-a-500"),
        pytest.param(answer({"me": None}), id="me-null"),
    ],
)
def test_R07_every_face_of_an_expired_token_is_renewed_once(refusal: Turn) -> None:
    with house(refusal, answer(WHO)) as h:
        assert h.binders.workspace().id == "w1"
        assert h.authorizations() == ["Bearer t1", "Bearer t2"]
    with house(refusal) as h:
        for _ in range(3):
            with pytest.raises(KeyRefused):
                h.binders.workspace()
        assert len(h.server.asked) == 2
        assert len(h.keys.asked) == 2


def test_R07_me_null_with_another_error_says_nothing_of_the_token() -> None:
    with house(answer({"me": None}, "INTERNAL_SERVER_ERROR")) as h:
        with pytest.raises(FiledTrouble):
            whoami(h)
        assert len(h.server.asked) == len(h.keys.asked) == 1


def test_R07_a_mutation_is_replayed_once_after_renewal() -> None:
    with house(answer({"createClient": None}, "UNAUTHENTICATED"), answer(made())) as h:
        assert h.binders.create_client(CLIENT).id == "c1"
        assert len(h.server.asked) == 2


@pytest.mark.parametrize(
    "refusal",
    [reply(403, b"no"), answer(None, "FORBIDDEN"), answer(None, "FORBIDDEN", status=403)],
    ids=["status", "code", "both"],
)
@pytest.mark.parametrize("act", [whoami, make, attach])
def test_R08_403_is_a_key_that_may_only_read(refusal: Turn, act: Act) -> None:
    with house(refusal) as h, pytest.raises(ReadOnlyKey):
        act(h)


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("act", [whoami, make, attach])
def test_R09_no_graph_at_the_address(status: int, act: Act) -> None:
    with house(reply(status, b"nothing here")) as h, pytest.raises(WrongEndpoint):
        act(h)


@pytest.mark.parametrize("act", [whoami, make, attach])
def test_R13_429(act: Act) -> None:
    for turn in (reply(429, Retry_After="3"), answer(None, "SLOW", status=429, Retry_After="3")):
        with house(turn) as h:
            with pytest.raises(RateLimited) as caught:
                act(h)
            assert caught.value.retry_after == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("act", [whoami, make, attach])
def test_R15_5xx(status: int, act: Act) -> None:
    with house(reply(status, b"bad gateway")) as h, pytest.raises(unsure(act)):
        act(h)


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(reset, id="reset"),
        pytest.param(hang_up, id="hang-up"),
        pytest.param(stall, id="silence"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Le"), id="cut-header"),
        pytest.param(
            raw(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"data": {'), id="cut-body"
        ),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{"), id="dripping"),
    ],
)
@pytest.mark.parametrize("act", [whoami, make, attach])
def test_R16_a_lost_reply(turn: Turn, act: Act) -> None:
    with house(turn) as h, pytest.raises(unsure(act)):
        act(h)


@pytest.mark.parametrize("act", [whoami, make, attach])
def test_R17_a_page_is_the_network_asking_for_a_login(act: Act) -> None:
    with house(page()) as h, pytest.raises(unsure(act), match="asks for a login"):
        act(h)
    with house(page(403)) as h, pytest.raises(FiledTrouble, match="asks for a login"):
        act(h)


def text(body: str) -> Turn:
    """A 200 with this body."""
    return reply(200, body.encode(), Content_Type="application/json")


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(text(""), id="empty"),
        pytest.param(text("{"), id="invalid"),
        pytest.param(text("[]"), id="no-object"),
        pytest.param(text("{}"), id="no-data"),
        pytest.param(text('{"data": []}'), id="data-no-object"),
        pytest.param(text('{"data": null}'), id="data-null"),
        pytest.param(text('{"data": null, "errors": "no"}'), id="errors-no-list"),
        pytest.param(text('{"data": null, "errors": [7, {"extensions": 3}]}'), id="errors-odd"),
        pytest.param(
            text('{"data": {"addClientDocuments": {"taskId": "t"}}, "more": NaN}'), id="nan"
        ),
        pytest.param(text('{"data":' + "[" * 10_000 + "]" * 10_000 + "}"), id="deep"),
        pytest.param(text('{"data": ' + "9" * 5000 + "}"), id="endless-number"),
        pytest.param(
            text('{"data": {"addClientDocuments": null, "addClientDocuments": {"taskId": "t"}}}'),
            id="duplicate-keys",
        ),
        pytest.param(answer(made(taxYear="next")), id="wrong-type"),
        pytest.param(answer(made(id={})), id="wrong-id"),
        pytest.param(answer(taken({"id": 1})), id="wrong-task"),
        pytest.param(answer(taken("")), id="empty-task"),
        pytest.param(answer(taken("t\n1")), id="task-with-a-line-break"),
        pytest.param(answer(taken("t" * 201)), id="endless-task"),
        pytest.param(reply(200, b'{"data": "\xff\xfe"}'), id="not-utf-8"),
        pytest.param(reply(200, b'{"data": {"a": "' + b"x" * 5_000_000 + b'"}}'), id="too-large"),
    ],
)
@pytest.mark.parametrize("act", [whoami, make, attach])
def test_R18_json(turn: Turn, act: Act) -> None:
    with house(turn) as h, pytest.raises(unsure(act)):
        act(h)


def test_R18_ids_as_numbers_are_taken_as_their_digits() -> None:
    with house(answer(made(id=17))) as h:
        made_client = make(h)
        assert getattr(made_client, "id", None) == "17"
    with house(answer(taken(5))) as h:
        assert attach(h) == "5"


def test_R18_half_characters_are_replaced() -> None:
    with house(text(json.dumps({"data": made(name="A\ud800nn")}))) as h:
        assert getattr(make(h), "name", None) == "A\ufffdnn"


def test_R19_a_task_id_beside_errors_is_a_yes(caplog: pytest.LogCaptureFixture) -> None:
    for code in ("INTERNAL_SERVER_ERROR", "UNAUTHENTICATED", "BAD_USER_INPUT"):
        with house(answer(taken(), code, said="Ann Example")) as h:
            assert attach(h) == "task-1"
            assert len(h.server.asked) == 1
    assert "INTERNAL_SERVER_ERROR" in caplog.text
    assert "Ann" not in caplog.text


def test_R19_a_null_field_beside_errors_goes_by_the_code() -> None:
    partly = {"createClient": None}
    with house(answer(partly, "BAD_USER_INPUT")) as h, pytest.raises(FiledRefused):
        make(h)
    with house(answer(partly, "INTERNAL_SERVER_ERROR")) as h, pytest.raises(OutcomeUnknown):
        make(h)


def test_R20_what_filed_says_is_cut_and_made_harmless() -> None:
    said = "\x1b]0;owned\x07\u202e<script>" + "a" * 1000
    with house(answer(None, "BAD_USER_INPUT", said=said)) as h:
        with pytest.raises(FiledRefused) as caught:
            make(h)
        assert "\x1b" not in caught.value.said
        assert "\u202e" not in caught.value.said
        assert len(caught.value.said) < 350


def test_R21_no_task_id_is_unknown() -> None:
    for data in (taken(None), {"addClientDocuments": None}, {}):
        with house(answer(data)) as h, pytest.raises(OutcomeUnknown):
            attach(h)


def test_R21_an_unknown_status_is_still_running() -> None:
    task = {"id": "t1", "status": "QUEUED", "startedAt": "2026-01-02T03:04:05Z"}
    failed = task | {"id": "t2", "status": "FAILED", "errorMessage": "unreadable scan"}
    data = me(clients=[{"id": "c1", "tasks": [task, failed]}])
    with house(answer(data)) as h:
        queued, broken = h.binders.tasks(["c1"], 20).tasks["c1"]
        assert queued.verdict is Verdict.working
        assert broken.verdict is Verdict.failed
        assert broken.trouble == "unreadable scan"


def test_R22_a_list_that_repeats_itself_is_not_taken_for_complete() -> None:
    with house(answer(me(clients=[client_node(1)]))) as h:
        clients = iter(h.binders.clients())
        assert next(clients).id == "c1"
        with pytest.raises(FiledTrouble):
            next(clients)
        assert len(h.server.asked) < 10


def test_R22_pages_may_overlap_and_two_clients_may_share_an_external_id() -> None:
    pages = [[client_node(1), client_node(2)], [client_node(2), client_node(3)], [client_node(3)]]
    with house(*(answer(me(clients=page)) for page in pages)) as h:
        assert [client.external_id for client in h.binders.clients()] == ["ann-2025"] * 3
        assert [asked.variables["offset"] for asked in h.server.asked] == [0, 1, 2]


def test_R23_a_client_with_another_external_id_is_refused() -> None:
    with house(answer(made(externalId="bob-2025"))) as h:
        with pytest.raises(FiledRefused) as caught:
            make(h)
        assert caught.value.code == "OTHER_EXTERNAL_ID"


def test_R24_cookies_are_not_kept() -> None:
    with house(answer(WHO, Set_Cookie="a=b; Path=/", Strict_Transport_Security="max-age=9")) as h:
        whoami(h)
        whoami(h)
        assert all("cookie" not in asked.headers for asked in h.server.asked)


@pytest.mark.parametrize("act", [whoami, make])
def test_R24_a_gzip_bomb_is_not_unpacked(act: Act) -> None:
    bomb = gzip.compress(b'{"data": "' + b" " * 60_000_000 + b'"}')
    said = pytest.raises(unsure(act), match="larger than 4 MB")
    with house(reply(200, bomb, Content_Encoding="gzip")) as h, said:
        act(h)


def test_R24_a_gzip_bomb_takes_no_memory() -> None:
    bomb = gzip.compress(b" " * 60_000_000)
    tracemalloc.start()
    try:
        reply = read_reply(
            httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))
        )
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reply.broken == "the reply is larger than 4 MB"
    assert most < 12_000_000


def test_R24_compressed_answers_are_read() -> None:
    body = json.dumps({"data": WHO}).encode()
    with house(reply(200, gzip.compress(body), Content_Encoding="gzip")) as h:
        assert h.binders.workspace().name == "Firm"
    for coding, packed in (("gzip", gzip.compress(body)[:-9]), ("br", body), ("gzip", b"nonsense")):
        bad = reply(200, packed, Content_Encoding=coding)
        with house(bad) as h, pytest.raises(FiledTrouble):
            whoami(h)


def test_R26_a_clock_a_day_off_is_only_worth_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    with house(answer(WHO, Date="Fri, 15 Jan 2027 08:00:00 GMT")) as h:
        h.clock.wall = 1_800_000_000.0 + 86_400.0
        with caplog.at_level(logging.WARNING):
            whoami(h)
            whoami(h)
        assert h.binders.server_time(h.clock.now()) == 1_800_000_000.0
        assert len(caplog.records) == 1
