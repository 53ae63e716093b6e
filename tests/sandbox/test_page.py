"""The page of what was received, for people and for programs."""

from __future__ import annotations

import base64
import hashlib

from agent.sandbox.server import Sandbox
from tests.sandbox.caller import Caller

EVIL = '<img src=x onerror="alert(1)">.pdf'


def test_N04_the_page_shows_what_arrived_and_escapes_it(sandbox: Sandbox, caller: Caller) -> None:
    upload = caller.upload(filename=EVIL)
    caller.create_client("<script>", upload_ids=[upload])
    caller.create(2048, filename="loose " + EVIL)
    sandbox.aim("HEAD 1: answer 404")
    caller.head(f"{sandbox.upload_url}/{upload}")
    answer = caller.http.get(sandbox.page_url)
    assert answer.headers["Content-Type"].startswith("text/html")
    for shown in (
        "&lt;img src=x",
        "&lt;script&gt;",
        "loose",
        "2.0 KiB",
        "HEAD 1: answer 404",
        "Smith",
    ):
        assert shown in answer.text
    assert "<img" not in answer.text
    assert "<script" not in answer.text


def test_N04_the_page_may_load_nothing_and_run_nothing(sandbox: Sandbox, caller: Caller) -> None:
    policy = caller.http.get(sandbox.page_url).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    style = caller.http.get(sandbox.page_url).text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_an_empty_sandbox_has_a_page(sandbox: Sandbox, caller: Caller) -> None:
    assert "No clients yet" in caller.http.get(sandbox.page_url).text


def test_the_same_is_there_as_json(sandbox: Sandbox, caller: Caller) -> None:
    caller.create_client(upload_ids=[caller.upload(b"abc")])
    body = caller.http.get(sandbox.page_url + "received.json").json()
    (client,) = body["clients"]
    assert client["external_id"] == "smith-2025"
    assert client["documents"][0]["filename"] == "w2.pdf"
    assert client["documents"][0]["sha256"] == sandbox.received().documents[0].sha256
    assert body["uploads"][0]["state"] == "attached"
    assert body["tasks"][0]["status"] == "RUNNING"
    assert body["requests"]["PATCH"] == 1
    assert body["requests"]["CreateClient"] == 1
    assert body["bytes_received"] == 3


def test_a_foreign_host_name_reads_nothing(sandbox: Sandbox, caller: Caller) -> None:
    for path in ("", "received.json"):
        answer = caller.http.get(sandbox.page_url + path, headers={"Host": "evil.example"})
        assert answer.status_code == 421


def test_the_page_is_not_a_request_that_faults_hit(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.aim("*: drop")
    assert caller.http.get(sandbox.page_url).status_code == 200
