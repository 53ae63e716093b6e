"""The record of what the upload origin heard: whose bytes they were, and how each request ended."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import httpx
import pytest

from agent.sandbox.heard import Heard
from agent.sandbox.server import Sandbox
from tests.sandbox.caller import OFFSET_TYPE, Caller, JumpingClock, metadata, upload_id
from tests.sandbox.conftest import switch


def _soon(happened: Callable[[], bool]) -> None:
    """Fail unless it comes true within three seconds of real time."""
    assert any(happened() or threading.Event().wait(0.02) for _ in range(150))


def _last(sandbox: Sandbox) -> Heard:
    return sandbox.heard()[-1]


def test_requests_on_one_connection_are_told_apart_byte_by_byte(
    sandbox: Sandbox, caller: Caller, clock: JumpingClock
) -> None:
    url = caller.create(200_010).headers["Location"]
    name, began = upload_id(url), clock.now
    caller.patch(url, 0, bytes(200_000))
    clock.jump(5)
    caller.head(url)
    caller.patch(url, 200_000, bytes(10))
    shape = [(one.method, one.upload_id, one.start) for one in sandbox.heard()]
    assert shape == [
        ("POST", name, 0),
        ("PATCH", name, 0),
        ("HEAD", name, 0),
        ("PATCH", name, 200_000),
    ]
    assert len({one.port for one in sandbox.heard()}) == 1
    bytes_ = [(one.heard, one.kept, one.status, one.told) for one in sandbox.heard()]
    assert bytes_ == [
        (0, 0, 201, None),
        (200_000, 200_000, 204, 200_000),
        (0, 0, 200, 200_000),
        (10, 10, 204, 200_010),
    ]
    assert [(one.begun - began, one.broken) for one in sandbox.heard()] == [
        (0, False), (0, False), (5, False), (5, False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "kept", "status"),
    [
        ("PATCH 1: answer 503", 0, 503),
        ("PATCH 1: cut after 1000 bytes", 1_000, None),
        ("PATCH 1: carry out, then drop", 9_000, None),
        ("PATCH 1: carry out, answer 502", 9_000, 502),
        ("PATCH 1: carry out 0.1 s late, answer 504", 9_000, 504),
        ("PATCH 1: expire", 0, 404),
    ],
)
def test_bytes_that_a_fault_spoiled_name_the_fault(
    sandbox: Sandbox, caller: Caller, fault: str, kept: int, status: int | None
) -> None:
    url = caller.create(9_000).headers["Location"]
    sandbox.aim(fault)
    with contextlib.suppress(httpx.TransportError):
        caller.patch(url, 0, bytes(9_000))
    _soon(lambda: (_last(sandbox).heard, _last(sandbox).kept) == (9_000, kept))
    _soon(lambda: _last(sandbox).ended is not None)
    found = _last(sandbox)
    assert (found.fault, found.status, found.broken) == (fault, status, status is None)


def test_a_wait_with_the_true_answer_spoils_nothing(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(10).headers["Location"]
    sandbox.aim("PATCH 1: wait 0.01 s")
    assert caller.patch(url, 0, bytes(10)).status_code == 204
    assert (_last(sandbox).fault, _last(sandbox).status) == ("", 204)


def test_a_body_that_its_sender_breaks_off_is_broken(sandbox: Sandbox, caller: Caller) -> None:
    switch(sandbox, creation_with_upload=True)
    sock = caller.raw(
        "POST",
        sandbox.upload_url,
        b"0123",
        Upload_Length="10",
        Upload_Metadata=metadata(filename="w2.pdf"),
        Content_Type=OFFSET_TYPE,
        Content_Length="10",
    )
    _soon(lambda: [one.heard for one in sandbox.heard()] == [4])
    sock.close()
    _soon(lambda: _last(sandbox).broken)
    found = _last(sandbox)
    (upload,) = sandbox.received().uploads
    assert (found.method, found.heard, found.status, found.fault) == ("POST", 4, None, "")
    (upload,) = sandbox.received().uploads
    assert (found.upload_id, found.kept) == (upload.id, upload.offset)


def test_a_refused_body_is_its_own_requests_though_it_is_read_after_the_answer(
    sandbox: Sandbox, caller: Caller
) -> None:
    url = caller.create(300_000).headers["Location"]
    sandbox.aim("PATCH 1: answer 503")
    caller.patch(url, 0, bytes(300_000))
    caller.patch(url, 0, bytes(300_000))
    refused, taken = sandbox.heard()[-2:]
    assert (refused.heard, refused.kept) == (300_000, 0)
    assert (taken.heard, taken.kept) == (300_000, 300_000)
    assert sum(one.heard for one in sandbox.heard()) == sandbox.received().bytes_heard


def test_a_true_refusal_has_no_fault(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(10).headers["Location"]
    assert caller.patch(url, 5, bytes(5)).status_code == 409
    _soon(lambda: _last(sandbox).heard == 5)  # it may be answered before its body is there
    found = _last(sandbox)
    assert (found.kept, found.status, found.fault) == (0, 409, "")
