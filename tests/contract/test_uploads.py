"""What every implementation of the port Uploads does (filed-api.md 3; tus 1.0.0, core)."""

from __future__ import annotations

import random
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.errors import (
    FileChanged,
    FiledTrouble,
    RateLimited,
    UploadGone,
    UploadLocked,
    UploadMismatch,
)
from agent.model.upload import Created
from tests.contract.bodies import Bytes, Changing, Repeated, sample, sha256
from tests.contract.filed_peers import InSandbox, Peer

CHUNK = 1 << 18
MIB = 1 << 20
MOST_TRIES = 100
BREATH = threading.Event()  # never set: a pause for a server in another process
UNKNOWN = "0192d3a0-0000-7000-8000-000000000000"

NAMES = [
    "W-2 2025.pdf",
    "Gehaltsnachweis Müller.pdf",
    "収入証明書 📄.pdf",
    'Say "cheese", please; 100%.pdf',
    "a,b=c d\\e.pdf",
    "  blanks around .pdf",
    "e\u0301 in two parts.pdf",
]


def create(peer: Peer, size: int) -> str:
    """An upload of a PDF without any byte yet."""
    created = peer.uploads.create("w2.pdf", "application/pdf", size)
    assert created.offset == 0
    return created.upload_id


def send_rest(peer: Peer, upload_id: str, data: bytes, offset: int, chunk: int = CHUNK) -> None:
    """Chunk after chunk; each is acknowledged whole and seen by offset()."""
    while offset < len(data):
        part = data[offset : offset + chunk]
        new = peer.uploads.send(upload_id, offset, len(data), Bytes(part))
        assert new == offset + len(part)
        assert peer.uploads.offset(upload_id, len(data)) == new
        offset = new


def resume(peer: Peer, upload_id: str, data: bytes) -> int:
    """After an interruption: ask where the upload stands, send the rest; the first answer.

    The far side may still be busy with what the broken connection left behind: then it says 409 or
    423, and is asked again, as the port tells its callers.
    """
    first = found = peer.uploads.offset(upload_id, len(data))
    for _ in range(MOST_TRIES):
        try:
            send_rest(peer, upload_id, data, found)
            return first
        except (UploadMismatch, UploadLocked):
            BREATH.wait(0.05)
            found = peer.uploads.offset(upload_id, len(data))
            assert found >= first
    raise AssertionError("the upload could not be resumed")


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_what_was_sent_is_what_arrived(peer: Peer, size: int) -> None:
    data = sample(size)
    upload_id = create(peer, size)
    assert peer.uploads.offset(upload_id, size) == 0
    send_rest(peer, upload_id, data, 0)
    assert peer.uploads.offset(upload_id, size) == size
    assert peer.digest(upload_id) == sha256(data)


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1])
def test_a_creation_takes_the_whole_document_along(peer: Peer, size: int) -> None:
    data = sample(size)
    assert peer.uploads.with_creation()
    created = peer.uploads.create("w2.pdf", "application/pdf", size, Bytes(data))
    assert created == Created(created.upload_id, size)
    assert peer.uploads.offset(created.upload_id, size) == size
    assert peer.digest(created.upload_id) == sha256(data)


def test_a_creation_takes_the_first_chunk_along(peer: Peer) -> None:
    data = sample(2 * CHUNK + 5)
    first = Bytes(data[:CHUNK])
    created = peer.uploads.create("w2.pdf", "application/pdf", len(data), first)
    assert created.offset == CHUNK
    assert peer.uploads.offset(created.upload_id, len(data)) == CHUNK
    send_rest(peer, created.upload_id, data, CHUNK)
    assert peer.digest(created.upload_id) == sha256(data)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_arrives_as_it_is(peer: Peer, name: str) -> None:
    upload_id = peer.uploads.create(name, "application/pdf", 10).upload_id
    send_rest(peer, upload_id, sample(10), 0)
    assert peer.name(upload_id) == name


def test_every_upload_has_an_id_of_its_own(peer: Peer) -> None:
    ids = [create(peer, 10) for _ in range(5)]
    assert len(set(ids)) == 5
    send_rest(peer, ids[2], sample(10), 0)
    offsets = [peer.uploads.offset(upload_id, 10) for upload_id in ids]
    assert offsets == [0, 0, 10, 0, 0]


def test_an_unknown_upload_is_gone(peer: Peer) -> None:
    with pytest.raises(UploadGone):
        peer.uploads.offset(UNKNOWN, 10)
    with pytest.raises(UploadGone):
        peer.uploads.send(UNKNOWN, 0, 10, Bytes(sample(10)))


@pytest.mark.parametrize("wrong", [0, 3, 10])
def test_bytes_at_a_wrong_offset_are_not_taken(peer: Peer, wrong: int) -> None:
    data = sample(20)
    upload_id = create(peer, 20)
    peer.uploads.send(upload_id, 0, 20, Bytes(data[:5]))
    with pytest.raises(UploadMismatch):
        peer.uploads.send(upload_id, wrong, 20, Bytes(data[wrong : wrong + 5]))
    assert peer.uploads.offset(upload_id, 20) == 5
    send_rest(peer, upload_id, data, 5)
    assert peer.digest(upload_id) == sha256(data)


@pytest.mark.parametrize("other", [9, 11, 10_000])
def test_another_length_than_created_is_a_mismatch(peer: Peer, other: int) -> None:
    upload_id = create(peer, 10)
    with pytest.raises(UploadMismatch):
        peer.uploads.offset(upload_id, other)


def test_a_cut_line_loses_little_and_the_rest_can_be_sent(peer: Peer) -> None:
    data = sample(2 * MIB, seed=1)
    upload_id = create(peer, len(data))
    offset = peer.uploads.send(upload_id, 0, len(data), Bytes(data[:CHUNK]))
    peer.cut_next_send(CHUNK)
    with pytest.raises(FiledTrouble):
        peer.uploads.send(upload_id, offset, len(data), Bytes(data[offset:]))
    assert offset <= resume(peer, upload_id, data) < len(data)
    assert peer.digest(upload_id) == sha256(data)


@pytest.mark.parametrize("good", [0, 1, CHUNK + 3])
def test_a_file_that_changes_on_the_way_is_told_and_the_upload_stays(peer: Peer, good: int) -> None:
    data = sample(2 * CHUNK, seed=2)
    upload_id = create(peer, len(data))
    with pytest.raises(FileChanged, match="on the way"):
        peer.uploads.send(upload_id, 0, len(data), Changing(data, good))
    assert resume(peer, upload_id, data) <= good
    assert peer.digest(upload_id) == sha256(data)


def test_a_file_that_changes_while_its_upload_is_created_is_told(peer: Peer) -> None:
    data = sample(2 * CHUNK, seed=3)
    with pytest.raises(FileChanged, match="on the way"):
        peer.uploads.create("w2.pdf", "application/pdf", len(data), Changing(data, CHUNK))
    whole = peer.uploads.create("w2.pdf", "application/pdf", len(data), Bytes(data))
    assert peer.digest(whole.upload_id) == sha256(data)


def test_two_uploads_side_by_side_do_not_mix(peer: Peer) -> None:
    documents = [sample(4 * CHUNK + seed, seed) for seed in (1, 2)]
    ids = [create(peer, len(data)) for data in documents]
    dice = [random.Random(seed) for seed in (1, 2)]

    def carry(number: int) -> None:
        data, offset = documents[number], 0
        while offset < len(data):
            part = data[offset : offset + dice[number].randrange(1, CHUNK)]
            offset = peer.uploads.send(ids[number], offset, len(data), Bytes(part))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(carry, (0, 1)))
    assert [peer.digest(upload_id) for upload_id in ids] == [sha256(data) for data in documents]


def test_a_large_document_streams_through_little_memory(far_peer: Peer) -> None:
    body = Repeated(sample(MIB), 64)
    upload_id = create(far_peer, body.length)
    tracemalloc.start()
    try:
        sent = far_peer.uploads.send(upload_id, 0, body.length, body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent == body.length == 64 * MIB
    assert most < 12 * MIB, f"{most / MIB:.1f} MiB were held at once"
    assert far_peer.digest(upload_id) == body.digest.hexdigest()


@pytest.mark.slow
def test_a_token_forgotten_on_the_way_costs_no_byte(sandboxed: InSandbox) -> None:
    data = sample(3 * CHUNK, seed=4)
    upload_id = create(sandboxed, len(data))
    sandboxed.sandbox.forget_tokens()
    assert sandboxed.uploads.offset(upload_id, len(data)) == 0
    sandboxed.sandbox.forget_tokens()
    assert create(sandboxed, 10) != upload_id
    sandboxed.sandbox.forget_tokens()
    with pytest.raises(FiledTrouble):  # a body cannot be sent again: the caller asks the offset
        sandboxed.uploads.send(upload_id, 0, len(data), Bytes(data[:CHUNK]))
    assert resume(sandboxed, upload_id, data) == 0
    assert sandboxed.digest(upload_id) == sha256(data)
    assert sandboxed.sandbox.received().requests["ExchangeApiKey"] == 4


@pytest.mark.slow
def test_an_expired_upload_is_gone(sandboxed: InSandbox) -> None:
    upload_id = create(sandboxed, 10)
    sandboxed.sandbox.expire_upload(upload_id)
    with pytest.raises(UploadGone):
        sandboxed.uploads.offset(upload_id, 10)
    with pytest.raises(UploadGone):
        sandboxed.uploads.send(upload_id, 0, 10, Bytes(sample(10)))


@pytest.mark.slow
def test_uploads_meet_patience_with_a_time(sandboxed: InSandbox) -> None:
    upload_id = create(sandboxed, 10)
    for method in ("HEAD", "PATCH", "POST"):
        sandboxed.sandbox.aim(f"{method} 1: answer 429 retry-after 7")
    with pytest.raises(RateLimited) as asked:
        sandboxed.uploads.offset(upload_id, 10)
    assert asked.value.retry_after == 7
    with pytest.raises(RateLimited):
        sandboxed.uploads.send(upload_id, 0, 10, Bytes(sample(10)))
    with pytest.raises(RateLimited):
        create(sandboxed, 10)
