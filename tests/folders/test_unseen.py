"""F18: an entry that cannot be looked at keeps its folder's other files from nothing (L6)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.errors import RootUnavailable
from agent.folders.disk import LocalDisk
from agent.model.file import Kind, Signature

NOUGHT = Signature(0, 0, 0, 0, 0)


class Sick:
    """A folder's entry whose stat fails."""

    def __init__(self, entry: os.DirEntry[str], number: int) -> None:
        self.name = entry.name
        self._entry = entry
        self._number = number

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        raise OSError(self._number, os.strerror(self._number))

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return self._entry.is_dir(follow_symlinks=follow_symlinks)


def make_sick(patch: pytest.MonkeyPatch, number: int) -> None:
    """Every entry named sick* answers with this errno."""
    scandir = os.scandir

    @contextmanager
    def sickly(descriptor: int) -> Iterator[list[Sick | os.DirEntry[str]]]:
        with scandir(descriptor) as entries:
            yield [Sick(one, number) if one.name.startswith("sick") else one for one in entries]

    patch.setattr(os, "scandir", sickly)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Ash" / "sick folder").mkdir(parents=True)
    for name in ("sick.pdf", "well.pdf"):
        (tmp_path / "Ash" / name).write_bytes(b"content")
    return tmp_path


@pytest.mark.skipif(os.name != "posix", reason="on Windows a listing tells all of its entries")
@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.ESTALE])
def test_F18_an_entry_that_cannot_be_looked_at_is_listed_all_the_same(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    make_sick(monkeypatch, number)
    listing = LocalDisk().list_folder(os.fsencode(root), b"Ash")
    sick, well = listing.sightings
    assert (sick.name, sick.kind, sick.signature) == (b"sick.pdf", Kind.regular, NOUGHT)
    assert (well.name, well.signature.size) == (b"well.pdf", 7)
    assert listing.subfolders == (b"sick folder",)


@pytest.mark.skipif(os.name != "posix", reason="on Windows a listing tells all of its entries")
def test_E05_a_dead_server_is_no_matter_of_one_entry(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sick(monkeypatch, errno.EHOSTDOWN)
    stat = os.stat

    def gone(path: object, *args: object, **options: object) -> os.stat_result:
        if path == os.fsencode(root):
            raise OSError(errno.EHOSTDOWN, "down")
        return stat(path, *args, **options)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(os, "stat", gone)
    with pytest.raises(RootUnavailable):
        LocalDisk().list_folder(os.fsencode(root), b"Ash")
