"""What a client really meets on the wire when a fault fires."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

import httpx
import pytest

from agent.sandbox.server import Sandbox
from tests.sandbox.caller import LIST, OFFSET_TYPE, Caller, upload_id
from tests.sandbox.conftest import switch

HEALTH = b'{"query": "query Look { health { id } }"}'


def _soon(happened: Callable[[], bool]) -> bool:
    """Whether something comes true within three seconds of real time."""
    return any(happened() or threading.Event().wait(0.02) for _ in range(150))


def _health(sandbox: Sandbox, caller: Caller) -> socket.socket:
    length = str(len(HEALTH))
    return caller.raw(
        "POST",
        sandbox.graphql_url,
        HEALTH,
        Content_Type="application/json",
        Content_Length=length,
    )


def _patch(caller: Caller, url: str, body: bytes, length: int) -> socket.socket:
    return caller.raw(
        "PATCH",
        url,
        body,
        Upload_Offset="0",
        Content_Type=OFFSET_TYPE,
        Content_Length=str(length),
    )


def _ended(sock: socket.socket) -> bytes:
    """What came before the end of a connection, which must come."""
    got = b""
    try:
        while piece := sock.recv(65536):
            got += piece
    except ConnectionError:
        pass
    finally:
        sock.close()
    return got


def test_a_dropped_request_ends_the_connection_without_a_byte(
    sandbox: Sandbox, caller: Caller
) -> None:
    sandbox.aim("Look 1: drop")
    assert _ended(_health(sandbox, caller)) == b""
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.aim("Look: drop")
        caller.ask("query Look { health { id } }")
    assert sandbox.received().faults_fired == ("Look 1: drop", "Look: drop")


def test_a_reset_request_is_reset(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.aim("health: reset")
    sock = _health(sandbox, caller)
    try:
        with pytest.raises(ConnectionResetError):
            sock.recv(100)
    finally:
        sock.close()


def test_a_dropped_mutation_is_not_carried_out(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.aim("createClient: drop")
    with pytest.raises(httpx.RemoteProtocolError):
        caller.create_client()
    assert sandbox.received().clients == ()


def test_a_mutation_can_be_carried_out_and_its_answer_dropped(
    sandbox: Sandbox, caller: Caller
) -> None:
    sandbox.aim("createClient 1: carry out, then drop the answer")
    with pytest.raises(httpx.RemoteProtocolError):
        caller.create_client()
    assert len(sandbox.received().clients) == 1
    assert caller.create_client().code == "BAD_USER_INPUT"


def test_a_mutation_can_be_carried_out_late(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.aim("createClient 1: carry out 0.3 s late, drop the answer")
    with pytest.raises(httpx.RemoteProtocolError):
        caller.create_client()
    assert sandbox.received().clients == ()
    assert _soon(lambda: len(sandbox.received().clients) == 1)


def test_a_late_mutation_can_have_a_hasty_answer(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.aim("createClient 1: carry out 0.3 s late, answer 504")
    url = sandbox.graphql_url
    assert caller.http.post(url, json=_create(), headers=_bearer(caller)).status_code == 504
    assert sandbox.received().clients == ()
    assert _soon(lambda: len(sandbox.received().clients) == 1)


def _create() -> dict[str, object]:
    given = '{name: "A", externalId: "a", returnType: F1040, taxYear: 2025}'
    return {"query": f"mutation {{ createClient(input: {given}) {{ taskId }} }}"}


def _bearer(caller: Caller) -> dict[str, str]:
    return {"Authorization": f"Bearer {caller.token}"}


def test_a_patch_can_be_carried_out_and_its_answer_dropped(
    sandbox: Sandbox, caller: Caller
) -> None:
    url = caller.create(10).headers["Location"]
    sandbox.aim("PATCH 1: carry out, then drop the answer")
    with pytest.raises(httpx.RemoteProtocolError):
        caller.patch(url, 0, b"0123456789")
    assert caller.head(url).headers["Upload-Offset"] == "10"


def test_a_patch_can_be_carried_out_late(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(10).headers["Location"]
    sandbox.aim("PATCH 1: carry out 0.3 s late, drop the answer")
    with pytest.raises(httpx.RemoteProtocolError):
        caller.patch(url, 0, b"0123456789")
    assert caller.head(url).headers["Upload-Offset"] == "0"
    assert _soon(lambda: sandbox.received().uploads[0].offset == 10)


@pytest.mark.parametrize("size", [1000, 1001, 300_000])
def test_a_cut_patch_keeps_exactly_the_bytes_before_the_cut(
    sandbox: Sandbox, caller: Caller, size: int
) -> None:
    body = bytes(range(256)) * 1200
    url = caller.create(size).headers["Location"]
    sandbox.aim("PATCH 1: cut after 1000 bytes")
    with pytest.raises(httpx.TransportError):
        caller.patch(url, 0, body[:size])
    assert caller.head(url).headers["Upload-Offset"] == "1000"
    if size > 1000:
        assert caller.patch(url, 1000, body[1000:size]).status_code == 204
    stored = next(sandbox.state_dir.iterdir()).read_bytes()
    assert stored == body[:size]


def test_a_cut_after_more_than_the_body_still_cuts(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(10).headers["Location"]
    sandbox.aim("PATCH 1: cut after 1000 bytes")
    with pytest.raises(httpx.RemoteProtocolError):
        caller.patch(url, 0, b"0123456789")
    assert caller.head(url).headers["Upload-Offset"] == "10"


def test_a_client_that_leaves_in_the_middle_keeps_what_it_sent(
    sandbox: Sandbox, caller: Caller
) -> None:
    url = caller.create(10).headers["Location"]
    _patch(caller, url, b"01234", 10).close()
    assert _soon(lambda: sandbox.received().uploads[0].offset == 5)
    assert _soon(lambda: caller.patch(url, 5, b"56789").status_code == 204)


def test_a_stalled_patch_is_never_answered_and_holds_no_lock(
    sandbox: Sandbox, caller: Caller
) -> None:
    url = caller.create(10).headers["Location"]
    sandbox.aim("PATCH 1: stall")
    sock = _patch(caller, url, b"0123456789", 10)
    sock.settimeout(0.2)
    try:
        with pytest.raises(TimeoutError):
            sock.recv(1)
        assert caller.patch(url, 0, b"0123456789").status_code == 204
    finally:
        sock.close()


def test_a_patch_stalled_in_the_middle_holds_the_lock_until_its_end(
    sandbox: Sandbox, caller: Caller
) -> None:
    url = caller.create(10).headers["Location"]
    sandbox.aim("PATCH 1: stall after 4 bytes")
    sock = _patch(caller, url, b"0123456789", 10)
    assert _soon(lambda: sandbox.received().uploads[0].offset == 4)
    assert caller.patch(url, 4, b"456789").status_code == 423
    sock.close()
    assert _soon(lambda: caller.patch(url, 4, b"456789").status_code == 204)


def test_a_stalled_patch_gives_way_when_locks_are_handed_over(
    sandbox: Sandbox, caller: Caller
) -> None:
    switch(sandbox, hand_over_lock=True)
    url = caller.create(10).headers["Location"]
    sandbox.aim("PATCH 1: stall after 4 bytes")
    sock = _patch(caller, url, b"0123456789", 10)
    assert _soon(lambda: sandbox.received().uploads[0].offset == 4)
    assert caller.head(url).headers["Upload-Offset"] == "4"
    assert _ended(sock) == b""
    assert caller.patch(url, 4, b"456789").status_code == 204


def test_a_waiting_request_gets_its_true_answer(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.aim("health 1: wait 0.2 s")
    sock = _health(sandbox, caller)
    sock.settimeout(0.1)
    try:
        with pytest.raises(TimeoutError):
            sock.recv(1)
        sock.settimeout(10)
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
    finally:
        sock.close()


def test_statuses_are_answered_without_carrying_out(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.aim("POST 1: answer 429 retry-after 2")
    turned_away = caller.create(10)
    assert (turned_away.status_code, turned_away.headers["Retry-After"]) == (429, "2")
    assert sandbox.received().uploads == ()
    url = caller.create(10).headers["Location"]
    sandbox.aim("HEAD: answer 404")
    assert caller.head(url).status_code == 404
    sandbox.clear_faults()
    assert caller.head(url).status_code == 200
    sandbox.aim("createClient 1: answer 502")
    answer = caller.http.post(sandbox.graphql_url, json=_create(), headers=_bearer(caller))
    assert answer.status_code == 502
    assert sandbox.received().clients == ()


def test_an_answer_before_a_large_body_was_read_keeps_the_connection_usable(
    sandbox: Sandbox, caller: Caller
) -> None:
    url = caller.create(3_000_000).headers["Location"]
    sandbox.aim("PATCH 1: answer 503")
    assert caller.patch(url, 0, bytes(3_000_000)).status_code == 503
    assert caller.patch(url, 0, bytes(3_000_000)).status_code == 204


def test_answers_can_be_rubbish(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.aim("clients 1: answer garbage")
    with pytest.raises(ValueError):
        caller.ask(LIST)
    sandbox.aim("clients 1: answer html")
    answer = caller.http.post(sandbox.graphql_url, json={"query": LIST})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    sandbox.aim("ListClients 1: answer error INTERNAL_SERVER_ERROR")
    assert caller.ask(LIST).code == "INTERNAL_SERVER_ERROR"
    assert caller.clients() == []


def test_faults_may_be_given_at_the_start(sandbox: Sandbox, caller: Caller) -> None:
    with Sandbox(sandbox.state_dir / "two", faults=["POST 2: answer 500"]) as other:
        second = Caller(other)
        second.sign_in()
        assert [second.create(1).status_code for _ in range(3)] == [201, 500, 201]
        second.close()
    assert caller.create(1).status_code == 201


def test_a_stalled_request_does_not_hold_up_a_stop(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.aim("health: stall")
    sock = _health(sandbox, caller)
    assert _soon(lambda: bool(sandbox.received().faults_fired))
    sandbox.stop()
    assert _ended(sock) == b""


def test_an_upload_survives_cuts_at_random(sandbox: Sandbox, caller: Caller) -> None:
    body = bytes(range(256)) * 400
    sandbox.aim("PATCH rate 0.5: cut after 3000 bytes")
    url = caller.create(len(body)).headers["Location"]
    offset = 0
    for _ in range(1000):
        with contextlib.suppress(httpx.TransportError):
            caller.patch(url, offset, body[offset : offset + 10_000])
        offset = int(caller.head(url).headers["Upload-Offset"])
        if offset == len(body):
            break
    assert (sandbox.state_dir / upload_id(url)).read_bytes() == body
    assert sandbox.received().faults_fired


def test_the_upload_asked_for_can_expire_under_the_request(
    sandbox: Sandbox, caller: Caller
) -> None:
    whole, attached = caller.upload(), caller.upload()
    client_id = caller.create_client().data["createClient"]["client"]["id"]
    assert caller.attach(client_id, attached).data
    sandbox.aim("HEAD: expire")
    switch(sandbox, expired_status=410)
    assert caller.head(f"{sandbox.upload_url}/{whole}").status_code == 410
    assert caller.head(f"{sandbox.upload_url}/{attached}").status_code == 200
    states = {upload.id: upload.state for upload in sandbox.received().uploads}
    assert states == {whole: "expired", attached: "attached"}


def test_bytes_that_nobody_keeps_are_heard_all_the_same(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(100_000).headers["Location"]
    before = sandbox.received().bytes_heard
    sandbox.aim("PATCH 1: answer 503")
    assert caller.patch(url, 0, bytes(100_000)).status_code == 503
    assert _soon(lambda: sandbox.received().bytes_heard - before >= 100_000)
    received = sandbox.received()
    assert received.bytes_received == 0
    assert received.bytes_heard - before == 100_000


def test_a_body_that_stops_coming_is_cut_and_frees_the_lock(
    sandbox: Sandbox, caller: Caller
) -> None:
    switch(sandbox, body_timeout_seconds=0.1)
    url = caller.create(10).headers["Location"]
    sock = _patch(caller, url, b"0123", 10)
    assert _ended(sock) == b""
    assert caller.head(url).headers["Upload-Offset"] == "4"
    assert caller.patch(url, 4, b"456789").status_code == 204
