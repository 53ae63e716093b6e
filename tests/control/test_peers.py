"""Who stands at the other end of a connection, and how long it may say nothing."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.control import peers
from agent.control.peers import Peer, peer_of
from tests.control.attending import Opened, UnixConnection, asked, opened

NOBODY = 65534
# asks at a Unix socket as another account: socket path, method, path
ASKING = """
import http.client, os, socket, sys
os.setgroups([int(sys.argv[1])] if sys.argv[1] else [])
os.setgid(65534)
os.setuid(65534)
connection = http.client.HTTPConnection("localhost")
connection.sock = socket.socket(socket.AF_UNIX)
try:
    connection.sock.connect(sys.argv[2])
except PermissionError:
    sys.exit("closed")
connection.request("POST", sys.argv[3], sys.argv[4])
answer = connection.getresponse()
print(answer.status, answer.read().decode())
"""


def test_the_kernel_tells_the_account_behind_a_unix_socket() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with closing(ours), closing(theirs):
        assert peer_of(ours) == Peer(os.geteuid())


def test_of_a_port_no_account_is_known() -> None:
    with closing(socket.socket()) as port:
        assert peer_of(port) is None


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[tuple[Path, Opened]]:
    """A door whose socket lies where a group may come, while the home stays closed."""
    if os.geteuid() != 0:
        pytest.skip("needs the rights of root, to become another account")
    place = Path("/run") / f"filed-agent-test-{os.getpid()}"
    place.mkdir(mode=0o755)
    try:
        path = place / "control.sock"
        with opened(tmp_path / "home", socket=str(path), group="nogroup") as door:
            yield path, door
    finally:
        place.rmdir()


def as_nobody(path: Path, group: str, name: str, body: str = "{}") -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", ASKING, group, str(path), f"/v1/{name}", body],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return (done.stdout + done.stderr).strip()


@pytest.mark.system
def test_a_member_of_the_group_may_steer_and_not_administer(shared: tuple[Path, Opened]) -> None:
    path, door = shared
    assert as_nobody(path, str(NOBODY), "pause").startswith("200 ")
    assert door.standing.ledger.history()[0].why == "paused by nobody"
    for name in ("map", "accept"):
        told = as_nobody(path, str(NOBODY), name, '{"path": "/a", "client": "b"}')
        assert told.startswith("403 "), told
    assert as_nobody(path, str(NOBODY), "open", '{"path": "/"}').startswith("409 ")


@pytest.mark.system
def test_the_account_of_the_agent_may_administer(
    shared: tuple[Path, Opened], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one it runs under, which need not be root."""
    monkeypatch.setattr("agent.control.guard.own_uid", lambda: NOBODY)
    told = as_nobody(shared[0], str(NOBODY), "accept", '{"path": "/a"}')
    assert told.startswith("409 "), "an administrator's wish, refused for what it says alone"


@pytest.mark.system
def test_whoever_is_not_of_the_group_cannot_open_the_socket(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs the rights of root, to become another account")
    place = Path("/run") / f"filed-agent-test-{os.getpid()}"
    place.mkdir(mode=0o755)
    path = place / "control.sock"
    try:
        with opened(tmp_path / "home", socket=str(path)):
            assert as_nobody(path, "", "pause") == "closed"
    finally:
        place.rmdir()


@pytest.mark.system
def test_a_page_of_a_group_member_may_do_no_more_than_they(shared: tuple[Path, Opened]) -> None:
    path, door = shared
    told = as_nobody(path, str(NOBODY), "link")
    assert told.startswith("200 ")
    key = told.partition(f"{door.host}")[2].partition('"')[0]
    cookie = door.by_port("GET", key).headers["set-cookie"].partition(";")[0]
    sent = {"Cookie": cookie, "Origin": f"http://{door.host}"}
    assert door.by_port("GET", "/v1/snapshot", sent).status == 200
    assert door.by_port("POST", "/v1/accept", sent, b'{"path": "/a"}').status == 403
    assert door.by_port("POST", "/v1/pause", sent, b"{}").status == 200


def test_a_connection_that_asks_nothing_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "PATIENCE", 0.1)
    with opened(tmp_path / "home") as door:
        for begin in (b"", b"GET /v1/snapshot HTTP/1.1\r\nHost:"):
            with closing(socket.create_connection(("127.0.0.1", door.address.port), 10)) as line:
                line.sendall(begin)
                assert _ends(line)


def _ends(line: socket.socket) -> bool:
    try:
        return line.recv(100) == b""
    except ConnectionResetError:
        return True


def test_a_second_request_may_be_no_slower_than_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "PATIENCE", 0.1)
    with opened(tmp_path / "home") as door:
        head = f"GET / HTTP/1.1\r\nHost: {door.host}\r\n".encode()
        with closing(socket.create_connection(("127.0.0.1", door.address.port), 10)) as line:
            line.sendall(head + b"\r\n")
            answer = http.client.HTTPResponse(line)
            answer.begin()
            assert answer.status == 401
            answer.read()
            line.sendall(head)
            assert _ends(line)


def test_too_many_connections_at_the_port_leave_the_socket_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "MOST_CONNECTIONS", 3)
    with opened(tmp_path / "home") as door:
        lines = [socket.create_connection(("127.0.0.1", door.address.port), 10) for _ in range(4)]
        try:
            assert _ends(lines[3])
            assert door.address.socket is not None
            told = asked(UnixConnection(door.address.socket), "GET", "/v1/snapshot")
            assert told.status == 200
        finally:
            for line in lines:
                line.close()


def test_too_many_connections_at_the_socket_are_cut(
    door: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "MOST_CONNECTIONS", 3)
    assert door.address.socket is not None
    lines = [UnixConnection(door.address.socket) for _ in range(4)]
    try:
        for line in lines:
            line.connect()
        assert _ends(lines[3].sock)
        assert door.with_token("GET", "/v1/snapshot").status == 200
    finally:
        for line in lines:
            line.close()


def test_what_is_no_http_is_answered_without_a_trace(door: Opened) -> None:
    with closing(socket.create_connection(("127.0.0.1", door.address.port), 10)) as line:
        line.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 400 ")
