"""Restores a ledger and kills itself at the n-th effect: `python -m tests.ledger.killed_restore`.

An effect is anything that may change the disk: a file opened, renamed, removed or cut, a folder
made, bytes written or made durable, a statement of SQLite. One process that has imported everything
forks a child for each n, up to the first that comes through alive. Prints how many were killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from agent.ledger import connection, durable, opening, soundness
from tests.ledger.kept import Home

MOST = 2000
EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.truncate", "shutil.copyfile")
Effect = Callable[[], None]


def _count(number: int) -> Effect:
    told = [0]

    def effect() -> None:
        told[0] += 1
        if told[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return effect


def _meet(effect: Effect) -> None:
    """From now on every effect of this process is told."""

    def heard(event: str, _arguments: object) -> None:
        if event in EVENTS:
            effect()

    connect = connection.connect

    def counted(target: str) -> sqlite3.Connection:
        made = connect(target)
        made.set_trace_callback(lambda _statement: effect())
        return made

    plain = durable.sync_descriptor

    def synced(descriptor: int) -> None:
        effect()  # written, perhaps not durable
        plain(descriptor)
        effect()

    sys.addaudithook(heard)
    connection.connect = opening.connect = soundness.connect = counted  # type: ignore[attr-defined]
    durable.sync_descriptor = synced


def _child(folder: Path, at: float, number: int) -> None:
    home = Home(folder)
    home.clock.at = at
    _meet(_count(number))
    home.open().close()
    os._exit(0)


def main(before: Path, work: Path, at: float, every: int) -> None:
    """`before`: a folder with a home; `work`: gets a folder for each `every`-th n."""
    for number in range(1, MOST, every):
        folder = work / str(number)
        shutil.copytree(before, folder)
        child = os.fork()
        if child == 0:
            _child(folder, at, number)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert status == 0, f"effect {number}: exit {status}"
            print(number - 1)
            return
    raise SystemExit("it never came through")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
