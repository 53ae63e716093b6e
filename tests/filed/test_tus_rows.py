"""Bad replies of an upload server: one case for each row R1 to R16 that concerns tus."""

from __future__ import annotations

import threading

import pytest

from agent.errors import (
    AgentError,
    FiledRefused,
    FiledTrouble,
    KeyRefused,
    PointedElsewhere,
    ProtocolBroken,
    RateLimited,
    ReadOnlyKey,
    TooLarge,
    TypeNotAccepted,
    UploadGone,
    UploadLocked,
    UploadMismatch,
    VersionRefused,
    WrongEndpoint,
)
from tests.filed.kit import Act, Chunk, ask, create, house, send
from tests.filed.scripted import (
    Scripted,
    Talk,
    Turn,
    drip,
    hang_up,
    message,
    page,
    raw,
    reply,
    reset,
    reset_at_once,
    stall,
)

HEAD_OK = reply(200, Upload_Offset="4", Upload_Length="10")


def test_R01_location_on_another_host_gets_no_connection() -> None:
    with Scripted() as elsewhere:
        away = f"http://localhost:{elsewhere.port}/api/uploads/u1"
        with house(reply(201, Location=away)) as h, pytest.raises(PointedElsewhere):
            create(h)
        assert elsewhere.connections == 0


def test_R01_location_missing_on_the_wire() -> None:
    with house(reply(201)) as h, pytest.raises(ProtocolBroken):
        create(h)


@pytest.mark.parametrize("status", [200, 204, 202, 206])
def test_R02_another_success_is_no_creation(status: int) -> None:
    with house(reply(status, Location="/api/uploads/u1")) as h, pytest.raises(ProtocolBroken):
        create(h)


@pytest.mark.parametrize("status", [200, 201, 202, 206])
def test_R02_another_success_is_no_acknowledgement_of_bytes(status: int) -> None:
    with house(reply(status, Upload_Offset="10")) as h, pytest.raises(ProtocolBroken):
        send(h)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        pytest.param("-5", UploadMismatch, id="negative"),
        pytest.param("2", UploadMismatch, id="not-advancing"),
        pytest.param("1", UploadMismatch, id="smaller"),
        pytest.param("13", UploadMismatch, id="beyond-the-body"),
        pytest.param("99999", UploadMismatch, id="far-beyond"),
    ],
)
def test_R03_offset_of_a_chunk(told: str, error: type[AgentError]) -> None:
    with house(reply(204, Upload_Offset=told)) as h, pytest.raises(error):
        h.uploads.send("u1", 2, 20, Chunk(b"0123456789"))


@pytest.mark.parametrize("told", ["3", "12"])
def test_R03_a_part_of_the_body_is_enough(told: str) -> None:
    with house(reply(204, Upload_Offset=told)) as h:
        assert h.uploads.send("u1", 2, 20, Chunk(b"0123456789")) == int(told)


@pytest.mark.parametrize("told", [None, "", "abc", "4, 4", "1e1"])
def test_R03_a_garbled_offset_is_looked_up(told: str | None) -> None:
    sent = reply(204) if told is None else reply(204, Upload_Offset=told)
    with house(sent, HEAD_OK) as h:
        assert send(h) == 4
        assert [asked.method for asked in h.server.asked] == ["PATCH", "HEAD"]


def test_R03_a_looked_up_offset_must_advance_too() -> None:
    stuck = reply(200, Upload_Offset="0", Upload_Length="10")
    with house(reply(204), stuck) as h, pytest.raises(UploadMismatch):
        send(h)


@pytest.mark.parametrize(
    ("offset", "length", "error"),
    [
        pytest.param("0", "11", UploadMismatch, id="R04-length"),
        pytest.param("11", "10", UploadMismatch, id="beyond"),
        pytest.param("-1", "10", UploadMismatch, id="negative"),
        pytest.param("x", "10", ProtocolBroken, id="garbled"),
        pytest.param("4", "x", ProtocolBroken, id="garbled-length"),
    ],
)
def test_R03_R04_head(offset: str, length: str, error: type[AgentError]) -> None:
    told = reply(200, Upload_Offset=offset, Upload_Length=length)
    with house(told) as h, pytest.raises(error) as caught:
        ask(h)
    assert type(caught.value) is error


def test_R03_more_acknowledged_at_creation_than_sent() -> None:
    told = reply(201, Location="/api/uploads/u1", Upload_Offset="11")
    with house(told) as h, pytest.raises(UploadMismatch):
        h.uploads.create("a.pdf", "application/pdf", 20, Chunk())


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("act", [create, ask, send])
def test_R05_a_redirect_is_not_followed(status: int, act: Act) -> None:
    with Scripted() as elsewhere:
        away = f"http://localhost:{elsewhere.port}/secret?x=1"
        with house(reply(status, Location=away)) as h:
            with pytest.raises(FiledTrouble, match=r"localhost; this was not followed") as caught:
                act(h)
            assert "secret" not in caught.value.said
            assert len(h.server.asked) == 1
        assert elsewhere.connections == 0


@pytest.mark.parametrize("status", [400, 405, 412])
@pytest.mark.parametrize("act", [create, ask, send])
def test_R06_protocol_errors_are_final_and_blame_the_versions(status: int, act: Act) -> None:
    with house(reply(status, b"Tus-Resumable Required")) as h:
        with pytest.raises(FiledRefused) as caught:
            act(h)
        assert caught.value.status == status
        assert type(caught.value) is VersionRefused
        assert "agent's version or Filed's" in caught.value.advice


@pytest.mark.parametrize(
    ("act", "good"),
    [(create, reply(201, Location="/api/uploads/u1")), (ask, HEAD_OK)],
    ids=["create", "head"],
)
def test_R07_an_expired_token_is_renewed_and_the_request_replayed(act: Act, good: Turn) -> None:
    with house(reply(401), good) as h:
        act(h)
        assert h.authorizations() == ["Bearer t1", "Bearer t2"]


@pytest.mark.parametrize("act", [create, ask])
def test_R07_a_second_401_means_the_key(act: Act) -> None:
    with house(reply(401)) as h:
        with pytest.raises(KeyRefused):
            act(h)
        with pytest.raises(KeyRefused):
            act(h)
        assert len(h.server.asked) == 2  # the second call asked nobody
        assert len(h.keys.asked) == 2


def test_R07_a_body_is_not_replayed_but_the_token_is_renewed() -> None:
    with house(reply(401), reply(204, Upload_Offset="10")) as h:
        chunk = Chunk()
        with pytest.raises(FiledTrouble) as caught:
            h.uploads.send("u1", 0, 10, chunk)
        assert type(caught.value) is FiledTrouble
        assert chunk.iterated == 1
        assert send(h) == 10
        assert h.authorizations() == ["Bearer t1", "Bearer t2"]


def test_R07_a_renewed_token_refused_for_a_body_too_means_the_key() -> None:
    with house(reply(401)) as h:
        with pytest.raises(FiledTrouble):
            send(h)
        with pytest.raises(KeyRefused):
            send(h)
        with pytest.raises(KeyRefused):
            send(h)
        assert len(h.server.asked) == 2


def test_R07_a_renewed_token_that_served_may_expire_in_its_turn() -> None:
    done = reply(204, Upload_Offset="10")
    with house(reply(401), done, reply(401), done) as h:
        for _ in range(2):
            with pytest.raises(FiledTrouble):
                send(h)
            assert send(h) == 10
        assert h.authorizations() == ["Bearer t1", "Bearer t2", "Bearer t2", "Bearer t3"]


@pytest.mark.parametrize("act", [create, ask, send])
def test_R08_403_is_a_key_that_may_only_read(act: Act) -> None:
    with house(reply(403, b"read only")) as h, pytest.raises(ReadOnlyKey):
        act(h)


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("act", [ask, send])
def test_R09_a_lost_upload_is_gone(status: int, act: Act) -> None:
    with house(reply(status)) as h, pytest.raises(UploadGone):
        act(h)


def test_R09_404_on_creation_is_the_wrong_address() -> None:
    with house(reply(404)) as h, pytest.raises(WrongEndpoint):
        create(h)


def test_R10_409_is_a_mismatch() -> None:
    with house(reply(409)) as h, pytest.raises(UploadMismatch):
        send(h)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        pytest.param(413, TooLarge, id="R11-413"),
        pytest.param(415, TypeNotAccepted, id="415"),
        pytest.param(409, FiledTrouble, id="409"),
        pytest.param(423, FiledTrouble, id="423"),
        pytest.param(408, FiledTrouble, id="408"),
        pytest.param(422, FiledRefused, id="422"),
        pytest.param(451, FiledRefused, id="451"),
    ],
)
def test_R11_refused_creations(status: int, error: type[AgentError]) -> None:
    with house(reply(status, b"over the cap of 100 MiB")) as h:
        with pytest.raises(error, match="over the cap") as caught:
            create(h)
        assert type(caught.value) is error


def test_R11_a_no_while_the_body_is_still_on_its_way_is_heard() -> None:
    def early(talk: Talk) -> bool:
        talk.say(message(413, {"Connection": "close"}, b"too large"))
        return False

    big = Chunk(b"x" * 3_000_000, 65_536)
    with house(early) as h, pytest.raises((TooLarge, FiledTrouble)):
        h.uploads.create("a.pdf", "application/pdf", big.length, big)


def test_R11_a_no_by_a_server_that_stops_reading_is_heard() -> None:
    deaf = threading.Event()

    def early(talk: Talk) -> bool:
        talk.say(message(413, {}, b"too large"))
        deaf.wait(8)
        return False

    big = Chunk(b"x" * 40_000_000, 1_000_000)
    with house(early) as h:
        try:
            with pytest.raises(TooLarge):
                h.uploads.create("a.pdf", "application/pdf", big.length, big)
        finally:
            deaf.set()


@pytest.mark.parametrize("act", [ask, send])
def test_R12_423_is_waited_out(act: Act) -> None:
    with house(reply(423)) as h, pytest.raises(UploadLocked):
        act(h)


@pytest.mark.parametrize("act", [create, ask, send])
def test_R13_429_carries_the_time_to_wait(act: Act) -> None:
    with house(reply(429, Retry_After="17")) as h:
        with pytest.raises(RateLimited) as caught:
            act(h)
        assert caught.value.retry_after == 17


def test_R14_a_chunk_that_was_spoiled_on_the_way_is_a_mismatch() -> None:
    with house(reply(460, b"Checksum Mismatch")) as h, pytest.raises(UploadMismatch):
        send(h)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
@pytest.mark.parametrize("act", [create, ask, send])
def test_R15_trouble_is_tried_again(status: int, act: Act) -> None:
    with house(reply(status)) as h, pytest.raises(FiledTrouble) as caught:
        act(h)
    assert type(caught.value) is FiledTrouble


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(reset_at_once, id="reset-before"),
        pytest.param(reset, id="reset-after"),
        pytest.param(hang_up, id="hang-up"),
        pytest.param(stall, id="silence"),
        pytest.param(raw(b"HTTP/1.1 20"), id="cut-status"),
        pytest.param(raw(b"HTTP/1.1 201 Created\r\nLocation: /api/up"), id="cut-header"),
        pytest.param(raw(b"\x00\x01\x02 what is this\r\n\r\n"), id="not-http"),
        pytest.param(drip(b"HTTP/1.1 201 Created\r\nX-Slow: "), id="dripping-header"),
    ],
)
@pytest.mark.parametrize("act", [create, ask, send])
def test_R16_a_lost_reply_is_trouble(turn: Turn, act: Act) -> None:
    with house(turn) as h, pytest.raises(FiledTrouble) as caught:
        act(h)
    assert type(caught.value) is FiledTrouble


def test_R16_a_cut_body_does_not_spoil_what_the_header_said() -> None:
    cut = b"HTTP/1.1 201 Created\r\nLocation: /api/uploads/u1\r\nContent-Length: 50\r\n\r\nhalf"
    with house(raw(cut)) as h:
        assert h.uploads.create("a.pdf", "application/pdf", 10).upload_id == "u1"


@pytest.mark.parametrize("act", [create, ask, send])
@pytest.mark.parametrize("status", [200, 403, 511])
def test_R17_a_page_is_the_network_asking_for_a_login(act: Act, status: int) -> None:
    with house(page(status)) as h, pytest.raises(FiledTrouble) as caught:
        act(h)
    assert type(caught.value) is FiledTrouble
    assert act is ask or "login" in caught.value.said


def test_R20_what_a_server_says_is_cut_and_made_harmless() -> None:
    with house(reply(413, b"\x1b[31mred\x07" + b"a" * 1000)) as h:
        with pytest.raises(TooLarge) as caught:
            create(h)
        assert "\x1b" not in caught.value.said
        assert "\\x1b[31mred" in caught.value.said
        assert len(caught.value.said) < 350
