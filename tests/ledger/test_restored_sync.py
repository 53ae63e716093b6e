"""Row E2 as Filed sees it: after any damage the next `sync` sends nothing that is filed again.

The real agent as a process against the sandbox. All cases share one home and one sandbox, and each
starts from what the one before left: Filed's side must never move.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.config.load import load
from agent.daemon import Agent
from agent.errors import LedgerDamaged
from agent.ledger.beside import Beside
from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from agent.system.places import Home as Places
from tests.kit.process import AgentProcess, expected, filed
from tests.ledger.kept import PAGE, overwrite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
CLIENTS = ("Ash Bakery", "Birch & Sons", "Cedar Estate")


@dataclass
class Office:
    """An agent that has filed everything, and the Filed that has it."""

    sandbox: Sandbox
    agent: AgentProcess

    @property
    def beside(self) -> Beside:
        return Beside(self.agent.home / "ledger.sqlite3")

    def sync(self) -> None:
        done = self.agent.call("sync")
        assert done.returncode == 0, done.stdout + done.stderr
        assert filed(self.sandbox.received()) == expected(self.agent.root)

    def status(self) -> Any:
        return json.loads(self.agent.call("status", "--json").stdout)

    def sent(self) -> tuple[int, int, int]:
        """What must not grow: bytes, uploads, tasks."""
        received = self.sandbox.received()
        return received.bytes_received, len(received.uploads), len(received.tasks)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    switches = Switches(task_seconds=0.1, task_polls=1)
    with Sandbox(folder / "filed", switches) as sandbox:
        office = Office(sandbox, AgentProcess.against(sandbox, folder))
        rng = random.Random(SEED)
        for half in range(2):  # the second start makes a copy, then there is more
            for number in range(6):
                name = f"{CLIENTS[number % 3]}/{half}-{number}.csv"
                office.agent.write(name, rng.randbytes(2_000))
            office.sync()
        assert list(office.beside.backups.glob("*.sqlite3"))
        yield office


def header(beside: Beside) -> None:
    overwrite(beside.ledger, 0, b"no database!" * 9)


def page(beside: Beside) -> None:
    rng = random.Random(SEED)
    at = rng.randrange(beside.ledger.stat().st_size // PAGE) * PAGE
    overwrite(beside.ledger, at, rng.choice((bytes(PAGE), rng.randbytes(PAGE))))


def old_copy(beside: Beside) -> None:
    shutil.copyfile(min(beside.backups.glob("*.sqlite3")), beside.ledger)


def everything_but_the_evidence(beside: Beside) -> None:
    shutil.rmtree(beside.backups)
    beside.ledger.unlink()


DAMAGES: dict[str, Callable[[Beside], object]] = {
    "corrupt header": header,
    "a page": page,
    "truncated": lambda beside: os.truncate(beside.ledger, beside.ledger.stat().st_size // 2),
    "0 bytes": lambda beside: os.truncate(beside.ledger, 0),
    "deleted": lambda beside: beside.ledger.unlink(),
    "an old copy": old_copy,
    "everything but the evidence": everything_but_the_evidence,
    "the evidence": lambda beside: beside.evidence.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_E02_after_any_damage_nothing_is_sent_again(office: Office, damage: str) -> None:
    before = office.sent()
    DAMAGES[damage](office.beside)
    office.sync()
    assert office.sent() == before, f"{damage}, SEED={SEED}"
    told = office.status()["incident"]
    assert damage == "a page" or told is not None
    assert told is None or told["sentences"][-1].startswith("Nothing that was filed is sent again")


def test_E02_a_document_that_comes_after_the_restoration_is_filed(office: Office) -> None:
    office.beside.ledger.unlink()
    office.agent.write(f"{CLIENTS[0]}/after.csv", b"after the restoration")
    uploads = office.sent()[1]
    office.sync()
    assert office.sent()[1] == uploads + 1


@pytest.mark.parametrize("copies", [True, False], ids=["copies", "no copies"])
@pytest.mark.parametrize("fate", ["carry out, then drop the answer", "drop the answer"])
def test_E02_an_answer_and_the_ledger_lost_together(
    office: Office, fate: str, copies: bool
) -> None:
    """Killed while Filed's answer is awaited, then the ledger is lost: read back, not guessed."""
    name = f"{CLIENTS[1]}/{fate[:5]} {copies}.csv"
    office.agent.write(name, os.urandom(1500))
    office.sandbox.aim(f"addClientDocuments 1: {fate}")
    office.agent.start("run")
    try:
        wait_for_doubt(office)
    finally:
        office.agent.kill()
        office.sandbox.clear_faults()
    for part in office.beside.parts:
        part.unlink(missing_ok=True)
    if not copies:
        shutil.rmtree(office.beside.backups, ignore_errors=True)
    office.sync()


def wait_for_doubt(office: Office) -> None:
    """Until the ledger says that an answer was lost."""
    end = time.monotonic() + 60.0
    while time.monotonic() < end:
        if office.beside.ledger.exists():
            with sqlite3.connect(office.beside.ledger) as connection:
                question = "SELECT count(*) FROM operations WHERE doubts > 0 AND state = 'unknown'"
                found = connection.execute(question).fetchone()[0]
            connection.close()
            if found:
                return
        time.sleep(0.02)
    raise AssertionError("no answer was ever lost")


def test_E02_a_plan_is_not_made_from_a_ledger_that_is_lost(office: Office) -> None:
    office.beside.ledger.unlink()
    planned = office.agent.call("plan")
    assert planned.returncode == 1
    assert "Start the agent again" in planned.stderr + planned.stdout
    office.sync()
    assert office.agent.call("plan").returncode == 0


def test_E02_damage_that_ends_the_agent_is_looked_for_at_its_next_start(office: Office) -> None:
    settings = load(office.agent.base / "config.toml", office.agent.env)
    home = Places.find(office.agent.env)
    with (
        pytest.raises(LedgerDamaged),
        Agent(settings, home, office.agent.env),
    ):
        raise LedgerDamaged("met by a question")
    assert office.beside.suspect.exists()
    office.sync()
    assert not office.beside.suspect.exists()


def test_E02_both_lost_the_agent_waits_for_a_person(office: Office, tmp_path: Path) -> None:
    """Nothing proves what was filed: nothing is sent before somebody says so."""
    home = tmp_path / "home"
    shutil.copytree(office.agent.home, home, ignore=shutil.ignore_patterns("control.*"))
    beside = Beside(home / "ledger.sqlite3")
    header(beside)
    beside.evidence.unlink()
    shutil.rmtree(beside.backups, ignore_errors=True)
    before = office.sent()
    other = AgentProcess.against(office.sandbox, office.agent.base)
    other.extra_env = {"FILED_AGENT_HOME": str(home)}
    assert other.call("sync").returncode == 3, "it waits for a person"
    assert office.sent() == before
    told = json.loads(other.call("status", "--json").stdout)
    assert told["health"] == "paused"
    assert not told["incident"]["proven"]
    assert "filed-agent resume" in told["incident"]["sentences"][-1]
