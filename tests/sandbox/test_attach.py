"""Attaching uploads to clients, and every reason to refuse one."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

from agent.sandbox.server import Sandbox
from tests.sandbox.caller import Caller, JumpingClock, upload_id
from tests.sandbox.conftest import switch


def _client(caller: Caller) -> str:
    return str(caller.create_client().data["createClient"]["client"]["id"])


def test_attached_documents_are_received_byte_for_byte(sandbox: Sandbox, caller: Caller) -> None:
    client, first, second = _client(caller), caller.upload(b"one"), caller.upload(b"three", "b.png")
    task = caller.attach(client, first, second).data["addClientDocuments"]["taskId"]
    documents = sandbox.received().client("smith-2025").documents
    assert [(d.filename, d.size, d.upload_id) for d in documents] == [
        ("w2.pdf", 3, first),
        ("b.png", 5, second),
    ]
    assert documents[0].sha256 == hashlib.sha256(b"one").hexdigest()
    assert {(d.task_id, d.task_status) for d in documents} == {(task, "RUNNING")}


def test_an_incomplete_upload_is_refused(caller: Caller) -> None:
    client, url = _client(caller), caller.create(10).headers["Location"]
    caller.patch(url, 0, b"half")
    assert caller.attach(client, upload_id(url)).code == "BAD_USER_INPUT"


def test_one_bad_upload_attaches_none(sandbox: Sandbox, caller: Caller) -> None:
    client, good = _client(caller), caller.upload()
    assert caller.attach(client, good, "unknown").code == "BAD_USER_INPUT"
    assert sandbox.received().documents == ()
    assert sandbox.received().upload(good).state == "complete"


def test_another_workspaces_upload_and_client_are_unknown(caller: Caller) -> None:
    client, upload = _client(caller), caller.upload()
    caller.sign_in("sandbox-other-key")
    assert caller.attach(client, caller.upload()).code == "NOT_FOUND"
    assert caller.attach(_client(caller), upload).code == "BAD_USER_INPUT"


def test_an_expired_upload_is_refused(
    sandbox: Sandbox, caller: Caller, clock: JumpingClock
) -> None:
    switch(sandbox, upload_lifetime_seconds=60)
    client, upload = _client(caller), caller.upload()
    clock.jump(60)
    assert caller.attach(client, upload).code == "BAD_USER_INPUT"


def test_an_attached_upload_is_refused_or_accepted_again_by_switch(
    sandbox: Sandbox, caller: Caller
) -> None:
    client, upload = _client(caller), caller.upload()
    caller.attach(client, upload)
    assert caller.attach(client, upload).code == "BAD_USER_INPUT"
    switch(sandbox, reattach_accepted=True)
    assert caller.attach(client, upload).data["addClientDocuments"]["taskId"]
    assert len(sandbox.received().documents) == 2


def test_an_upload_named_twice_in_one_call_is_refused(sandbox: Sandbox, caller: Caller) -> None:
    client, upload = _client(caller), caller.upload()
    assert caller.attach(client, upload, upload).code == "BAD_USER_INPUT"
    assert sandbox.received().documents == ()


def test_the_number_of_uploads_in_a_call_is_bounded(sandbox: Sandbox, caller: Caller) -> None:
    switch(sandbox, max_upload_ids=1)
    client = _client(caller)
    assert caller.attach(client).code == "BAD_USER_INPUT"
    assert caller.attach(client, caller.upload(), caller.upload()).code == "BAD_USER_INPUT"
    assert caller.attach(client, caller.upload()).data["addClientDocuments"]["taskId"]


def test_the_bytes_of_an_attached_upload_outlive_its_deletion(
    sandbox: Sandbox, caller: Caller
) -> None:
    client, upload = _client(caller), caller.upload(b"kept")
    caller.attach(client, upload)
    url = f"{sandbox.upload_url}/{upload}"
    assert caller.tus("DELETE", url).status_code == 204
    assert caller.head(url).status_code == 404
    assert sandbox.received().documents[0].sha256 == hashlib.sha256(b"kept").hexdigest()


def test_a_late_mutation_is_carried_out_after_its_caller_left(
    sandbox: Sandbox, caller: Caller
) -> None:
    switch(sandbox, late_execution_seconds=0.4)
    body = b'{"query": "mutation { createClient(input: {name: \\"A\\", externalId: \\"a\\", '
    body += b'returnType: F1040, taxYear: 2025}) { taskId } }"}'
    sock = caller.raw(
        "POST",
        sandbox.graphql_url,
        body,
        Content_Type="application/json",
        Content_Length=str(len(body)),
    )
    sock.close()
    assert _soon(lambda: sandbox.received().requests.get("createClient") == 1)
    threading.Event().wait(0.1)
    assert sandbox.received().clients == ()
    assert _soon(lambda: len(sandbox.received().clients) == 1)


def _soon(happened: Callable[[], bool]) -> bool:
    """Whether something comes true within three seconds of real time."""
    return any(happened() or threading.Event().wait(0.03) for _ in range(100))
