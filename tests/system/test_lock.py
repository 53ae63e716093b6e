"""One agent at a time, with real processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import AnotherAgent
from agent.system.lock import Lock

HOLDER = """
import sys
from pathlib import Path
from agent.system.lock import Lock
with Lock.take(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """A process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.slow
def test_C11_a_second_process_is_told_which_process_and_host_hold_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "agent.lock"
    with holder(path) as first:
        with pytest.raises(AnotherAgent) as refused:
            Lock.take(path)
        assert f"process {first.pid} on {socket.gethostname()}" in str(refused.value)
        first.communicate("", timeout=20)
    Lock.take(path).close()


@pytest.mark.slow
def test_the_system_gives_the_lock_back_when_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "agent.lock"
    with holder(path) as first:
        first.kill()
        first.wait(timeout=20)
        with Lock.take(path):
            assert str(os.getpid()) in path.read_text()


def test_within_one_process_the_lock_is_taken_once_too(tmp_path: Path) -> None:
    path = tmp_path / "agent.lock"
    with Lock.take(path), pytest.raises(AnotherAgent, match=f"process {os.getpid()} "):
        Lock.take(path)
    with Lock.take(path) as again:
        again.close()
        again.close()


@pytest.mark.parametrize("note", [b"", b"\xff\xfe", b"[1]", b'{"pid": "x"}', b"{" * 5000])
def test_a_note_that_cannot_be_read_is_no_reason_to_fail(tmp_path: Path, note: bytes) -> None:
    path = tmp_path / "agent.lock"
    with Lock.take(path):
        path.write_bytes(note)
        with pytest.raises(AnotherAgent, match="another process"):
            Lock.take(path)


def test_a_note_cannot_forge_a_line(tmp_path: Path) -> None:
    path = tmp_path / "agent.lock"
    with Lock.take(path):
        path.write_text('{"pid": 1, "host": "a\\nb"}')
        with pytest.raises(AnotherAgent) as refused:
            Lock.take(path)
        assert "\n" not in str(refused.value)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and links")
def test_the_file_is_private_and_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "agent.lock"
    Lock.take(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(OSError, match="link"):
        Lock.take(link)
