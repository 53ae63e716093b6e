"""A Linux of its own for one scene: booted on the host's root, ended after its time at the latest.

The guest sees the host's files read-only; it can write to its own memory and to one folder.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
INIT = Path(__file__).with_name("init.sh")
KERNEL = "linux.uml"
MEMORY = 1 << 30
TAIL = 6_000  # characters of the console that a failure shows


class GuestFailed(AssertionError):
    """The scene raised, hung or never began; carries what the guest said last."""


def need(*programs: str) -> None:
    """Leave the test out where User-Mode Linux or a program for its scene is not installed."""
    paths = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [
        name for name in (KERNEL, "modprobe", *programs) if not shutil.which(name, path=paths)
    ]
    if missing:
        pytest.skip(f"Debian's {', '.join(missing)} is not installed.")


def play(scene: str, folder: Path, *, seconds: float, **arguments: Any) -> dict[str, Any]:
    """Boot, run the function that `scene` names ("tests.uml.module:function"), give its answer.

    Arguments and answer travel as JSON. `seconds` are for all of it; then the guest is killed.
    Raises GuestFailed.
    """
    folder.mkdir(parents=True)
    job = {"scene": scene, "arguments": arguments}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    console = folder / "console.txt"
    with console.open("wb") as out:
        guest = subprocess.Popen(
            _command(folder),
            env={**os.environ, "TMPDIR": str(_memory_folder(folder))},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            guest.wait(seconds)
        except subprocess.TimeoutExpired:
            raise GuestFailed(f"No end after {seconds:g} s.\n{_tail(console)}") from None
        finally:
            _end(guest)
    return _answer(folder, console)


def _command(folder: Path) -> list[str]:
    told = {
        "FILED_ANSWERS": folder,
        "FILED_CHECKOUT": CHECKOUT,
        "FILED_PYTHON": Path(sys.executable).absolute(),
    }
    return [
        shutil.which(KERNEL) or KERNEL,
        *("root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", f"mem={MEMORY >> 20}M"),
        *("con=null", "con0=null,fd:1", "quiet", f"init={INIT}", f"uml_dir={folder}/"),
        *(
            f'{name}="{value}"' if " " in str(value) else f"{name}={value}"
            for name, value in told.items()
        ),
    ]


def _memory_folder(folder: Path) -> Path:
    """Where the guest's memory lies as a file: in the host's memory if it has the room."""
    shared = Path("/dev/shm")
    try:
        free = shutil.disk_usage(shared).free
    except OSError:
        free = 0
    return shared if free > 2 * MEMORY else folder


def _end(guest: subprocess.Popen[bytes]) -> None:
    """Kill the session that was started here, unless it ended by itself."""
    if guest.poll() is None:
        os.killpg(guest.pid, signal.SIGKILL)
        guest.wait(30)


def _answer(folder: Path, console: Path) -> dict[str, Any]:
    path = folder / "answer.json"
    if not path.exists():
        raise GuestFailed(f"The guest ended without an answer.\n{_tail(console)}")
    answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "error" in answer:
        raise GuestFailed(f"{answer['error']}\n{_tail(console)}")
    value: dict[str, Any] = answer["value"]
    return value


def _tail(console: Path) -> str:
    return console.read_text(encoding="utf-8", errors="replace")[-TAIL:]
