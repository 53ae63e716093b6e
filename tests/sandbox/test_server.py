"""Starting, stopping and starting again; and what the sandbox stands on."""

from __future__ import annotations

import ast
import socket
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Receive, Scope, Send

import agent.sandbox
from agent.sandbox.connection import connection_of
from agent.sandbox.origin import Origin
from agent.sandbox.server import Sandbox
from tests.sandbox.caller import Caller


def test_uploads_and_graphql_are_two_origins(sandbox: Sandbox) -> None:
    upload, graphql = urlsplit(sandbox.upload_url), urlsplit(sandbox.graphql_url)
    assert upload.port != graphql.port
    assert (upload.path, graphql.path) == ("/api/uploads", "/graphql")
    assert upload.hostname == graphql.hostname == "127.0.0.1"


def test_a_restart_keeps_ports_tokens_and_uploads(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(10).headers["Location"]
    caller.patch(url, 0, b"0123")
    before = (sandbox.upload_url, sandbox.graphql_url)
    for _ in range(3):
        sandbox.stop()
        with pytest.raises(httpx.TransportError):
            caller.head(url)
        sandbox.start()
        assert (sandbox.upload_url, sandbox.graphql_url) == before
        assert caller.head(url).headers["Upload-Offset"] == "4"
    assert caller.patch(url, 4, b"456789").status_code == 204


def test_a_stop_in_the_middle_of_a_patch_keeps_its_bytes_and_frees_its_lock(
    sandbox: Sandbox, caller: Caller
) -> None:
    url = caller.create(10).headers["Location"]
    sandbox.aim("PATCH 1: stall after 4 bytes")
    impatient = Caller(sandbox, timeout=0.2)
    impatient.token = caller.token
    with pytest.raises(httpx.TimeoutException):
        impatient.patch(url, 0, b"0123456789")
    impatient.close()
    sandbox.stop()
    sandbox.start()
    assert caller.head(url).headers["Upload-Offset"] == "4"
    assert caller.patch(url, 4, b"456789").status_code == 204


def test_starting_and_stopping_twice_does_nothing(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.start()
    assert caller.clients() == []
    sandbox.stop()
    sandbox.stop()


def test_no_thread_outlives_a_stop(tmp_path: Path) -> None:
    with Sandbox(tmp_path):
        assert _threads() == 2
    assert _threads() == 0


def _threads() -> int:
    return sum(thread.name.startswith("sandbox-") for thread in threading.enumerate())


def test_a_taken_port_is_an_error_and_leaves_nothing_running(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError):
            Sandbox(tmp_path, graphql_port=port).start()
    assert _threads() == 0


def test_ports_can_be_chosen(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with Sandbox(tmp_path, upload_port=port) as sandbox:
        assert urlsplit(sandbox.upload_url).port == port


def test_answers_do_not_wait_for_acknowledgements(caller: Caller) -> None:
    delays: list[int] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        raw = connection_of(scope).transport.get_extra_info("socket")
        delays.append(raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    origin = Origin("bare", application, 0)
    origin.start()
    try:
        assert caller.http.get(origin.url).status_code == 500
    finally:
        origin.stop()
    assert delays
    assert all(delays)


def test_both_keys_are_there(sandbox: Sandbox) -> None:
    assert (sandbox.api_key, sandbox.read_only_key) == ("sandbox-key", "sandbox-read-only")


def test_the_sandbox_imports_nothing_of_the_agent_and_no_client() -> None:
    allowed = {"starlette", "uvicorn", "graphql"}
    for file in Path(str(agent.sandbox.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                root = name.partition(".")[0]
                assert name.startswith("agent.sandbox") or root in allowed or _standard(root), name


def _standard(name: str) -> bool:
    return name in sys.stdlib_module_names
