"""One program from its start to its end, with the system's own accounting of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")
GRACE = 20.0  # seconds after its limit until a program that does not end is given up


class RunFailed(RuntimeError):
    """A program that is measured did not end well; the text has its last words."""


@dataclass(frozen=True)
class Used:
    """What a finished program used: seconds of wall and of CPU, bytes of memory at most.

    It began at an instant of the wall clock, which the server has as well.
    """

    seconds: float
    cpu: float
    peak: int
    began: float


def run(
    command: Sequence[str], words: Path, env: Mapping[str, str] | None = None, most: float = 120.0
) -> Used:
    """Run a command to its end; it is killed after `most` seconds. Raises RunFailed."""
    words.parent.mkdir(parents=True, exist_ok=True)
    launched = [sys.executable, "-I", "-S", str(LAUNCHER), str(most), str(words), *command]
    process = subprocess.Popen(
        launched, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        answer, _ = process.communicate(timeout=most + GRACE)
    finally:
        with suppress(ProcessLookupError):  # launcher and program, if either is left
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(GRACE)
    told = json.loads(answer or b'{"code": "nothing"}')
    if told["code"] != 0:
        said = words.read_text(errors="replace")[-1500:] if words.exists() else ""
        raise RunFailed(f"{' '.join(command)[:200]} ended with {told['code']}:\n{said}")
    return Used(told["seconds"], told["cpu"], told["peak"], told["began"])


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to end, and kill it where it does not."""
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(GRACE)
