"""A schema step killed at each of its statements: the old ledger or the new one, never between.

A process of its own is killed (tests.kit.killed_opening); then the ledger is opened once more by
a process that knows the made-up next step, and by one that does not.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.ledger import schema
from agent.ledger.ledger import Ledger
from agent.model.client import ClientState
from agent.model.document import Stage
from tests.kit.killed_opening import NEXT_STEP
from tests.ledger.kit import ROOT, StillClock, add_client, add_document, see

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL"),
]
AGAIN = """
import sys
from pathlib import Path
from agent.ledger.ledger import Ledger
from tests.kit.killed_opening import StillClock, with_next_step
with_next_step()
for folder in Path(sys.argv[1]).iterdir():
    Ledger.open(folder / "ledger.sqlite3", StillClock()).close()
"""


def filled(folder: Path) -> None:
    """A ledger of the released version with something to lose."""
    with Ledger.open(folder / "ledger.sqlite3", StillClock()) as ledger:
        ledger.root(ROOT)
        see(ledger, b"Miller", b"Miller/2025")
        client = add_client(ledger, "Miller", ClientState.known)
        add_document(ledger, client, "w2", Stage.filed)
        add_document(ledger, client, "k1", Stage.attaching)


def facts(path: Path) -> tuple[tuple[str, ...], list[tuple[object, ...]], str]:
    """The steps in the file, its documents, and whether it is sound; read past the agent."""
    connection = sqlite3.connect(path)
    try:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
        steps: tuple[str, ...] = ()
        documents: list[tuple[object, ...]] = []
        if "documents" in tables:
            named = connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id")
            steps = tuple(row[0] for row in named)
            told = connection.execute("SELECT id, sha256, stage FROM documents ORDER BY id")
            documents = told.fetchall()
        return steps, documents, connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()


def python(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("older", ["empty folder", "released ledger"])
def test_E02_migration_killed_at_each_statement_is_whole_or_not_begun(
    tmp_path: Path, older: str
) -> None:
    before, work = tmp_path / "before", tmp_path / "work"
    before.mkdir()
    work.mkdir()
    if older == "released ledger":
        filled(before)
    wanted = facts(before / "ledger.sqlite3")[1] if any(before.iterdir()) else []
    killed = int(python("-m", "tests.kit.killed_opening", str(before), str(work)))
    assert killed > 15, "so few statements cannot be a migration"
    old, new = schema.NAMES if wanted else (), (*schema.NAMES, NEXT_STEP[0])
    for folder in work.iterdir():
        steps, documents, sound = facts(folder / "ledger.sqlite3")
        assert sound == "ok", folder.name
        assert steps in (old, new), f"killed at statement {folder.name}: {steps}"
        assert documents == wanted, folder.name
    python("-c", AGAIN, str(work))
    for folder in work.iterdir():
        assert facts(folder / "ledger.sqlite3") == (new, wanted, "ok"), folder.name
