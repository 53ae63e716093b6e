"""The whole engine under a seed, while its ledger is damaged, lost or exchanged between two lives.

The simulator of tests.kit with a real ledger in a real folder: at a start its file may be gone,
cut, full of noise, an older copy; its -wal may be gone; or its evidence is. The process may also
die between the evidence's line and the commit. Then the contract is read off Filed's side.

Not together with another disk, or none, in the place of a watched folder: that is told by the files
that were known there, and those a lost ledger does not know any more.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.ledger import durable, writing
from agent.ledger.beside import Beside
from agent.ledger.evidence import Evidence, Mark
from agent.ledger.keeping import open_kept
from tests.kit.circumstances import drawn
from tests.kit.clock import WorldClock
from tests.kit.depth import depth
from tests.kit.faults import Crash
from tests.kit.simulation import Simulation, Verdict

SEEDS = depth("LOSSES", 60, 2_000)
FIRST = int(os.environ.get("SEED", "0")) or 1
SHARED_MEMORY = Path("/dev/shm")


def emptied(beside: Beside, _luck: random.Random) -> None:
    os.truncate(beside.ledger, 0)


def removed(beside: Beside, _luck: random.Random) -> None:
    beside.ledger.unlink()


def cut(beside: Beside, luck: random.Random) -> None:
    os.truncate(beside.ledger, luck.randrange(1, beside.ledger.stat().st_size))


def spoilt(beside: Beside, luck: random.Random) -> None:
    content = bytearray(beside.ledger.read_bytes())
    page = luck.randrange(len(content) // 4096 or 1) * 4096
    content[page : page + 4096] = luck.choice((bytes(4096), luck.randbytes(4096)))
    beside.ledger.write_bytes(content)


def exchanged(beside: Beside, luck: random.Random) -> None:
    copies = sorted(beside.backups.glob("*.sqlite3"))
    if copies:
        for part in beside.parts:
            part.unlink(missing_ok=True)
        shutil.copyfile(luck.choice(copies), beside.ledger)


def without_wal(beside: Beside, _luck: random.Random) -> None:
    for part in beside.parts[1:]:
        part.unlink(missing_ok=True)


def without_evidence(beside: Beside, _luck: random.Random) -> None:
    beside.evidence.unlink()


def with_old_evidence(beside: Beside, luck: random.Random) -> None:
    lines = beside.evidence.read_bytes().splitlines(keepends=True)
    beside.evidence.write_bytes(b"".join(lines[: luck.randrange(len(lines) + 1)]))


def with_spoilt_evidence(beside: Beside, luck: random.Random) -> None:
    content = bytearray(beside.evidence.read_bytes())
    content[luck.randrange(len(content))] ^= 8
    beside.evidence.write_bytes(content)


def without_copies(beside: Beside, _luck: random.Random) -> None:
    for copy in beside.backups.glob("*.sqlite3"):
        copy.unlink()


NO_MEMORY = frozenset({"foreign", "emptied", "emptied otherwise"})
Misfortune = Callable[[Beside, random.Random], None]
# one of them at a time: with ledger and evidence lost together nothing is promised
LOSSES: tuple[Misfortune, ...] = (emptied, removed, cut, spoilt, exchanged, without_wal)
OF_EVIDENCE: tuple[Misfortune, ...] = (without_evidence, with_old_evidence, with_spoilt_evidence)


class LosingSimulation(Simulation):
    """The ledger lies in `folder`, and something befalls it at a start now and then."""

    def __init__(self, seed: int, folder: Path, rate: float = 0.5) -> None:
        told = drawn(random.Random(seed))
        super().__init__(
            seed, circumstances=replace(told, mishaps=told.mishaps - NO_MEMORY), crash_rate=0.06
        )
        self.ledger.close()
        self.folder = folder
        self.lives = 0
        self.rate = rate
        self.luck = random.Random(seed + 5)
        self.befell: Counter[str] = Counter()
        self._take_up()

    @property
    def beside(self) -> Beside:
        return Beside(self.folder / str(self.lives) / "ledger.sqlite3")

    @property
    def in_turn(self) -> bool:
        """Whether the agent is at work, not a person's command; over a bad cable it never dies."""
        return bool(self._nested) and not self.told.flips

    def _take_up(self) -> None:
        taken = open_kept(self.beside.ledger, WorldClock(self.clock))
        taken.on_change(self._rang)
        vars(self.ledger).update(vars(taken))  # whoever holds the ledger holds this one now

    def _start(self) -> None:
        before = self.beside
        if self.luck.random() < 0.3:
            self.ledger.back_up()
        self.lives += 1
        # as a kill leaves it: closing would write the -wal into the file
        shutil.copytree(before.ledger.parent, self.beside.ledger.parent)
        self.ledger.close()
        shutil.rmtree(before.ledger.parent)
        healed = self.healed_at is not None
        if not healed and self.luck.random() < self.rate:
            self._befall()
        self._take_up()
        super()._start()

    def _befall(self) -> None:
        what = self.luck.choice(LOSSES * 2 + OF_EVIDENCE)
        if what in LOSSES and self.luck.random() < 0.3:
            without_copies(self.beside, self.luck)
        what(self.beside, self.luck)
        self.befell[what.__name__] += 1


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in memory; a process that dies right behind the line cuts nothing off again."""
    logging.getLogger("agent.ledger").setLevel(logging.CRITICAL)
    monkeypatch.setattr(durable, "sync_descriptor", lambda _descriptor: None)
    monkeypatch.setattr(Evidence, "take_back", lambda _self, _mark: None)
    where = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    try:
        with tempfile.TemporaryDirectory(prefix="ledger-", dir=where) as folder:
            yield Path(folder)
    finally:
        logging.getLogger("agent.ledger").setLevel(logging.NOTSET)


def dying(monkeypatch: pytest.MonkeyPatch, run: LosingSimulation, luck: random.Random) -> None:
    """Now and then the agent dies between the evidence's line and the commit."""
    plain = writing.Write._testify

    def testify(self: writing.Write) -> Mark | None:
        mark = plain(self)
        if mark is not None and run.in_turn and luck.random() < 0.02:
            raise Crash("between the line and the commit")
        return mark

    monkeypatch.setattr(writing.Write, "_testify", testify)


def broken(verdict: Verdict) -> list[str]:
    """What the contract says, but for two things that a lost ledger may cost.

    S10: an upload that only the ledger knew starts anew. And a file that was left out stays so
    where both a copy from then and an evidence written anew since come together: the agent does
    not send it against a word, and it stands in the list.
    """
    lines = [line for line in verdict.broken if not line.startswith("resent")]
    return [line for line in lines if ": ignored person" not in line]


@pytest.mark.slow
@pytest.mark.deep
@pytest.mark.timeout(36_000)
def test_E02_whatever_befalls_the_ledger_nothing_is_filed_twice_or_lost(
    fast: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    befell: Counter[str] = Counter()
    lives = 0
    for seed in range(FIRST, FIRST + SEEDS):
        with monkeypatch.context() as patch:
            run = LosingSimulation(seed, fast / str(seed))
            dying(patch, run, random.Random(seed + 6))
            verdict = run.run()
        assert broken(verdict) == [], f"SEED={seed} LOSSES=1, befell: {dict(run.befell)}"
        befell += run.befell
        lives += run.lives
        shutil.rmtree(fast / str(seed))
    print(f"{SEEDS} seeds, {lives} starts, {dict(befell)}")
    assert set(befell) == {one.__name__ for one in LOSSES + OF_EVIDENCE} or SEEDS < 60
