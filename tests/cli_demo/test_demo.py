"""The demo as a person starts it: a process, small numbers, the closing sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

DEMO = (sys.executable, "-m", "agent", "demo")
SECONDS = 110


def environment(temporary: Path) -> Mapping[str, str]:
    temporary.mkdir()
    return {**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)}


@pytest.mark.slow
def test_the_demo_files_everything_proves_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    done = subprocess.run(
        [*DEMO, "--files", "40", "--big", "5"],
        env=environment(temporary),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    number = re.fullmatch(r"(\d+) of \1 documents filed, once each, every SHA-256 equal\.", last)
    assert number is not None
    assert int(number[1]) >= 20
    assert re.search(r"What Filed receives: http://127\.0\.0\.1:\d+/", done.stdout)
    assert "KILLED" in done.stdout
    links = re.findall(r"status page: (http://127\.0\.0\.1:\d+/enter\?key=[\w-]+)\n", done.stdout)
    assert len(links) == len(set(links)) == 2  # before the kill, and after it
    assert done.stdout.count("that link works once, within half a minute") == 2
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_bytes_that_changed_at_filed_are_seen(tmp_path: Path) -> None:
    """The sandbox itself is made to damage one upload: only the digests can tell."""
    program = (
        "import sys\n"
        "from agent.sandbox import store\n"
        "true = store.UploadStore.digest\n"
        "def digest(self, upload):\n"
        "    told = true(self, upload)\n"
        "    return 'f' * 64 if upload.filename == 'Slow scan.pdf' and told else told\n"
        "store.UploadStore.digest = digest\n"
        "from agent.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "demo", "--files", "40", "--big", "1"],
        env=environment(tmp_path / "temporary"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "Filed has not what it should have:" in lines
    assert len([line for line in lines if "Slow scan.pdf: " in line]) == 2
    assert "every SHA-256 equal" not in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without asking")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_demo_takes_its_agent_and_its_folder_with_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    temporary = tmp_path / "temporary"
    demo = subprocess.Popen(
        [*DEMO, "--files", "40", "--big", "1"],
        env=environment(temporary),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    with demo:
        try:
            assert demo.stdout is not None
            for line in demo.stdout:
                if "stays open in another program" in line:
                    break
            demo.send_signal(number)
            demo.communicate(timeout=SECONDS)
        finally:
            demo.kill()
    assert demo.returncode == 128 + number
    assert list(temporary.iterdir()) == []
    assert not running_below(temporary)


def running_below(folder: Path) -> list[str]:
    """Command lines of processes whose environment names the folder (Linux alone tells)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(folder) in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text(encoding="utf-8"))
        except OSError:
            continue
    return found
