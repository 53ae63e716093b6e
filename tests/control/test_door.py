"""The door of real agents: opened, kept over a change, found after a kill, closed at the end."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.control import door as door_module
from agent.control.address import Address
from agent.control.remote import Gone, Remote
from agent.sandbox.server import Sandbox
from tests.control.attending import opened
from tests.kit.process import AgentProcess, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[AgentProcess]:
    with (
        Sandbox(tmp_path / "sandbox") as sandbox,
        AgentProcess.against(sandbox, tmp_path / "a", parallel=1) as found,
    ):
        yield found


def address_of(agent: AgentProcess) -> Address:
    address = Address.read(agent.home / "control.json")
    assert address is not None
    return address


def started(agent: AgentProcess) -> Remote:
    """Its door, once it is open for this process of it."""
    process = agent.start("run")

    def is_open() -> bool:
        address = Address.read(agent.home / "control.json")
        assert process.poll() is None, agent.words.read_text()
        return address is not None and address.pid == process.pid

    wait_for(is_open, "the door is open")
    found = Remote.find(agent.env)
    assert found is not None
    return found


def logged(agent: AgentProcess) -> str:
    return "".join(path.read_text() for path in (agent.home / "logs").iterdir())


def test_run_opens_the_door_and_closes_it_at_the_end(agent: AgentProcess) -> None:
    found = started(agent)
    told = found.get("/v1/snapshot")
    assert told["agent"]["pid"] == address_of(agent).pid
    published = agent.home / "control.json"
    assert stat.S_IMODE(published.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(address_of(agent).socket or "").stat().st_mode) == 0o600
    assert agent.end()[0] == 0
    assert not [path for path in agent.home.iterdir() if path.name.startswith(("control", "."))]
    assert Remote.find(agent.env) is None
    with pytest.raises(Gone):
        found.get("/v1/snapshot")


def test_neither_token_nor_key_of_a_link_is_ever_logged(agent: AgentProcess) -> None:
    found = started(agent)
    token = address_of(agent).token
    key = found.post("/v1/link")["url"].partition("key=")[2]
    Remote(None, address_of(agent).port, token).get("/v1/status")
    agent.end()
    told = logged(agent) + agent.words.read_text()
    assert "the agent begins" in told
    assert token not in told
    assert key not in told


def test_a_door_opens_again_after_a_kill_with_a_new_token(agent: AgentProcess) -> None:
    started(agent)
    before = address_of(agent)
    agent.kill()
    assert before.socket is not None
    assert Path(before.socket).is_socket()
    assert Remote.find(agent.env) is None
    found = started(agent)
    assert found.get("/v1/snapshot")["api"] == 1
    after = address_of(agent)
    assert after.socket == before.socket
    assert after.token != before.token


def test_a_second_agent_leaves_the_door_of_the_first_alone(agent: AgentProcess) -> None:
    found = started(agent)
    before = address_of(agent)
    assert agent.call("run").returncode == 6
    assert address_of(agent) == before
    assert found.get("/v1/snapshot")["agent"]["pid"] == before.pid


def test_two_agents_have_two_doors(tmp_path: Path) -> None:
    with (
        Sandbox(tmp_path / "sandbox") as sandbox,
        AgentProcess.against(sandbox, tmp_path / "a", parallel=1) as first,
        AgentProcess.against(sandbox, tmp_path / "b", parallel=1) as second,
    ):
        doors = started(first), started(second)
        pids = [door.get("/v1/snapshot")["agent"]["pid"] for door in doors]
        assert pids == [address_of(first).pid, address_of(second).pid]
        stranger = Remote(None, address_of(second).port, address_of(first).token)
        with pytest.raises(Exception, match="does not know who asks"):
            stranger.get("/v1/snapshot")


def test_a_changed_configuration_keeps_the_door_and_who_listens(agent: AgentProcess) -> None:
    found = started(agent)
    before = address_of(agent)
    events = found.events()
    assert next(events)[0] == "snapshot"
    config = agent.base / "config.toml"
    text = config.read_text()
    config.write_text(text.replace("sweep_seconds = 2.0", "sweep_seconds = 7"))
    wait_for(lambda: "it applies from now on" in agent.words.read_text(), "the change is taken up")
    wait_for(lambda: agent.words.read_text().count("Watching ") == 2, "the next shift begins")
    assert address_of(agent) == before
    found.post("/v1/pause", {})
    assert any(told["paused"] for name, told in events if name == "snapshot")
    events.close()
    assert agent.end()[0] == 0


def test_a_wish_is_granted_at_once(agent: AgentProcess) -> None:
    found = started(agent)
    events = found.events()
    found.post("/v1/pause", {})
    for _, told in events:
        if told["agent"]["state"] == "paused":
            break
    events.close()
    agent.write("Ann/w2.txt", b"some wages")
    assert found.post("/v1/scan")["sentence"]
    assert found.get("/v1/snapshot")["standing"] == "paused"
    found.post("/v1/resume")
    wait_for(lambda: found.get("/v1/snapshot")["standing"] == "filed", "it is filed")


def test_one_pass_opens_no_door(agent: AgentProcess) -> None:
    agent.write("Ann/w2.txt", b"some wages")
    process = agent.start("sync")
    seen = []

    def is_over() -> bool:
        seen.append((agent.home / "control.json").exists())
        return process.poll() is not None

    wait_for(is_over, "the pass is over")
    assert process.returncode == 0
    assert not any(seen)


def test_a_door_that_is_not_wanted_is_not_opened(agent: AgentProcess) -> None:
    agent.command("run")  # writes the configuration
    config = agent.base / "shut.toml"
    config.write_text((agent.base / "config.toml").read_text() + "\n[control]\nenabled = false\n")
    agent.extra_env["FILED_AGENT_CONFIG"] = str(config)
    agent.start("--config", str(config), "run")
    wait_for(lambda: (agent.home / "ledger.sqlite3").exists(), "the agent works")
    assert agent.end(signal.SIGTERM)[0] == 0
    assert "Watching" in agent.words.read_text()
    assert not (agent.home / "control.json").exists()


def test_where_the_home_is_full_the_door_opens_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(door_module, "AGAIN", 0.05)
    publish, tries = Address.publish, []

    def full_at_first(address: Address, path: Path) -> None:
        tries.append(path)
        if len(tries) < 3:
            raise OSError(28, os.strerror(28))
        publish(address, path)

    monkeypatch.setattr(Address, "publish", full_at_first)
    with opened(tmp_path / "home") as door:
        assert door.with_token("GET", "/v1/snapshot").status == 200
    assert caplog.text.count("The control door cannot be told of: No space left") == 2
