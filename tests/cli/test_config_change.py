"""The configuration changes while `run` is at work: rows C14 and C11, on real processes."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from agent.cli.running import agent_runs
from agent.cli.screen import Screen
from agent.cli.shift import Shift
from agent.cli.signals import StopAsked
from agent.control.health import Health, verdict
from agent.control.remote import Remote
from agent.daemon import Agent
from agent.errors import LedgerDamaged
from agent.sandbox.server import Sandbox
from agent.system.places import Home
from tests.cli.firm import Firm
from tests.cli.test_processes import running, stop, wait_for
from tests.control.test_health import OPEN, facts, note


def change(firm: Firm, old: str, new: str) -> None:
    """Somebody edits one line."""
    text = firm.config.read_text()
    assert old in text
    firm.config.write_text(text.replace(old, new))


def test_C14_status_tells_that_the_changed_configuration_is_not_used() -> None:
    told = note()
    object.__setattr__(told, "config", ("c.toml:3: upload.paralel is unknown.",))
    found = verdict(facts(OPEN, note=told))
    assert found.sentence.startswith("The changed configuration cannot be used, 12 documents wait")
    assert "upload.paralel is unknown" in found.advice
    assert "stays in force" in found.advice
    assert (found.health, found.exit_code) == (Health.needs_person, 3)
    assert verdict(facts(OPEN, note=told, running=False)).sentence.startswith("5 documents")


class Hanging:
    """An agent one of whose workers hangs on a dead share for a while."""

    def __init__(self, closes: int) -> None:
        self.left = closes

    @property
    def closed(self) -> bool:
        return self.left == 0

    def close(self) -> None:
        self.left -= 1


@pytest.mark.parametrize(("asked", "goes_on"), [(False, True), (True, False)])
def test_C14_the_next_agent_waits_until_the_one_before_has_ended(
    asked: bool, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two engines on one ledger would send everything twice."""
    monkeypatch.setattr("agent.cli.shift.Pulse", lambda *_given: None)
    monkeypatch.setattr("agent.cli.shift.BEAT", 0.0)
    out = io.StringIO()
    agent: Any = Hanging(3)
    file: Any = None
    with StopAsked() as stop:
        stop.number = signal.SIGTERM if asked else None
        assert Shift(agent, file, Screen(out)).closed(stop) is goes_on
    assert agent.left == (3 if asked else 0)
    assert out.getvalue().count("A folder does not answer") == 1


@pytest.mark.slow
def test_C14_an_invalid_change_keeps_the_old_configuration_and_is_shown(
    firm: Firm, sandbox: Sandbox
) -> None:
    good = firm.config.read_text()
    with running(firm) as process:
        firm.config.write_text(good.replace("\nquiet_seconds =", "\nx = -1\nquiet_secs ="))
        wait_for(lambda: bool(firm.answer("status")["agent"]["config_problems"]), 60)
        status = firm.answer("status")
        assert len(status["agent"]["config_problems"]) == 2
        assert (status["health"], firm.call("status").exit_code) == ("needs-a-person", 3)
        assert "did you mean quiet_seconds?" in firm.call("status").output
        firm.put("Ash Bakery", "w2.csv")
        wait_for(lambda: len(sandbox.received().documents) == 1, 60)
        firm.config.write_text(good)
        wait_for(lambda: firm.answer("status")["health"] == "fine", 60)
        out, _ = stop(process)
    assert out.count("the one before stays in force") == 1
    assert out.count("did you mean quiet_seconds?") == 1
    assert out.count("is again the one in force") == 1
    assert out.count("Watching ") == 1
    assert "did you mean quiet_seconds?" in Home.find(firm.env).log.read_text()


@pytest.mark.slow
def test_C14_a_valid_change_applies_in_the_same_process(firm: Firm, sandbox: Sandbox) -> None:
    more = firm.folder / "more"
    (more / "Birch Farm").mkdir(parents=True)
    (more / "Birch Farm" / "k1.csv").write_bytes(b"birch")
    with running(firm) as process:
        firm.put("Ash Bakery", "w2.csv")
        wait_for(lambda: len(sandbox.received().documents) == 1, 60)
        section = firm.config.read_text().split("[settle]")[0].split("\n\n", 1)[1]
        with firm.config.open("a") as config:
            config.write("\n" + section.replace(str(firm.clients), str(more)))
        wait_for(lambda: len(sandbox.received().documents) == 2, 60)
        firm.put("Ash Bakery", "w3.csv", b"another")
        wait_for(lambda: len(sandbox.received().documents) == 3, 60)
        assert firm.answer("status")["agent"]["pid"] == process.pid
        assert len(firm.answer("status")["roots"]) == 2
        assert process.poll() is None
        out, _ = stop(process)
    assert process.returncode == 0
    assert out.count("it applies from now on") == 1
    assert out.count("Watching ") == 2
    assert {client.name for client in sandbox.received().clients} == {"Ash Bakery", "Birch Farm"}


@pytest.mark.slow
def test_C14_a_changed_bandwidth_applies_to_what_is_being_sent_without_a_new_start(
    firm: Firm, sandbox: Sandbox
) -> None:
    with firm.config.open("a") as config:
        config.write('[upload]\nbandwidth = "64 kbit/s"\n')
    with running(firm) as process:
        firm.put("Ash Bakery", "w2.csv", os.urandom(2_000_000))  # it would take four minutes
        wait_for(lambda: bool(firm.answer("status")["agent"]["sending"]), 60)
        assert not sandbox.received().documents
        change(firm, "64 kbit/s", "400 Mbit/s")
        wait_for(lambda: len(sandbox.received().documents) == 1, 60)
        out, _ = stop(process)
    assert out.count("it applies from now on") == 1
    assert out.count("Watching ") == 1


@pytest.mark.slow
def test_C14_no_other_agent_comes_in_between_when_a_change_applies(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S9: while one agent ends and the next begins, ledger and folders stay locked."""
    locked: list[list[bool]] = []
    begin, last = Agent.__init__, Shift.last

    def beginning(agent: Agent, *given: Any, **named: Any) -> None:
        files = [Home.find(firm.env).lock, *(firm.folder / "runtime").rglob("*.lock")]
        locked.append([agent_runs(file) for file in files])
        begin(agent, *given, **named)

    def lasting(shift: Shift, stop: StopAsked) -> bool:
        if len(locked) > 1:
            return False
        change(firm, "poll_most_seconds = 0.5", "poll_most_seconds = 0.6")
        return last(shift, stop)

    monkeypatch.setattr(Agent, "__init__", beginning)
    monkeypatch.setattr(Shift, "last", lasting)
    monkeypatch.setenv("XDG_RUNTIME_DIR", firm.env["XDG_RUNTIME_DIR"])
    assert firm.call("run").exit_code == 0
    assert locked == [[False], [True, True]]
    assert not agent_runs(Home.find(firm.env).lock)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="its socket is of Unix")
def test_C14_a_changed_control_section_applies_to_the_door(firm: Firm) -> None:
    good = firm.config.read_text()
    new = firm.folder / "d.sock"
    published = firm.home / "control.json"
    with running(firm) as process:
        wait_for(lambda: Remote.find(firm.env) is not None)
        firm.config.write_text(f"{good}\n[control]\nsocket = '{new}'\n")
        wait_for(lambda: new.exists() and Remote.find(firm.env) is not None, 60)
        assert json.loads(published.read_text())["socket"] == str(new)
        assert not (firm.home / "control.sock").exists()
        firm.config.write_text(f"{good}\n[control]\nenabled = false\n")
        wait_for(lambda: not published.exists() and not new.exists(), 60)
        firm.config.write_text(good)
        wait_for(lambda: Remote.find(firm.env) is not None, 60)
        out, _ = stop(process)
    assert process.returncode == 0
    assert out.count("it applies from now on") == 3
    assert not published.exists()


@pytest.mark.slow
def test_C14_the_door_is_shut_where_the_next_agent_cannot_begin(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, seen = Home.find(firm.env), list[int]()
    begin, last = Agent.__init__, Shift.last

    def beginning(agent: Agent, *given: Any, **named: Any) -> None:
        if seen:
            assert home.control.exists()
            raise LedgerDamaged("It is broken.")
        begin(agent, *given, **named)

    def lasting(shift: Shift, stop: StopAsked) -> bool:
        wait = firm.config.read_text()
        firm.config.write_text(wait.replace("poll_most_seconds = 0.5", "poll_most_seconds = 0.6"))
        shift._doorway.attend(shift._agent, shift._pulse)
        wait_for(home.control.exists, 20)
        seen.append(1)
        return last(shift, stop)

    monkeypatch.setattr(Agent, "__init__", beginning)
    monkeypatch.setattr(Shift, "last", lasting)
    monkeypatch.setenv("XDG_RUNTIME_DIR", firm.env["XDG_RUNTIME_DIR"])
    assert firm.call("run").exit_code not in (0, None)
    assert seen
    assert not home.control.exists()
    assert not home.socket.exists()


@pytest.mark.slow
def test_C14_C11_a_new_folder_that_another_agent_watches_is_a_problem_like_others(
    firm: Firm, sandbox: Sandbox, tmp_path: Path
) -> None:
    other = Firm.found(tmp_path / "other", sandbox)
    other.env["XDG_RUNTIME_DIR"] = firm.env["XDG_RUNTIME_DIR"]
    with running(other) as second, running(firm) as process:
        change(firm, str(firm.clients), str(other.clients))
        wait_for(lambda: bool(firm.answer("status")["agent"]["config_problems"]), 60)
        (problem,) = firm.answer("status")["agent"]["config_problems"]
        assert str(second.pid) in problem
        firm.put("Ash Bakery", "w2.csv")
        wait_for(lambda: len(sandbox.received().documents) == 1, 60)
        stop(process)
        stop(second)


@pytest.mark.slow
def test_C14_the_end_may_be_asked_for_while_a_change_applies(firm: Firm) -> None:
    with running(firm) as process:
        change(firm, "quiet_window_seconds = 1.0", "quiet_window_seconds = 2.0")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)
    assert process.returncode == 0
    assert firm.answer("status")["agent"]["running"] is False
