"""Large and many uploads: nothing is kept in memory, nothing takes long."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator

import pytest

from agent.sandbox.server import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import switch

MIB = 1024 * 1024


def _pieces(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield bytes([number % 256]) * MIB


@pytest.mark.slow
def test_a_large_upload_is_streamed_to_disk(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(64 * MIB).headers["Location"]
    tracemalloc.start()
    try:
        answer = caller.patch(url, 0, _pieces(64), Content_Length=str(64 * MIB))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.headers["Upload-Offset"] == str(64 * MIB)
    assert peak < 8 * MIB
    digest = hashlib.sha256()
    for piece in _pieces(64):
        digest.update(piece)
    assert sandbox.received().uploads[0].sha256 == digest.hexdigest()


def test_the_bytes_of_an_incomplete_upload_have_no_digest(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(10).headers["Location"]
    caller.patch(url, 0, b"0123")
    assert sandbox.received().uploads[0].sha256 is None
    caller.patch(url, 4, b"456789")
    expected = hashlib.sha256(b"0123456789").hexdigest()
    assert sandbox.received().uploads[0].sha256 == expected


@pytest.mark.slow
def test_many_small_uploads_are_all_kept(sandbox: Sandbox, caller: Caller) -> None:
    switch(sandbox, creation_with_upload=True)
    for number in range(300):
        assert caller.create(4, data=number.to_bytes(4, "big")).status_code == 201
    uploads = sandbox.received().uploads
    assert len({upload.sha256 for upload in uploads}) == 300
    assert all(upload.state == "complete" for upload in uploads)
