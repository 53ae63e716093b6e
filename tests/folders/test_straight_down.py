"""The way down in one call, and step by step where that call is not to be had: the same answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import FileAbsent, FileTrouble
from agent.folders import walk
from agent.folders.disk import LocalDisk

if sys.platform != "linux":
    pytest.skip("only Linux has the call", allow_module_level=True)

from agent.folders.straight_down import straight_down

_THROUGH = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW


@pytest.fixture
def top(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").touch()
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a" / "b")
    (tmp_path / "a" / "beside").symlink_to("b")
    (tmp_path / "elsewhere").symlink_to("/proc/self")
    descriptor = os.open(tmp_path, _THROUGH)
    yield descriptor
    os.close(descriptor)


def test_a_folder_deep_down_is_reached_in_one_call(top: int, tmp_path: Path) -> None:
    found = straight_down(top, [b"a", b"b", b"c"], _THROUGH)
    assert found >= 0, "the kernel of the tests has openat2"
    assert os.path.samestat(os.fstat(found), (tmp_path / "a/b/c").stat())
    assert not os.get_inheritable(found)
    os.close(found)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([b"a", b"link", b"c"], id="through a link"),
        pytest.param([b"a", b"beside", b"c"], id="through a link to what lies beside it"),
        pytest.param([b"a", b"link"], id="a link at its end"),
        pytest.param([b"elsewhere", b"task"], id="a link to another mount"),
        pytest.param([b"a", b"b", b"file"], id="a file"),
        pytest.param([b"a", b"b", b"none"], id="nothing"),
        pytest.param([b"..", b"etc"], id="above"),
        pytest.param([b"", b"etc"], id="from the top"),
    ],
)
def test_nothing_else_is_reached(top: int, parts: list[bytes]) -> None:
    assert straight_down(top, parts, _THROUGH) == -1


def test_what_is_mounted_is_left_to_the_steps() -> None:
    top = os.open("/", _THROUGH)
    assert straight_down(top, [b"proc", b"sys"], _THROUGH) == -1
    os.close(top)


@pytest.mark.parametrize(
    "folder", [b"a/b", b"a/b/c", b"a/link/c", b"a/link", b"a/b/file", b"a/x/y"]
)
def test_without_the_call_the_steps_give_the_same(
    folder: bytes, top: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = os.fsencode(tmp_path)
    quick = _told(root, folder)
    monkeypatch.setattr(walk, "straight_down", lambda *_: -1)
    assert _told(root, folder) == quick


def _told(root: bytes, folder: bytes) -> object:
    disk = LocalDisk()
    try:
        return disk.folder_mtime(root, folder), disk.list_folder(root, folder).digest
    except (FileTrouble, FileAbsent) as error:
        return type(error), error.said
