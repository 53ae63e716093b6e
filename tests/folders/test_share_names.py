"""Names that a share lists and does not find; their files would come and go for ever (L6)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from agent.errors import DiskError, FileAbsent

if sys.platform == "linux":
    from agent.folders.disk_posix import PosixDisk
else:
    pytest.skip("the mount table is Linux's", allow_module_level=True)

ODD = b"odd"


@pytest.fixture
def odd_names_are_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a mount whose character set lacks a letter of theirs."""
    real_stat, real_open = os.stat, os.open

    def stat(path: bytes, **how: object) -> os.stat_result:
        if path == ODD:
            raise FileNotFoundError(2, "No such file or directory")
        return real_stat(path, **how)  # type: ignore[arg-type]  # passed on as they came

    def opened(path: bytes, flags: int, **how: object) -> int:
        if path == ODD:
            raise FileNotFoundError(2, "No such file or directory")
        return real_open(path, flags, **how)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(os, "open", opened)


def disk_with(tmp_path: Path, kind: str) -> tuple[PosixDisk, bytes]:
    root = tmp_path / "root"
    (root / "files").mkdir(parents=True)
    (root / "files" / "odd").write_bytes(b"content")
    (root / "odd").mkdir()
    device = root.stat().st_dev
    table = tmp_path / "mountinfo"
    number = f"{os.major(device)}:{os.minor(device)}"
    table.write_text(f"36 35 {number} / /srv rw - {kind} //server/share rw\n", encoding="utf-8")
    return PosixDisk(str(table)), os.fsencode(root)


@pytest.mark.usefixtures("odd_names_are_not_found")
@pytest.mark.parametrize(("kind", "error"), [("cifs", DiskError), ("ext4", FileAbsent)])
def test_listed_and_not_found_is_trouble_on_a_share_alone(
    tmp_path: Path, kind: str, error: type[Exception]
) -> None:
    disk, root = disk_with(tmp_path, kind)
    for ask in (
        lambda: disk.look(root, b"files/odd"),
        lambda: disk.open(root, b"files/odd"),
        lambda: disk.list_folder(root, b"odd"),
        lambda: disk.folder_mtime(root, b"odd"),
    ):
        with pytest.raises(error):
            ask()


@pytest.mark.usefixtures("odd_names_are_not_found")
def test_what_a_share_does_not_list_is_absent(tmp_path: Path) -> None:
    disk, root = disk_with(tmp_path, "cifs")
    (tmp_path / "root" / "files" / "odd").unlink()
    for path in (b"files/odd", b"files/other", b"none/other"):
        with pytest.raises(FileAbsent):
            disk.look(root, path)
    (tmp_path / "root" / "files" / "a.csv").write_bytes(b"content")
    with pytest.raises(FileAbsent):
        disk.list_folder(root, b"files/a.csv")  # no folder any more, but a file of that name
    (tmp_path / "root" / "files" / "folder").mkdir()
    with pytest.raises(FileAbsent, match="A folder lies there now"):
        disk.look(root, b"files/folder")
