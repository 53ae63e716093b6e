"""The verbs as processes of their own: exit codes, signals, one agent at a time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.sandbox.server import Sandbox
from tests.cli.firm import Firm

pytestmark = pytest.mark.slow


def wait_for(what: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until it holds; fail when it does not within so many seconds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@contextmanager
def running(firm: Firm, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`run` (or another verb) in the background; killed at the end if it still lives."""
    process = firm.begin(*(words or ("run",)))
    try:
        wait_for(lambda: firm.answer("status")["agent"]["running"])
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def stop(process: subprocess.Popen[str]) -> tuple[str, float]:
    """Ask it to end; what it said and how long that took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=10)
    return out, time.monotonic() - began


def test_a_refused_key_ends_a_pass_with_4(firm: Firm) -> None:
    firm.put("Ash Bakery", "w2.csv")
    told = firm.run("sync", FILED_API_KEY="a-wrong-key")
    assert told.returncode == 4
    assert "Filed does not accept the API key" in told.stderr
    assert "filed-agent login" in told.stderr
    assert "Traceback" not in told.stderr


def test_an_unreachable_filed_ends_a_pass_with_5(tmp_path: Path) -> None:
    firm = Firm.found(tmp_path / "alone")
    firm.put("Ash Bakery", "w2.csv")
    began = time.monotonic()
    told = firm.run("sync", "--patience", "1")
    assert told.returncode == 5
    assert "Filed cannot be reached" in told.stderr
    assert time.monotonic() - began < 15


def test_a_pass_with_nothing_to_send_needs_neither_key_nor_filed(tmp_path: Path) -> None:
    firm = Firm.found(tmp_path / "alone")
    assert firm.run("sync", FILED_API_KEY="a-wrong-key").returncode == 0


def test_a_second_agent_ends_with_6_and_the_first_goes_on(firm: Firm, sandbox: Sandbox) -> None:
    with running(firm) as process:
        told = firm.run("sync")
        assert told.returncode == 6
        assert str(process.pid) in told.stderr
        firm.put("Ash Bakery", "w2.csv")
        wait_for(lambda: len(sandbox.received().documents) == 1)


def test_run_stops_within_five_seconds_and_says_so(firm: Firm, sandbox: Sandbox) -> None:
    firm.put("Ash Bakery", "w2.csv")
    with running(firm) as process:
        wait_for(lambda: firm.answer("status")["counts"]["documents"]["filed"] == 1)
        assert firm.answer("status")["agent"]["pid"] == process.pid
        out, seconds = stop(process)
    assert process.returncode == 0
    assert seconds < 5
    assert "The one document is filed." in out
    assert "Stopped." in out
    assert "w2.csv" not in out
    assert firm.answer("status")["agent"]["running"] is False
    assert len(sandbox.received().documents) == 1


def test_a_killed_agent_is_known_to_be_gone(firm: Firm) -> None:
    with running(firm) as process:
        process.kill()
        process.wait(10)
        assert firm.answer("status")["agent"] == {
            "running": False,
            "pid": None,
            "verb": None,
            "started": None,
            "state": "stopped",
            "since": None,
            "trouble": None,
            "bytes_per_second": 0.0,
            "sending": [],
            "limits": [],
            "config_problems": [],
        }


def test_C06_run_waits_for_a_folder_that_comes_later(firm: Firm, sandbox: Sandbox) -> None:
    away = firm.folder / "away"
    firm.clients.rename(away)
    with running(firm) as process:
        wait_for(lambda: firm.call("status").output.startswith(str(firm.clients)))
        assert firm.call("status").exit_code == 3
        (away / "Ash Bakery").mkdir()
        (away / "Ash Bakery" / "w2.csv").write_bytes(b"1")
        away.rename(firm.clients)
        wait_for(lambda: len(sandbox.received().documents) == 1, 30)
        out, _ = stop(process)
    assert out.count("is unavailable: ") == 1
    assert out.count("is there again.") == 1


def test_run_survives_an_outage_and_says_it_once(firm: Firm, sandbox: Sandbox) -> None:
    with running(firm) as process:
        sandbox.stop()
        firm.put("Ash Bakery", "w2.csv")
        wait_for(lambda: firm.answer("status")["health"] == "offline")
        assert firm.call("status").exit_code == 5
        assert firm.answer("status")["agent"]["trouble"]["title"] == "Filed cannot be reached"
        sandbox.start()
        wait_for(lambda: len(sandbox.received().documents) == 1, 40)
        wait_for(lambda: firm.answer("status")["health"] == "fine", 40)
        out, _ = stop(process)
    assert process.returncode == 0
    assert out.count("Filed cannot be reached") == 1
    assert out.count("Filed answers again.") == 1


def test_run_stays_with_a_refused_key_and_says_it_once(firm: Firm, sandbox: Sandbox) -> None:
    firm.put("Ash Bakery", "w2.csv")
    firm.env["FILED_API_KEY"] = "a-wrong-key"
    with running(firm) as process:
        wait_for(lambda: firm.answer("status")["health"] == "signed-out")
        assert firm.call("status").exit_code == 4
        out, _ = stop(process)
    assert process.returncode == 0
    assert out.count("Filed does not accept the API key: ") == 1
    assert not sandbox.received().documents


def test_pause_and_resume_reach_an_agent_at_work(firm: Firm, sandbox: Sandbox) -> None:
    with running(firm) as process:
        assert firm.call("pause").exit_code == 0
        wait_for(lambda: firm.answer("status")["agent"]["state"] == "paused")
        firm.put("Ash Bakery", "w2.csv")
        wait_for(lambda: firm.answer("status")["counts"]["documents"]["ready"] == 1)
        assert sandbox.received().requests.get("POST", 0) == 0
        began = time.monotonic()
        assert firm.call("resume").exit_code == 0
        wait_for(lambda: len(sandbox.received().documents) == 1)
        assert time.monotonic() - began < 6
        stop(process)


def test_an_interrupted_pass_goes_on_where_it_was(firm: Firm, sandbox: Sandbox) -> None:
    sandbox.aim("POST: wait 30 s")
    firm.put("Ash Bakery", "w2.csv")
    with running(firm, "sync") as process:
        wait_for(lambda: bool(sandbox.received().requests.get("POST")))
        process.send_signal(signal.SIGINT)
        assert process.wait(8) == 128 + signal.SIGINT
    sandbox.clear_faults()
    assert firm.run("sync").returncode == 0
    assert len(sandbox.received().documents) == 1


def test_a_closed_pipe_is_no_traceback(firm: Firm) -> None:
    for number in range(50):
        firm.put("Ash Bakery", f"doc{number}.csv", f"{number}".encode())
    assert firm.run("sync").returncode == 0
    with firm.begin("history", "--json", "--limit", "100000") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


def test_the_sandbox_verb_serves_until_it_is_stopped(firm: Firm, tmp_path: Path) -> None:
    with firm.begin("sandbox", "--switch", "task_polls=1", "--state", str(tmp_path)) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(12)]
        addresses = [line.strip() for line in lines if "_url" in line]
        alone = Firm.found(tmp_path / "alone")
        config = alone.config.read_text().split("\n\n", 1)[1]
        alone.config.write_text("[filed]\n" + "\n".join(addresses) + "\n\n" + config)
        alone.put("Ash Bakery", "w2.csv")
        assert alone.run("sync").returncode == 0
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0


def test_the_quick_verbs_are_quick(firm: Firm) -> None:
    firm.run("sync")
    times = []
    for _ in range(3):
        began = time.monotonic()
        firm.run("status")
        times.append(time.monotonic() - began)
    assert min(times) < 1.0, sys.version  # 0.2 s on an idle machine


def test_a_retry_reaches_an_agent_at_work_at_once(firm: Firm, sandbox: Sandbox) -> None:
    sandbox.aim("POST 1: answer 415")
    firm.put("Ash Bakery", "w2.csv")
    with running(firm) as process:
        wait_for(lambda: firm.answer("status")["counts"]["documents"]["failed"] == 1)
        time.sleep(3)  # until every worker has nothing to do and waits for half a minute
        assert firm.call("retry", "1").exit_code == 0
        wait_for(lambda: len(sandbox.received().documents) == 1, 8)
        stop(process)
