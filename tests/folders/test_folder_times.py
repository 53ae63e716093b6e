"""Many folders' times at one go: what folder_mtime() says of each, and one root for all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from agent.errors import (
    DiskError,
    FileAbsent,
    FileDenied,
    FileTrouble,
    NotRegular,
    RootUnavailable,
)
from agent.folders.disk import LocalDisk
from agent.folders.guarded import GuardedDisk
from agent.folders.hands import Beat, Hands
from tests.folders.test_near import _Fixed

if sys.platform == "win32":
    pytest.skip("the way of POSIX", allow_module_level=True)

from agent.folders import walk

Result = TypeVar("Result")

WELL = [b"", b"Ash", b"Ash/2024", b"Ash/2024/w2", b"Birch", b"Birch/2024", b"Birch/2025"]
ILL = [
    b"Ash/file",
    b"Ash/none",
    b"Ash/none/below",
    b"Ash/link",
    b"Ash/link/w2",
    b"linked/2024",
    b"Ash/file/below",
    b"Ash/../Birch",
    b"../root/Ash",
    b"Ash//2024",
    b"Ash/",
    b"A\0sh",
    b"Ash/2024\0",
    b"A\0sh/2024",
]


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    top = tmp_path / "root"
    top.mkdir()
    for folder in WELL:
        (top / os.fsdecode(folder)).mkdir(exist_ok=True)
    (top / "Ash" / "file").touch()
    (top / "Ash" / "link").symlink_to("2024")
    (top / "linked").symlink_to("Ash")
    for number, folder in enumerate(WELL):
        os.utime(top / os.fsdecode(folder), ns=(0, 1_700_000_000_000_000_007 + number))
    return os.fsencode(top)


def _one_by_one(root: bytes, folders: list[bytes]) -> list[object]:
    disk = LocalDisk()
    told: list[object] = []
    for folder in folders:
        try:
            told.append(disk.folder_mtime(root, folder))
        except FileTrouble as trouble:
            told.append((type(trouble), trouble.said))
    return told


def _at_one_go(root: bytes, folders: list[bytes]) -> list[object]:
    times = LocalDisk().folder_mtimes(root, folders)
    return [(type(one), one.said) if isinstance(one, FileTrouble) else one for one in times]


@pytest.mark.parametrize("call", ["openat2", "steps"])
def test_it_says_of_each_what_folder_mtime_says(
    root: bytes, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if call == "steps":
        monkeypatch.setattr(walk, "straight_down", lambda *_: -1)
    mixed = [folder for pair in zip(ILL, WELL * 2, strict=True) for folder in pair]
    assert _at_one_go(root, mixed) == _one_by_one(root, mixed)
    assert _at_one_go(root, WELL) == [1_700_000_000_000_000_007 + n for n in range(len(WELL))]
    kinds = {type(one) for one in LocalDisk().folder_mtimes(root, ILL)}
    assert kinds == {FileAbsent, NotRegular}
    assert LocalDisk().folder_mtimes(root, []) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the steps are taken")
def test_folders_that_are_well_are_not_asked_for_alone(
    root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalDisk, "folder_mtime", _no_folder)
    times = LocalDisk().folder_mtimes(root, WELL)
    assert [type(one) for one in times] == [int] * len(WELL)


def test_one_that_is_denied_troubles_no_other(root: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told by the system's answer: root, who runs these tests at times, is denied nothing."""
    real = os.stat

    def denied(path: bytes, **options: int) -> os.stat_result:
        if path == b"2024":
            raise PermissionError(13, "denied")
        return real(path, **options)  # type: ignore[arg-type]  # forwards as it came

    def alone(root: bytes, folder: bytes) -> int:
        raise FileDenied(os.fsdecode(folder))

    disk = LocalDisk()
    monkeypatch.setattr(disk, "folder_mtime", alone)
    monkeypatch.setattr(os, "stat", denied)
    first, second, third = disk.folder_mtimes(root, [b"Birch", b"Birch/2024", b"Birch/2025"])
    assert isinstance(first, int)
    assert isinstance(third, int)
    assert isinstance(second, FileDenied)
    assert second.said == "Birch/2024"
    assert second.__traceback__ is None


def test_what_lies_on_another_device_is_refused(
    root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a subvolume does: no mount tells of it."""
    real = os.stat

    def elsewhere(path: bytes, **options: int) -> os.stat_result:
        facts = real(path, **options)  # type: ignore[arg-type]  # forwards as it came
        if path != b"2025":
            return facts
        return os.stat_result((*facts[:2], facts.st_dev + 1, *facts[3:]), {"st_mtime_ns": 1})

    asked: list[bytes] = []

    def alone(root: bytes, folder: bytes) -> int:
        asked.append(folder)
        raise NotRegular

    disk = LocalDisk()
    monkeypatch.setattr(disk, "folder_mtime", alone)
    monkeypatch.setattr(os, "stat", elsewhere)
    times = disk.folder_mtimes(root, [b"Birch", b"Birch/2025", b"Birch/2024"])
    assert [isinstance(one, NotRegular) for one in times] == [False, True, False]
    assert asked == [b"Birch/2025"]


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="needs a mount below the root")
def test_what_is_mounted_from_elsewhere_is_refused() -> None:
    times = LocalDisk().folder_mtimes(b"/", [b"etc", b"proc", b"proc/sys", b"proc/sys/kernel"])
    assert [type(one) for one in times] == [int, NotRegular, NotRegular, NotRegular]


@pytest.mark.parametrize("last", [b"Birch/2025", b"Birch/none"])
def test_an_exchanged_root_is_noticed_whatever_was_seen(root: bytes, last: bytes) -> None:
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        if beats == 3:
            os.rename(root, root + b"-gone")
            os.mkdir(root)

    with pytest.raises(RootUnavailable):
        LocalDisk().folder_mtimes(root, [*WELL, last], beat)
    assert beats >= 3


def test_a_vanished_root_is_unavailable_and_no_folder_absent(root: bytes) -> None:
    def beat() -> None:
        if os.path.isdir(root):
            os.rename(root, root + b"-gone")

    with pytest.raises(RootUnavailable):
        LocalDisk().folder_mtimes(root, WELL, beat)
    with pytest.raises(RootUnavailable):
        LocalDisk().folder_mtimes(root, WELL)


def test_every_folder_gives_a_sign_of_life(root: bytes) -> None:
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1

    LocalDisk().folder_mtimes(root, WELL[1:], beat)
    assert beats >= len(WELL) - 1


def test_no_descriptor_is_left_open_and_none_to_be_had_is_told(
    root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(os.listdir("/dev/fd"))
    LocalDisk().folder_mtimes(root, WELL + ILL)
    assert len(os.listdir("/dev/fd")) == before

    def none_left(descriptor: int) -> int:
        raise OSError(24, "too many")

    disk = LocalDisk()
    monkeypatch.setattr(disk, "folder_mtime", _no_folder)
    monkeypatch.setattr(os, "dup", none_left)
    assert isinstance(disk.folder_mtimes(root, [b"Ash"])[0], DiskError)


def _no_folder(*asked: object) -> int:
    raise DiskError


@pytest.fixture
def hands() -> Iterator[Hands]:
    hands = Hands()
    yield hands
    hands.close()


@pytest.mark.parametrize("near", [True, False])
def test_the_guard_asks_the_same(root: bytes, hands: Hands, near: bool) -> None:
    guarded = GuardedDisk(LocalDisk(), hands, _Fixed(near))
    assert list(guarded.folder_mtimes(root, WELL)) == LocalDisk().folder_mtimes(root, WELL)


class _Listening(Hands):
    """Counts the signs of life of what it does."""

    beats = 0

    def do(
        self,
        root: bytes,
        work: Callable[[Beat], Result],
        *,
        budget: float | None = None,
        discard: Callable[[Result], object] = lambda result: None,
    ) -> Result:
        return work(self._beat)

    def _beat(self) -> None:
        self.beats += 1


def test_a_far_root_that_goes_on_is_waited_for(root: bytes) -> None:
    listening = _Listening()
    GuardedDisk(LocalDisk(), listening).folder_mtimes(root, WELL[1:])
    assert listening.beats >= len(WELL) - 1
