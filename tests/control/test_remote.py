"""The client of the door: standard library, clear about who answers and who does not."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from agent.control.address import Address
from agent.control.refused import Refused
from agent.control.remote import Gone, Remote
from tests.control.attending import Opened


def env(door: Opened) -> dict[str, str]:
    return {"FILED_AGENT_HOME": str(door.published.parent)}


def test_it_finds_the_agent_of_its_home_asks_and_wishes(door: Opened) -> None:
    found = Remote.find(env(door))
    assert found is not None
    assert found.get("/v1/documents", stage=None, limit=5)["limit"] == 5
    assert found.get("/v1/explain", path="/a b&c=d")["path"] == "/a b&c=d"
    assert found.post("/v1/pause", {"seconds": 9})["sentence"].startswith("Paused until")
    with pytest.raises(Refused, match="no client"):
        found.post("/v1/retry", {"client": "nobody"})
    with pytest.raises(Refused, match="nothing at this address"):
        found.get("/v1/nothing")


def test_it_finds_an_agent_by_the_name_of_its_socket(door: Opened, tmp_path: Path) -> None:
    assert door.address.socket is not None
    found = Remote.find({"FILED_AGENT_SOCKET": door.address.socket})
    assert found is not None
    assert found.get("/v1/snapshot")["api"] == 1
    nobody = {**env(door), "FILED_AGENT_SOCKET": str(tmp_path / "none.sock")}
    assert Remote.find(nobody) is None, "another agent was named"


def test_by_the_port_it_shows_the_token(door: Opened) -> None:
    found = Remote(None, door.address.port, door.address.token)
    assert found.get("/v1/snapshot")["api"] == 1
    with pytest.raises(Refused, match="does not know who asks"):
        Remote(None, door.address.port, "wrong").get("/v1/snapshot")


def test_the_tray_says_what_it_is(door: Opened) -> None:
    found = Remote.find(env(door), program="tray")
    assert found is not None
    found.post("/v1/pause", {})
    assert door.standing.ledger.history()[0].why.endswith(" by the tray")


def test_where_no_agent_runs_there_is_none(tmp_path: Path) -> None:
    home = {"FILED_AGENT_HOME": str(tmp_path)}
    assert Remote.find(home) is None
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        Address(1, str(tmp_path / "control.sock"), port, "t").publish(tmp_path / "control.json")
        assert Remote.find(home) is None, "a dead agent's word is still there"
        Address(1, None, port, "t").publish(tmp_path / "control.json")
        assert Remote.find(home) is None
    assert Remote.find({"FILED_AGENT_HOME": "~nobody-of-this-name/x"}) is None


def test_another_accounts_word_is_not_taken(door: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.control import remote

    owner = door.published.lstat().st_uid
    assert remote._ours(door.published)
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1000)
    assert remote._ours(door.published) is (owner == 0), "root may tell everybody"
    if owner == 0:
        os.lchown(door.published, 65534, 65534)
        assert not remote._ours(door.published)
        os.lchown(door.published, 0, 0)
    assert not remote._ours(door.published.with_name("none"))


def test_by_the_port_only_the_agent_that_knows_the_token_is_found(
    door: Opened,
) -> None:
    """As on Windows, where another program may have taken the port of a dead agent."""
    address = door.address
    Address(address.pid, None, address.port, address.token).publish(door.published)
    assert Remote.find(env(door)) is not None
    Address(address.pid, None, address.port, "other").publish(door.published)
    assert Remote.find(env(door)) is None
    address.publish(door.published)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"\x00\x01\x02",
    ],
)
def test_what_answers_otherwise_is_no_agent(answer: bytes) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(10)

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            with pytest.raises(Gone):
                Remote(None, server.getsockname()[1], "t").get("/v1/snapshot")
        finally:
            serving.join(10)


def test_asking_starts_fast_with_little_imported() -> None:
    """Neither the server nor what writes, validates or draws is needed to ask."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import agent.control.remote, sys, json; print(json.dumps(list(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"asyncio", "click", "httpx", "pydantic", "sqlite3", "starlette", "uvicorn"}
    assert not heavy & set(json.loads(told.stdout))
