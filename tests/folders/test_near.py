"""Which roots are called directly, and that the others are still left behind in time (L6)."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.folders.disk import LocalDisk
from agent.folders.guarded import GuardedDisk
from agent.folders.hands import Hands
from agent.folders.near import SystemNear
from tests.kit.mounts import need_mounts

if sys.platform != "linux":
    pytest.skip("the mount table is Linux's", allow_module_level=True)

TABLE = """\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
23 22 0:20 / /srv/share rw - cifs //files/clients rw
24 22 8:17 / /srv/stick rw - vfat /dev/sdb1 rw
25 22 0:21 / /home/ann/cloud rw - fuse.rclone remote rw
26 22 8:33 / /srv/disk\\040two rw - xfs /dev/sdc1 rw
27 22 8:49 / /srv/twice rw - ext4 /dev/sdd1 rw
28 27 0:22 / /srv/twice rw - nfs4 files:/clients rw
29 22 0:23 / /srv/later rw - autofs systemd-1 rw
30 22 8:65 / /srv/many rw - ext4 /dev/sde1 rw
31 30 8:66 / /srv/many/inner rw - ext4 /dev/sdf1 rw
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text(TABLE)
    return path


@pytest.fixture
def near(table: Path) -> Iterator[SystemNear]:
    made = SystemNear(str(table))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (b"/srv/clients", True),
        (b"/srv/disk two/clients", True),
        (b"/srv/many", True),
        (b"/srv/sharepoint", True),
        (b"/srv/share", False),
        (b"/srv/share/clients", False),
        (b"/srv/stick/clients", False),
        (b"/home/ann/cloud/clients", False),
        (b"/srv/twice", False),
        (b"/srv/later", False),
        (b"/srv", False),
        (b"/", False),
        (b"/home/ann", False),
    ],
)
def test_root_is_near_when_no_server_stands_behind_any_part_of_it(
    near: SystemNear, root: bytes, expected: bool
) -> None:
    assert near.holds(root) is expected


def test_root_that_is_reached_through_a_link_is_not_near(tmp_path: Path, near: SystemNear) -> None:
    """What the link leads to may be a share, and it can be made to lead elsewhere at any time."""
    (tmp_path / "there" / "clients").mkdir(parents=True)
    (tmp_path / "here").symlink_to(tmp_path / "there")
    assert near.holds(bytes(tmp_path / "there" / "clients"))
    assert not near.holds(bytes(tmp_path / "here" / "clients"))


def test_without_a_mount_table_nothing_is_near(tmp_path: Path) -> None:
    near = SystemNear(str(tmp_path / "none"))
    assert not near.holds(b"/srv/clients")
    near.close()


def test_once_closed_nothing_is_near(table: Path) -> None:
    near = SystemNear(str(table))
    near.close()
    assert not near.holds(b"/srv/clients")
    near.close()


def test_changed_mount_table_is_read_again(
    near: SystemNear, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert near.holds(b"/srv/clients")
    table.write_text(TABLE + "32 22 0:24 / /srv/clients rw - cifs //files/more rw\n")
    assert near.holds(b"/srv/clients"), "a plain file does not tell of its changes"
    monkeypatch.setattr(near, "_changes", _Changed())
    assert not near.holds(b"/srv/clients")


class _Changed:
    """A mount table that tells of a change."""

    def poll(self, milliseconds: int) -> list[tuple[int, int]]:
        return [(0, 0)]

    def unregister(self, descriptor: int) -> None:
        """Nothing was registered."""


@pytest.mark.system
def test_real_mount_below_a_root_makes_it_far_at_once(tmp_path: Path) -> None:
    need_mounts(tmp_path)
    near = SystemNear()
    root = tmp_path / "clients"
    below = root / "inner"
    below.mkdir(parents=True)
    assert near.holds(bytes(root)), "the tests' own folder lies on no disk of the kernel's"
    subprocess.run(["mount", "-t", "ramfs", "none", below], check=True)
    try:
        assert not near.holds(bytes(root))
    finally:
        subprocess.run(["umount", "-l", below], check=True)
    assert near.holds(bytes(root))
    near.close()


class _Where(LocalDisk):
    """Notes the thread in which it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[str] = set()

    def folder_mtime(self, root: bytes, folder: bytes) -> int:
        self.threads.add(threading.current_thread().name)
        return super().folder_mtime(root, folder)


class _Fixed:
    """Near or far, as told."""

    def __init__(self, near: bool) -> None:
        self._near = near

    def holds(self, root: bytes) -> bool:
        return self._near

    def close(self) -> None:
        """Nothing is kept."""


@pytest.mark.parametrize("near", [True, False])
def test_only_a_far_root_is_touched_by_hands(tmp_path: Path, near: bool) -> None:
    disk, hands = _Where(), Hands()
    guarded = GuardedDisk(disk, hands, _Fixed(near))
    guarded.folder_mtime(bytes(tmp_path), b"")
    (tmp_path / "w2.pdf").write_bytes(b"words")
    with guarded.open(bytes(tmp_path), b"w2.pdf") as source:
        assert source.read(0, 9) == b"words"
    hands.close()
    assert disk.threads == {threading.current_thread().name if near else "hand"}
