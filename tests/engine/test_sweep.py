"""The quick sweep: many folders at a go, as many as the disk answers in a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from agent.engine import sweep
from agent.engine.look import SLICE_SECONDS
from agent.engine.sweep import Sweep
from agent.errors import DiskError, FileDenied, FileTrouble, LedgerFull, RootUnavailable
from agent.model.file import FileState, Listing
from agent.model.root import FolderRow
from tests.engine.kit import Office
from tests.kit.clock import JumpingClock
from tests.kit.disk import ROOT, MemoryDisk
from tests.kit.habits_of_disks import DiskHabits
from tests.kit.simulation import RULES

SLOW = replace(RULES, sweep_seconds=300.0, deep_seconds=21_600.0)
EXACT = DiskHabits(exact_folders=True)
NAMES = [b"%04d" % number for number in range(3000)]


class Office3000(MemoryDisk):
    """Three thousand folders, each of which takes `each` seconds to be asked for."""

    def __init__(self, clock: JumpingClock, each: float) -> None:
        super().__init__()
        self.clock = clock
        self.each = each
        self.goes: list[int] = []

    def folder_mtimes(self, root: bytes, folders: Sequence[bytes]) -> list[int | FileTrouble]:
        self.goes.append(len(folders))
        self.clock.advance(self.each * len(folders))
        return [0 for _ in folders]


def _row(folder: bytes, mtime_ns: int = 0) -> FolderRow:
    return FolderRow(folder, mtime_ns, b"digest")


def _swept(disk: Office3000) -> list[int]:
    known = {name: _row(name) for name in NAMES}
    one = Sweep(disk, ROOT, known, _never, disk.clock)
    while not one.done:
        one.step()
    assert sum(disk.goes) == len(NAMES)
    return disk.goes


def _never(thing: object) -> None:
    raise AssertionError(thing)


def test_a_quick_disk_is_soon_asked_for_many_at_a_go() -> None:
    goes = _swept(Office3000(JumpingClock(), 1e-6))
    assert goes[:4] == [1, 2, 4, 8]
    assert max(goes) == sweep.MOST
    assert len(goes) < 20


@pytest.mark.parametrize("each", [0.003, 0.03, 1.0])
def test_a_slow_disk_is_never_asked_for_longer_than_a_moment(each: float) -> None:
    goes = _swept(Office3000(JumpingClock(), each))
    assert max(goes) * each <= max(each, sweep.LONG)


def test_a_disk_that_grows_slow_is_asked_for_fewer() -> None:
    disk = Office3000(JumpingClock(), 1e-6)
    one = Sweep(disk, ROOT, {name: _row(name) for name in NAMES}, _never, disk.clock)
    while not one.done:
        one.step()
        if len(disk.goes) == 8:
            disk.each = 0.01
    assert disk.goes[8:13] == [256, 128, 64, 32, 16]


def test_a_sweep_lasts_as_many_turns_as_it_needs_and_hints_are_followed_between(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(rules=SLOW)
    office.disk.habits = EXACT
    for name in NAMES[:40]:
        office.disk.write(name + b"/w2.bin", name)
    office.busy(office.look)
    office.disk.deaf = True
    office.disk.write(NAMES[39] + b"/late.bin", b"late")
    office.clock.advance(SLOW.sweep_seconds + 1.0)
    asked = 0

    def slowly(effect: str) -> None:
        nonlocal asked
        if effect == "stat":
            asked += 1
            office.clock.advance(0.03)

    monkeypatch.setattr(office.disk, "meet", slowly)
    began = office.clock.monotonic()
    assert office.look.turn() == 0.0
    assert not office.look.settled
    assert 0 < asked < 20
    assert office.clock.monotonic() - began < SLICE_SECONDS + 2 * sweep.LONG
    office.disk.deaf = False
    office.disk.write(NAMES[0] + b"/hinted.bin", b"hinted")
    office.look.turn()
    assert office.file(NAMES[0] + b"/hinted.bin").state is FileState.settling
    office.busy(office.look)
    assert office.file(NAMES[39] + b"/late.bin").state is FileState.settling
    before = asked
    office.clock.advance(SLOW.sweep_seconds - 1.0)  # the pause begins at the sweep's end
    office.busy(office.look)
    assert asked == before


def test_a_folder_with_many_that_went_is_scanned_once(opened: Callable[..., Office]) -> None:
    office = opened(rules=SLOW)
    office.disk.habits = EXACT
    for name in (*NAMES[:40], b"stays"):
        office.disk.write(b"Ash/" + name + b"/w2.bin", name)
    office.busy(office.look)
    office.disk.deaf = True
    for name in NAMES[:40]:
        office.disk.delete(b"Ash/" + name + b"/w2.bin")
    office.clock.advance(SLOW.sweep_seconds + 1.0)
    lists = 0

    def slowly(effect: str) -> None:
        nonlocal lists
        office.clock.advance(0.03)
        lists += effect == "list"

    office.disk.meet = slowly
    office.busy(office.look)
    assert office.file(b"Ash/0039/w2.bin").state is FileState.missing
    assert lists < 10
    assert office.look.settled


def _office(*folders: bytes) -> MemoryDisk:
    disk = MemoryDisk(habits=EXACT)
    for folder in folders:
        disk.write(folder + b"/w2.bin", folder)
    return disk


def test_trouble_with_one_folder_is_unknown_and_keeps_no_other_from_being_seen() -> None:
    disk = _office(b"Ash", b"Birch", b"Cedar")
    disk.troubles[b"Birch"] = FileDenied()
    listed: list[bytes] = []
    known = {name: _row(name, -1) for name in (b"Ash", b"Birch", b"Cedar")}
    one = Sweep(disk, ROOT, known, lambda found: listed.append(found.folder), _clock())
    while not one.done:
        one.step()
    assert listed == [b"Ash", b"Cedar"]


def test_what_went_and_what_is_new_is_scanned() -> None:
    disk = _office(b"Ash/new", b"Birch/2024")
    known = {
        name: _row(name, -1)
        for name in (b"Ash", b"Birch", b"Birch/2023", b"Birch/2024", b"Cedar/2024")
    }
    one = Sweep(disk, ROOT, known, lambda found: None, _clock())
    while not one.done:
        one.step()
    assert sorted(one.trees) == [b"Ash/new", b"Birch", b"Cedar"]


def test_a_listing_that_could_not_be_recorded_is_made_again_and_nothing_is_lost() -> None:
    disk = _office(b"Ash/new", b"Birch", b"Cedar")
    known = {name: _row(name, -1) for name in (b"Ash", b"Birch", b"Cedar")}
    listed: list[bytes] = []
    full = [b"Cedar"]  # the second of the two that were asked for at one go

    def record(listing: Listing) -> None:
        if listing.folder in full:
            full.clear()
            raise LedgerFull
        listed.append(listing.folder)

    one = Sweep(disk, ROOT, known, record, _clock())
    failures = 0
    while not one.done:
        try:
            one.step()
        except LedgerFull:
            failures += 1
    assert (failures, listed) == (1, [b"Ash", b"Birch", b"Cedar"])
    assert one.trees == {b"Ash/new"}


def test_a_root_that_goes_ends_the_sweep() -> None:
    disk = _office(b"Ash")
    disk.there = False
    with pytest.raises(RootUnavailable):
        Sweep(disk, ROOT, {b"Ash": _row(b"Ash")}, _never, _clock()).step()


def test_a_folder_that_cannot_be_listed_is_left_to_the_deep_scan() -> None:
    disk = _office(b"Ash")

    def fail(effect: str) -> None:
        if effect == "list":
            raise DiskError

    disk.meet = fail
    one = Sweep(disk, ROOT, {b"Ash": _row(b"Ash", -1)}, _never, _clock())
    one.step()
    assert one.done


def _clock() -> JumpingClock:
    return JumpingClock()
