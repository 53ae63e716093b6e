"""tus as this agent speaks it: what is sent, what is never asked of tuspy."""

from __future__ import annotations

import base64
import threading

import pytest
import requests

from agent.errors import ProtocolBroken, UploadMismatch
from agent.filed.uploader import PooledUploader
from agent.filed.verdicts import Step, whole_number
from agent.model.upload import Created
from tests.filed.kit import Chunk, House, ask, create, house, send
from tests.filed.scripted import Asked, Talk, Turn, hang_up, message, reply

CREATED = reply(201, Location="/api/uploads/u1")
OFFERS = reply(204, Tus_Extension="creation, creation-with-upload,expiration")


@pytest.fixture(autouse=True)
def _tuspy_never_calls_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def bomb(*_: object, **__: object) -> object:
        raise AssertionError("tuspy used its own transport")

    monkeypatch.setattr(requests.Session, "send", bomb)


def metadata(asked: Asked) -> dict[str, str]:
    """The metadata of a creation, decoded."""
    pairs = (pair.split(" ") for pair in asked.headers["upload-metadata"].split(","))
    return {key: base64.b64decode(value).decode() for key, value in pairs}


def test_an_upload_is_created_with_its_size_and_metadata() -> None:
    with house(CREATED) as h:
        assert create(h) == Created("u1", 0)
        asked = h.server.asked[0]
        assert (asked.method, asked.path) == ("POST", "/api/uploads")
        assert asked.headers["tus-resumable"] == "1.0.0"
        assert asked.headers["upload-length"] == "10"
        assert asked.headers["content-length"] == "0"
        assert asked.headers["authorization"] == "Bearer t1"
        assert metadata(asked) == {
            "filename": "w2.pdf",
            "filetype": "application/pdf",
            "intent": "client-document",
        }


def test_names_of_every_kind_travel() -> None:
    with house(CREATED) as h:
        h.uploads.create("Müller, 日本\n\x00.pdf", "application/pdf", 10)
        h.uploads.create("bad\udcff.pdf", "", 10)
        assert metadata(h.server.asked[0])["filename"] == "Müller, 日本\n\x00.pdf"
        assert metadata(h.server.asked[1]) == {
            "filename": "bad\ufffd.pdf",
            "intent": "client-document",
        }


def test_a_chunk_is_sent_at_its_offset() -> None:
    with house(reply(204, Upload_Offset="14")) as h:
        assert h.uploads.send("u-1", 4, 20, Chunk()) == 14
        asked = h.server.asked[0]
        assert (asked.method, asked.path) == ("PATCH", "/api/uploads/u-1")
        assert asked.headers["upload-offset"] == "4"
        assert asked.headers["content-type"] == "application/offset+octet-stream"
        assert asked.headers["tus-resumable"] == "1.0.0"
        assert asked.headers["content-length"] == "10"
        assert asked.body == b"0123456789"


def test_the_offset_is_asked_by_head() -> None:
    with house(reply(200, Upload_Offset="4", Upload_Length="10")) as h:
        assert ask(h) == 4
        asked = h.server.asked[0]
        assert (asked.method, asked.path) == ("HEAD", "/api/uploads/u1")
        assert asked.headers["tus-resumable"] == "1.0.0"


@pytest.mark.parametrize("offset", [0, 10])
def test_both_ends_of_the_offset_are_fine(offset: int) -> None:
    with house(reply(204, Upload_Offset=str(offset), Upload_Length="10")) as h:
        assert ask(h) == offset


@pytest.mark.parametrize(("told", "offset"), [("7", 7), ("10", 10), ("0", 0), (None, 0), ("x", 0)])
def test_the_first_bytes_travel_with_the_creation(told: str | None, offset: int) -> None:
    created = CREATED if told is None else reply(201, Location="/u1", Upload_Offset=told)
    with house(created) as h:
        assert h.uploads.create("a.pdf", "application/pdf", 20, Chunk()) == Created("u1", offset)
        asked = h.server.asked[0]
        assert asked.headers["content-type"] == "application/offset+octet-stream"
        assert asked.headers["upload-length"] == "20"
        assert asked.body == b"0123456789"


def test_creation_with_upload_is_asked_once() -> None:
    with house(OFFERS, reply(500)) as h:
        assert h.uploads.with_creation()
        assert h.uploads.with_creation()
        assert [asked.method for asked in h.server.asked] == ["OPTIONS"]


@pytest.mark.parametrize("offered", ["creation", "creation-with-upload-2", ""])
def test_creation_with_upload_must_be_named(offered: str) -> None:
    with house(reply(200, Tus_Extension=offered)) as h:
        assert not h.uploads.with_creation()
        assert not h.uploads.with_creation()
        assert len(h.server.asked) == 1


@pytest.mark.parametrize("turn", [reply(500), reply(405), reply(204), reply(429), hang_up])
def test_a_failed_question_is_no_and_is_asked_again_later(turn: Turn) -> None:
    with house(turn, OFFERS) as h:
        assert not h.uploads.with_creation()
        assert not h.uploads.with_creation()
        assert len(h.server.asked) == 1
        h.clock.advance(601)
        assert h.uploads.with_creation()


@pytest.mark.parametrize("upload_id", ["", "..", "a/b", "a b", "a\r\n", "ü", "a" * 129])
def test_an_id_that_filed_cannot_have_given_is_not_asked_for(upload_id: str) -> None:
    with house() as h:
        with pytest.raises(UploadMismatch):
            h.uploads.offset(upload_id, 10)
        with pytest.raises(UploadMismatch):
            h.uploads.send(upload_id, 0, 10, Chunk())
        assert h.server.connections == 0


def test_the_token_is_fresh_for_every_request() -> None:
    with house(reply(204, Upload_Offset="10")) as h:
        send(h)
        h.clock.advance(1201)
        send(h)
        assert h.authorizations() == ["Bearer t1", "Bearer t2"]


def test_many_threads_share_one_object() -> None:
    def store(talk: Talk) -> bool:
        body, start = talk.read_body(), int(talk.asked.headers.get("upload-offset", "0"))
        if talk.asked.method == "POST":
            size = talk.asked.headers["upload-length"]
            talk.say(message(201, {"Location": f"/api/uploads/of-{size}"}))
        else:
            assert talk.asked.path.endswith(f"of-{body[:4].decode()}")
            talk.say(message(204, {"Upload-Offset": str(start + len(body))}))
        return True

    failures: list[BaseException] = []

    def one(h: House, size: int) -> None:
        try:
            made = h.uploads.create("a.pdf", "application/pdf", size)
            data = str(size).encode() * 20
            for start in range(0, 800, 80):
                assert h.uploads.send(made.upload_id, start, size, Chunk(data)) == start + 80
        except BaseException as error:
            failures.append(error)

    with house(store) as h:
        threads = [threading.Thread(target=one, args=(h, 1000 + n)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert failures == []
        assert len(h.server.asked) == 66
        assert h.server.connections <= 12
        assert len(h.keys.asked) == 1


def test_the_uploader_alone_uploads_a_whole_file() -> None:
    turns = [CREATED, *(reply(204, Upload_Offset=str(end)) for end in (4, 8, 10))]
    data = b"0123456789"
    with house(*turns) as h:
        uploader = PooledUploader(
            h.uploads._endpoint,
            h.uploads._send,
            len(data),
            metadata={"filename": "a.pdf"},
            next_body=lambda offset: Chunk(data[offset : offset + 4]),
        )
        uploader.upload()
        assert uploader.offset == 10
        assert [asked.body for asked in h.server.asked] == [b"", b"0123", b"4567", b"89"]


def test_the_uploader_stops_where_it_is_told() -> None:
    with house(CREATED, reply(204, Upload_Offset="4")) as h:
        uploader = PooledUploader(
            h.uploads._endpoint, h.uploads._send, 10, next_body=lambda _: Chunk(b"0123")
        )
        uploader.upload(stop_at=4)
        assert [asked.method for asked in h.server.asked] == ["POST", "PATCH"]


def test_an_uploader_without_url_or_bodies_says_so() -> None:
    with house() as h:
        uploader = PooledUploader(h.uploads._endpoint, h.uploads._send, 10)
        with pytest.raises(ValueError, match="not created"):
            uploader.get_offset()
        with pytest.raises(ValueError, match="without bodies"):
            uploader.upload_chunk()


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("-5", -5), (" 7 ", 7), ("+7", None), ("7.0", None), ("", None), (None, None),
     ("9" * 30, None), ("٣", None), ("0x7", None)],
)  # fmt: skip
def test_only_plain_digits_are_a_number(text: str | None, number: int | None) -> None:
    assert whole_number(text) == number


def test_the_steps_are_the_methods() -> None:
    assert [step.value for step in Step] == ["POST", "HEAD", "PATCH"]


def test_a_success_without_tus_headers_is_no_offset() -> None:
    with house(reply(200)) as h, pytest.raises(ProtocolBroken):
        ask(h)
