"""Opens a ledger and kills itself at the n-th statement: `python -m tests.kit.killed_opening`.

One process that has imported everything forks a child for each n, up to the first that comes
through alive. Prints how many were killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

from agent.ledger import migrations, opening, schema
from agent.ledger.connection import connect
from agent.ledger.ledger import Ledger

NEXT_STEP = (
    "9999_made_up_step",
    """
CREATE TABLE made_up (id INTEGER PRIMARY KEY, folder_id INTEGER NOT NULL) STRICT;
INSERT INTO made_up SELECT id, id FROM folders;
ALTER TABLE folders ADD COLUMN made_up_note TEXT;
UPDATE folders SET made_up_note = 'moved on';
DROP INDEX clients_key;
CREATE INDEX clients_key ON clients (key, tax_year);
""",
)
MOST = 400


class StillClock:
    """A wall clock that stands."""

    def now(self) -> float:
        return 1000.0


def with_next_step() -> None:
    """From now on this process knows one more step of the schema than was released."""
    plain, steps = migrations.migrate, (*schema.STEPS, NEXT_STEP)
    schema.STEPS = steps
    schema.NAMES = tuple(name for name, _ in steps)
    migrations.migrate = lambda connection: plain(connection, steps)  # type: ignore[misc,assignment]


def _killed_at(number: int) -> None:
    """Every connection of this process counts its statements, and the n-th is the last."""
    told = [0]

    def count(statement: str) -> None:
        told[0] += 1
        if told[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(target: str) -> sqlite3.Connection:
        connection = connect(target)
        connection.set_trace_callback(count)
        return connection

    opening.connect = counted  # type: ignore[attr-defined]


def _child(path: Path, number: int) -> None:
    _killed_at(number)
    Ledger.open(path, StillClock()).close()
    os._exit(0)


def main(before: Path, work: Path) -> None:
    """`before`: the folder of an older ledger (may be empty); `work`: gets a folder for each n."""
    with_next_step()
    for number in range(1, MOST):
        folder = work / str(number)
        shutil.copytree(before, folder)
        child = os.fork()
        if child == 0:
            _child(folder / "ledger.sqlite3", number)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert status == 0, f"statement {number}: exit {status}"
            print(number - 1)
            return
    raise SystemExit("it never came through")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
