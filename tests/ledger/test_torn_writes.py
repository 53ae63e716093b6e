"""The power fails at any moment: nothing acknowledged is lost, in ledger or evidence (E03, S8).

A life of both is taken down once, every write and sync in its order (tests.kit.torn_home); each cut
leaves for each file what was synced and any of the rest, and is then opened as the agent does.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.ledger import connection, durable, evidence
from agent.ledger.evidence import Evidence
from agent.ledger.writing import Write
from tests.kit.depth import depth
from tests.kit.torn import Platter
from tests.ledger.torn_cuts import SOUND, Cut, cuts, outcome
from tests.ledger.torn_life import Acked, Life, Tried, lived, recovered

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
CUTS = depth("CUTS", 1_000, 20_000)
RECOVERIES = CUTS // 8  # of all cuts, those in which the start after them is cut as well
AGAIN = 5  # after each so many-eth cut the agent works on and is started once more
SHARED_MEMORY = Path("/dev/shm")

pytestmark = [pytest.mark.slow, pytest.mark.deep, pytest.mark.timeout(1_800)]


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Path]:
    """In memory where that is to be had: what is durable here the test itself decides."""
    if not SHARED_MEMORY.is_dir():
        yield tmp_path
        return
    made = SHARED_MEMORY / f"torn-{os.getpid()}-{tmp_path.name}"
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        shutil.rmtree(made)


def judged(life: Life, number: int, seed: int, folder: Path) -> Iterator[tuple[Cut, str]]:
    """Each cut of this life, and what is wrong after it."""
    rng = random.Random(seed)
    for count, cut in enumerate(cuts(life, number, rng)):
        place = folder / str(count)
        yield cut, outcome(cut.platter.torn(rng), cut, place, twice=count % AGAIN == 0)
        shutil.rmtree(place)


def test_the_life_meets_all_that_can_be_torn(folder: Path) -> None:
    life = lived(folder)
    words = [event.word for event in life.events if event.kind == "said"]
    assert sum(isinstance(word, Acked) for word in words) > 60
    assert sum(isinstance(word, Tried) for word in words) == 3
    numbers = {event.name: event.file for event in life.events if event.kind == "made"}
    (made,) = (numbers[name] for name in numbers if name.endswith(".partial"))
    synced = [event.file for event in life.events if event.kind == "sync"]
    assert synced.count(made) > 30, "lines of the evidence"
    assert synced.count(life.platter.names["ledger.sqlite3"]) > 10, "checkpoints"
    cut = [event.file for event in life.events if event.kind == "truncate"]
    assert cut.count(made) == 3, "lines that were taken back"
    assert any(len(event.data) > 400 for event in life.events if event.file == made)


def test_E03_power_cut_loses_nothing_that_was_acknowledged(folder: Path) -> None:
    print(f"SEED={SEED}")
    for cut, found in judged(lived(folder / "life"), CUTS - RECOVERIES, SEED, folder):
        assert found == SOUND, f"SEED={SEED}, after event {cut.at}: {found}"


def test_E03_power_cut_in_the_start_after_a_power_cut_or_a_kill(folder: Path) -> None:
    """A kill leaves all that was written, but none of it is more durable than it was."""
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    life = lived(folder / "life")
    for count, cut in enumerate(cuts(life, RECOVERIES, rng)):
        place = folder / str(count)
        killed = rng.random() < 0.5
        platter = cut.platter if killed else Platter.of(cut.platter.torn(rng))
        following = recovered(platter, cut.may, cut.mark, place / "first")
        for second in cuts(following, 1, rng):
            left = second.platter.torn(rng)
            found = outcome(left, second, place / "second", twice=count % AGAIN == 0)
            where = f"SEED={SEED}, {count}: event {cut.at}, {killed=}, then {second.at}"
            assert found == SOUND, f"{where}: {found}"
        shutil.rmtree(place)


# -- the check can fail ----------------------------------------------------------------------------


def _synchronous(weaker: str) -> Callable[[pytest.MonkeyPatch], None]:
    """NORMAL and OFF in the place of FULL."""

    def off(patch: pytest.MonkeyPatch) -> None:
        plain = connection.connect

        def connect(target: str) -> sqlite3.Connection:
            made = plain(target)
            made.execute(f"PRAGMA synchronous = {weaker}")
            return made

        patch.setattr(connection, "connect", connect)

    return off


def _not_synced(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(durable, "sync_descriptor", lambda _descriptor: None)


def _synced_after_the_commit(patch: pytest.MonkeyPatch) -> None:
    _not_synced(patch)
    plain = Write._commit

    def commit(self: Write) -> None:
        plain(self)
        if self._evidence is not None:
            durable.sync_file(self._evidence.path)

    patch.setattr(Write, "_commit", commit)


def _anew_without_its_folder(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(evidence, "sync_folder", lambda _path: None)


def _taken_back_in_memory_only(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Evidence, "take_back", lambda self, mark: os.truncate(self.path, mark.length))


def _torn_lines_accepted(patch: pytest.MonkeyPatch) -> None:
    """As if there were no checksum."""

    def bodies(path: Path) -> Iterator[tuple[int, bytes | None]]:
        for line in path.read_bytes().splitlines(keepends=True):
            yield len(line), line[9:].rstrip(b"\n")

    patch.setattr(evidence, "_bodies", bodies)


def _torn_line_left(patch: pytest.MonkeyPatch) -> None:
    """The next line is written behind it."""
    patch.setattr(Evidence, "_make_room", lambda _self, _descriptor, _mark: None)


def _line_after_the_commit(patch: pytest.MonkeyPatch) -> None:
    """The evidence tells it when the ledger has it: the mark is a commit behind."""
    plain = Write._commit

    def commit(self: Write) -> None:
        kept, self._evidence = self._evidence, None
        content = self._transaction.testified()
        before = self._transaction.evidence_mark()
        plain(self)
        self._evidence = kept
        if kept is not None and content is not None and before is not None:
            after = kept.append(before, content)
            assert after is not None
            self._connection.execute(
                "UPDATE facts SET value = ? WHERE name = 'evidence'", (after.text(),)
            )

    patch.setattr(Write, "_commit", commit)


MUTANTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], int]] = {
    "ledger: synchronous NORMAL": (_synchronous("NORMAL"), 60),
    "ledger: synchronous OFF": (_synchronous("OFF"), 60),
    "evidence: not synced": (_not_synced, 60),
    "evidence: synced after the commit": (_synced_after_the_commit, 60),
    "evidence: written after the commit": (_line_after_the_commit, 60),
    "evidence: a new one's name not synced": (_anew_without_its_folder, 60),
    "evidence: taken back in memory only": (_taken_back_in_memory_only, 200),
    "evidence: torn lines accepted": (_torn_lines_accepted, 200),
    "evidence: a torn line left where it is": (_torn_line_left, 400),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_E03_protection_switched_off_is_found_by_the_cuts(folder: Path, mutant: str) -> None:
    """Within so many cuts, under a fixed seed."""
    off, within = MUTANTS[mutant]
    with pytest.MonkeyPatch.context() as patch:
        off(patch)
        life = lived(folder / "life")
        assert any(found != SOUND for _, found in judged(life, within, 7, folder))
