"""Files on shares: nothing stays open between two looks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from agent.errors import FileAbsent, FileChanged

if sys.platform == "linux":
    from agent.folders.disk_posix import PosixDisk
else:
    pytest.skip("the mount table is Linux's", allow_module_level=True)


def share(tmp_path: Path, kind: str = "cifs") -> tuple[PosixDisk, bytes]:
    """A folder that the mount table calls a share."""
    root = tmp_path / "root"
    root.mkdir()
    device = os.stat(root).st_dev
    table = tmp_path / "mountinfo"
    number = f"{os.major(device)}:{os.minor(device)}"
    table.write_text(f"36 35 {number} / /srv rw - {kind} //server/share rw\n", encoding="utf-8")
    return PosixDisk(str(table)), os.fsencode(root)


def open_files(path: Path) -> int:
    links = [os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
    return sum(os.path.realpath(link) == str(path) for link in links)


@pytest.mark.parametrize(("kind", "held"), [("cifs", 0), ("nfs4", 0), ("ext4", 1)])
def test_nothing_is_held_open_on_a_share(tmp_path: Path, kind: str, held: int) -> None:
    disk, root = share(tmp_path, kind)
    file = tmp_path.resolve() / "root" / "a.csv"
    file.write_bytes(b"0123456789")
    with disk.open(root, b"a.csv") as source:
        assert source.read(2, 3) == b"234"
        assert source.signature() == disk.look(root, b"a.csv").signature
        assert open_files(file) == held
        assert source.read(8, 100) == b"89"
    assert open_files(file) == 0


def test_another_file_under_the_name_is_never_read_on(tmp_path: Path) -> None:
    disk, root = share(tmp_path)
    file = tmp_path / "root" / "a.csv"
    file.write_bytes(b"0123456789")
    with disk.open(root, b"a.csv") as source:
        file.rename(file.with_name("b.csv"))
        with pytest.raises(FileAbsent):
            source.read(0, 5)
        file.write_bytes(b"abcdefghij")
        with pytest.raises(FileChanged):
            source.read(0, 5)
        assert source.signature() == disk.look(root, b"a.csv").signature
