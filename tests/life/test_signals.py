"""The real process asked to stop, stopped, woken, and left alone by those who listened to it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.depth import depth
from tests.kit.process import AgentProcess, expected, filed, wait_for
from tests.kit.reckoning import Bytes, drained

STOPPED = depth("STOPPED", 8, 60)
CHUNK = 256 << 10
MIB = 1 << 20
STOP_SECONDS = 5.0  # the agent's own promise
GRACE = 2.0  # for the interpreter to end on a busy machine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's"),
]

# a HEAD ends a connection that still holds the upload, as tus servers with locks do
SWITCHES = Switches(task_seconds=0.2, task_polls=1, hand_over_lock=True)

# starts the agent with a pipe to itself, tells its number, and dies
PARENT = (
    "import os, subprocess, sys\n"
    "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)\n"
    "child.stdout.readline()\n"
    "print(child.pid, flush=True)\n"
    "os._exit(0)\n"
)

# takes the terminal on its standard input for its own and becomes the agent
AT_TERMINAL = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)


def patches(sandbox: Sandbox) -> int:
    """How many chunks were sent so far."""
    return sandbox.received().requests.get("PATCH", 0)


def filed_all(sandbox: Sandbox, agent: AgentProcess) -> bool:
    """Whether what is on the disk is what Filed has."""
    return filed(sandbox.received()) == expected(agent.root)


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    ("verb", "number", "code"),
    [
        ("run", signal.SIGTERM, 0),
        ("run", signal.SIGINT, 0),
        ("run", signal.SIGHUP, 0),
        ("sync", signal.SIGTERM, 128 + signal.SIGTERM),
    ],
)
def test_E03_asked_to_stop_in_the_middle_of_a_chunk_it_ends_in_time_and_goes_on_later(
    tmp_path: Path, verb: str, number: signal.Signals, code: int
) -> None:
    with (
        Sandbox(tmp_path / "filed", SWITCHES) as sandbox,
        AgentProcess.against(sandbox, tmp_path) as agent,
    ):
        agent.write("Ash Bakery/big.csv", random.Random(1).randbytes(12 * CHUNK))
        sandbox.aim("PATCH 2: stall after 100000 bytes")
        agent.start(verb)
        wait_for(lambda: patches(sandbox) >= 2, "the second chunk is on its way")
        ended, seconds = agent.end(number)
        assert seconds < STOP_SECONDS + GRACE
        assert ended == code, agent.words.read_text()
        assert "Traceback" not in agent.words.read_text()
        assert drained(agent) == 0
        received = sandbox.received()
        assert filed(received) == expected(agent.root)
        assert received.requests["POST"] == 1
        assert Bytes.of(received).again <= CHUNK


@pytest.mark.timeout(60)
def test_asked_to_stop_between_two_chunks_it_ends_at_once(tmp_path: Path) -> None:
    with (
        Sandbox(tmp_path / "filed", SWITCHES) as sandbox,
        AgentProcess.against(sandbox, tmp_path) as agent,
    ):
        agent.write("Ash Bakery/big.csv", random.Random(1).randbytes(200 * CHUNK))
        sandbox.aim("PATCH: wait 0.1 s")
        agent.start("run")
        wait_for(lambda: patches(sandbox) >= 4, "some chunks are sent")
        ended, seconds = agent.end()
        assert (ended, seconds < GRACE) == (0, True), f"{ended} after {seconds:.1f} s"
        sandbox.clear_faults()
        assert drained(agent) == 0
        assert filed_all(sandbox, agent)
        assert Bytes.of(sandbox.received()).again == 0


@pytest.mark.deep
@pytest.mark.timeout(180)
def test_E03_a_machine_that_sleeps_in_the_middle_of_a_chunk_wakes_and_goes_on(
    tmp_path: Path,
) -> None:
    size = 384 * MIB
    switches = Switches(
        max_upload_size=size,
        token_life_seconds=5,
        body_timeout_seconds=2,
        task_seconds=0.2,
        task_polls=1,
    )
    with (
        Sandbox(tmp_path / "filed", switches) as sandbox,
        AgentProcess.against(sandbox, tmp_path, chunk="64 MiB") as agent,
    ):
        with agent.write("Ash Bakery/big.csv", b"").open("r+b") as file:
            for number in range(size // MIB):
                file.write(number.to_bytes(8, "big") * (MIB // 8))
        process = agent.start("run")
        wait_for(lambda: sandbox.received().bytes_received > 70 * MIB, "a chunk is under way")
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)  # what is in the line still comes
        before = sandbox.received()
        assert before.bytes_received % (64 * MIB), "not in the middle of a chunk"
        time.sleep(STOPPED)
        assert sandbox.received().bytes_received == before.bytes_received
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: filed_all(sandbox, agent), "it is filed", 60)
        received = sandbox.received()
        print(Bytes.of(received))
        assert received.requests["POST"] == 1
        assert received.bytes_received == size
        assert Bytes.of(received).again <= 64 * MIB
        assert agent.end()[0] == 0


@pytest.mark.timeout(60)
def test_nobody_reads_its_words_any_more_and_it_works_on(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "filed", SWITCHES) as sandbox:
        agent = AgentProcess.against(sandbox, tmp_path)
        agent.root.rename(tmp_path / "away")
        process = subprocess.Popen(
            agent.command("run"),
            env=agent.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            process.stdout.readline()
            process.stdout.close()
            (tmp_path / "away" / "Ash Bakery").mkdir()
            (tmp_path / "away" / "Ash Bakery" / "w2.csv").write_bytes(b"1")
            time.sleep(1)  # it has something to say: the folder is unavailable
            (tmp_path / "away").rename(agent.root)  # and there again
            wait_for(lambda: filed_all(sandbox, agent), "it is filed all the same")
            process.terminate()
            assert process.wait(10) == 0
            assert process.stderr.read() == b""
        finally:
            process.kill()
            process.wait(10)
            process.stderr.close()


@pytest.mark.timeout(60)
def test_without_any_standard_output_it_works(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "filed", SWITCHES) as sandbox:
        agent = AgentProcess.against(sandbox, tmp_path)
        agent.write("Ash Bakery/w2.csv", b"1")
        process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *agent.command("run")],
            env=agent.env,
            stdin=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: filed_all(sandbox, agent), "it is filed")
            process.terminate()
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait(10)


@pytest.mark.timeout(60)
def test_its_parent_dies_and_it_works_on(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "filed", SWITCHES) as sandbox:
        agent = AgentProcess.against(sandbox, tmp_path)
        command = [sys.executable, "-c", PARENT, *agent.command("run")]
        parent = subprocess.run(
            command, env=agent.env, stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
        orphan = int(parent.stdout)
        try:
            agent.write("Ash Bakery/w2.csv", b"1")
            wait_for(lambda: filed_all(sandbox, agent), "it is filed")
            os.kill(orphan, signal.SIGTERM)
            wait_for(lambda: not alive(orphan), "it ends when asked", 10)
        finally:
            if alive(orphan):
                os.kill(orphan, signal.SIGKILL)
        assert "Traceback" not in (agent.home / "logs" / "agent.log").read_text()


def alive(pid: int) -> bool:
    """Whether a process that is not our child still lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.timeout(60)
def test_its_terminal_is_closed_and_it_ends_as_when_asked(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "filed", SWITCHES) as sandbox:
        agent = AgentProcess.against(sandbox, tmp_path)
        ours, its = os.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", AT_TERMINAL, *agent.command("run")],
            env=agent.env,
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)
        try:
            assert b"Watching" in os.read(ours, 1000)
            agent.write("Ash Bakery/w2.csv", b"1")
            wait_for(lambda: filed_all(sandbox, agent), "it is filed")
            os.close(ours)
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait(10)
        log = (agent.home / "logs" / "agent.log").read_text()
        assert '"error"' not in log
        assert "the agent ends" in log
