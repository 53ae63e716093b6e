"""A restoration killed at each of its effects: the next start completes it (E2, E3).

The process is really killed (tests.ledger.killed_restore); what it had done by then stays.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.model.incident import Found
from tests.kit.depth import depth
from tests.ledger.kept import PAGE, Home, filled, overwrite, weighing, whole

EVERY = depth("EFFECTS", 15, 1)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.deep,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL"),
]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return filled(tmp_path_factory.mktemp("original"), files=5)


def without_copies(home: Home) -> None:
    for copy in home.beside.backups.iterdir():
        copy.unlink()


def damaged(home: Home) -> None:
    overwrite(home.path, PAGE, bytes(2 * PAGE))
    Path(f"{home.path}-wal").write_bytes(b"of the damaged one" * 99)


def damaged_without_copies(home: Home) -> None:
    damaged(home)
    without_copies(home)


def old(home: Home) -> None:
    max(home.beside.backups.iterdir()).replace(home.path)


def evidence_damaged(home: Home) -> None:
    overwrite(home.beside.evidence, 5000, bytes(1000))


CASES: dict[str, tuple[Callable[[Home], object], set[Found | None]]] = {
    "damaged": (damaged, {Found.damaged}),
    "damaged, no copy": (damaged_without_copies, {Found.damaged}),
    "lost": (lambda home: home.path.unlink(), {Found.lost}),
    "an old copy": (old, {Found.old}),
    # a new evidence may be whole before the ledger has noted it: then there is nothing to tell
    "evidence damaged": (evidence_damaged, {Found.evidence, None}),
    "evidence gone": (lambda home: home.beside.evidence.unlink(), {Found.evidence, None}),
}


@pytest.mark.parametrize("case", CASES)
def test_E02_a_restoration_killed_at_each_effect_is_completed_by_the_next_start(
    original: Home, tmp_path: Path, case: str
) -> None:
    before = original.copy(tmp_path / "whole").start()
    broken = original.copy(tmp_path / "broken")
    damage, found = CASES[case]
    damage(broken)
    file = broken.path.read_bytes() if broken.path.exists() else None
    work = tmp_path / "work"
    work.mkdir()
    killed = kill_each(tmp_path / "broken", work, original.clock.at)
    assert killed > 20
    for folder in work.iterdir():
        home = Home(folder)
        home.clock.at = original.clock.at + 10.0
        with home.open() as ledger:
            assert weighing(ledger) == before, f"{case}, killed at effect {folder.name}"
            assert whole(ledger), folder.name
            incident = ledger.incident()
            assert (incident.found if incident else None) in found, folder.name
            assert ledger.paused_until() is None, folder.name
        assert not home.beside.story.exists(), folder.name
        if Found.damaged in found:
            aside = [path.read_bytes() for path in home.beside.aside.glob("*/ledger.sqlite3")]
            assert file in aside, f"{folder.name}: the damaged file is kept"


def kill_each(before: Path, work: Path, at: float) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ledger.killed_restore", before, work, str(at), str(EVERY)],
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)
