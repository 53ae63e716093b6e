"""L6: several roots, each with a look of its own, and with its share of the settling."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from agent.engine.closed import Closed
from agent.engine.looks import Looks
from agent.engine.settle import Settle
from agent.engine.shares import SECONDS
from agent.errors import FileTrouble, RootUnavailable
from agent.ledger.ledger import Ledger
from agent.model.file import FileState, Listing, Sighting
from agent.model.hints import Hints
from agent.model.root import RootIdentity
from tests.kit.clock import JumpingClock
from tests.kit.disk import ROOT, MemoryDisk, MemorySource
from tests.kit.simulation import RULES

OTHER = b"/other"
TWO = replace(RULES, roots=(RULES.roots[0], replace(RULES.roots[0], path=OTHER)))


class TwoRoots:
    """Two memory disks under one port; each look at a file of `slow` takes its seconds."""

    def __init__(self, clock: JumpingClock) -> None:
        self.of = {ROOT: MemoryDisk(), OTHER: MemoryDisk()}
        self.slow: dict[bytes, float] = {}
        self.told: list[bytes] = []
        self._clock = clock

    def _disk(self, root: bytes) -> MemoryDisk:
        self._clock.advance(self.slow.get(root, 0.0))
        return self.of[root]

    def identify(self, root: bytes) -> RootIdentity:
        return self._disk(root).identify(ROOT)

    def list_folder(self, root: bytes, folder: bytes) -> Listing:
        return self._disk(root).list_folder(ROOT, folder)

    def folder_mtime(self, root: bytes, folder: bytes) -> int:
        return self._disk(root).folder_mtime(ROOT, folder)

    def is_empty(self, root: bytes) -> bool:
        return self._disk(root).is_empty(ROOT)

    def folder_mtimes(self, root: bytes, folders: Sequence[bytes]) -> Sequence[int | FileTrouble]:
        return self._disk(root).folder_mtimes(ROOT, folders)

    def look(self, root: bytes, path: bytes) -> Sighting:
        self.told.append(root)
        return self._disk(root).look(ROOT, path)

    def open(self, root: bytes, path: bytes) -> MemorySource:
        return self._disk(root).open(ROOT, path)

    def in_use(self, root: bytes, path: bytes) -> bool:
        return self._disk(root).in_use(ROOT, path)

    # -- Watch

    def arm(self, root: bytes) -> bool:
        return True

    def disarm(self, root: bytes) -> None:
        return None

    def take(self) -> Hints:
        paths = {(root, path) for root, disk in self.of.items() for _, path in disk.take().paths}
        return Hints(paths=frozenset(paths))

    def limits(self) -> Mapping[bytes, str]:
        return {}


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def disk(clock: JumpingClock) -> TwoRoots:
    return TwoRoots(clock)


@pytest.fixture
def ledger(clock: JumpingClock) -> Iterator[Ledger]:
    with Ledger.in_memory(clock) as made:
        yield made


@pytest.fixture
def looks(ledger: Ledger, disk: TwoRoots, clock: JumpingClock) -> Looks:
    return Looks(ledger, disk, disk, clock, TWO, random.Random(1), Closed())


def seen(ledger: Ledger, root: bytes) -> int:
    return len(ledger.files_in(ledger.root(root).id, b"Ash"))


def rest(looks: Looks) -> None:
    for _ in range(20):
        if looks.turn() > 0.0:
            return
    raise AssertionError("it never rests")


def test_L06_a_hint_that_one_look_takes_reaches_the_look_of_its_root(
    ledger: Ledger, disk: TwoRoots, looks: Looks
) -> None:
    rest(looks)
    assert looks.settled
    scans = looks.scans_done
    for of in disk.of.values():
        of.write(b"Ash/a.csv", b"a")
    first, second = looks.each
    first.turn()
    assert (seen(ledger, ROOT), seen(ledger, OTHER)) == (1, 0)
    second.turn()
    assert (seen(ledger, OTHER), looks.scans_done) == (1, scans)


def test_L06_a_root_that_is_away_leaves_the_other_s_look_alone(
    ledger: Ledger, disk: TwoRoots, looks: Looks
) -> None:
    disk.of[ROOT].there = False
    disk.of[OTHER].write(b"Ash/a.csv", b"a")
    rest(looks)
    assert ledger.root(ROOT).unavailable == "The share is away."
    assert (seen(ledger, OTHER), looks.settled) == (1, True)


def test_one_look_that_fails_leaves_the_others_their_turn(
    ledger: Ledger, disk: TwoRoots, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> float:
        raise RootUnavailable("odd")

    monkeypatch.setattr(looks.each[0], "turn", fail)
    disk.of[OTHER].write(b"Ash/a.csv", b"a")
    with pytest.raises(RootUnavailable, match="odd"):
        looks.turn()
    assert seen(ledger, OTHER) == 1


def test_L06_the_files_of_a_slow_root_leave_the_other_its_share_of_a_turn(
    ledger: Ledger, disk: TwoRoots, looks: Looks, clock: JumpingClock
) -> None:
    for number in range(50):
        disk.of[ROOT].write(b"Ash/%02d.csv" % number, b"%d" % number)
    rest(looks)
    disk.of[OTHER].write(b"Ash/a.csv", b"a")
    rest(looks)
    settle = Settle(ledger, disk, clock, TWO)
    settle.turn()
    disk.slow[ROOT] = SECONDS / 4
    clock.advance(20.0)
    disk.told.clear()
    began = clock.monotonic()
    settle.turn()
    assert 1 <= disk.told.count(ROOT) < 10
    assert clock.monotonic() - began < 3 * SECONDS
    other = ledger.file_at(ledger.root(OTHER).id, b"Ash/a.csv")
    assert other is not None
    assert other.state is FileState.known
    for _ in range(100):
        clock.advance(settle.turn() + 0.1)
    assert ledger.counts().files[FileState.known] == 51, "and the slow ones come through as well"
