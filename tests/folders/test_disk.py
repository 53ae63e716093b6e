"""LocalDisk on ordinary folders: what is listed, looked at and read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.engine import ports
from agent.errors import DiskError, FileAbsent, NotRegular, RootUnavailable
from agent.folders.disk import LocalDisk
from agent.folders.listing import fit
from agent.model.file import Kind


@pytest.fixture
def disk() -> LocalDisk:
    return LocalDisk()


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    top = tmp_path / "root"
    top.mkdir()
    return os.fsencode(top)


def put(root: bytes, path: bytes, content: bytes = b"content") -> None:
    full = root + b"/" + path
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(content)


def test_the_disk_fulfils_the_port(disk: LocalDisk) -> None:
    port: ports.Disk = disk
    assert port is disk


def test_a_listing_names_files_and_subfolders_in_order(disk: LocalDisk, root: bytes) -> None:
    for name in (b"b.pdf", b"a.pdf", b"Z/x", b"C/y"):
        put(root, name)
    listing = disk.list_folder(root, b"")
    assert [sighting.name for sighting in listing.sightings] == [b"a.pdf", b"b.pdf"]
    assert listing.subfolders == (b"C", b"Z")
    assert listing.folder == b""
    assert listing.mtime_ns == os.stat(root).st_mtime_ns == disk.folder_mtime(root, b"")


def test_listing_look_and_handle_agree_on_the_signature(disk: LocalDisk, root: bytes) -> None:
    put(root, b"a/b/x.pdf", b"12345")
    listed = disk.list_folder(root, b"a/b").sightings[0]
    assert disk.look(root, b"a/b/x.pdf") == listed
    with disk.open(root, b"a/b/x.pdf") as source:
        assert source.signature() == listed.signature
    facts = os.stat(root + b"/a/b/x.pdf")
    assert (listed.signature.size, listed.signature.ino) == (5, facts.st_ino)
    assert listed.kind is Kind.regular


def test_a_source_reads_from_any_offset_and_short_only_at_the_end(
    disk: LocalDisk, root: bytes
) -> None:
    put(root, b"x.pdf", bytes(range(100)))
    with disk.open(root, b"x.pdf") as source:
        assert source.read(90, 100) == bytes(range(90, 100))
        assert source.read(0, 10) == bytes(range(10))
        assert source.read(100, 10) == b""
        assert source.read(5, 0) == b""


def test_a_closed_source_reads_nothing_rather_than_another_file(
    disk: LocalDisk, root: bytes
) -> None:
    put(root, b"x.pdf")
    source = disk.open(root, b"x.pdf")
    source.close()
    source.close()
    with pytest.raises((DiskError, ValueError)):
        source.read(0, 1)


def test_an_open_source_hinders_neither_rename_nor_delete(disk: LocalDisk, root: bytes) -> None:
    put(root, b"x.pdf", b"first")
    with disk.open(root, b"x.pdf") as source:
        os.rename(root + b"/x.pdf", root + b"/y.pdf")
        os.remove(root + b"/y.pdf")
        assert source.read(0, 5) == b"first"
        assert not disk.in_use(root, b"y.pdf")


def test_what_is_not_there_is_absent_while_the_root_is(disk: LocalDisk, root: bytes) -> None:
    put(root, b"a/file")
    for path in (b"no.pdf", b"no/such.pdf", b"a/file/below", b"n" * 300):
        with pytest.raises(FileAbsent):
            disk.look(root, path)
        with pytest.raises(FileAbsent):
            disk.open(root, path)
        with pytest.raises(FileAbsent):
            disk.list_folder(root, path)
        with pytest.raises(FileAbsent):
            disk.folder_mtime(root, path)


@pytest.mark.parametrize("path", [b"../x", b"a/../../x", b"/etc/passwd", b"a//b", b".", b"a\0b"])
def test_a_path_that_could_leave_the_root_is_refused(
    disk: LocalDisk, root: bytes, path: bytes
) -> None:
    put(root, b"a/b")
    put(os.path.dirname(root), b"x")
    with pytest.raises(NotRegular):
        disk.open(root, path)
    with pytest.raises(NotRegular):
        disk.look(root, path)


def test_a_folder_at_a_file_path_is_an_absent_file_and_cannot_be_opened(
    disk: LocalDisk, root: bytes
) -> None:
    os.mkdir(root + b"/was-a-file")
    with pytest.raises(FileAbsent):
        disk.look(root, b"was-a-file")
    with pytest.raises(NotRegular):
        disk.open(root, b"was-a-file")


def test_f21_a_folder_that_becomes_a_file_and_back(disk: LocalDisk, root: bytes) -> None:
    put(root, b"a/x")
    os.remove(root + b"/a/x")
    os.rmdir(root + b"/a")
    put(root, b"a", b"now a file")
    with pytest.raises(FileAbsent):
        disk.list_folder(root, b"a")
    assert disk.look(root, b"a").kind is Kind.regular
    assert disk.list_folder(root, b"").subfolders == ()
    os.remove(root + b"/a")
    put(root, b"a/x")
    assert disk.list_folder(root, b"a").sightings[0].name == b"x"


def test_n5_names_that_are_not_utf8(disk: LocalDisk, root: bytes) -> None:
    put(root, b"cl\xe9ment/bad\xff.pdf", b"bytes")
    assert disk.list_folder(root, b"").subfolders == (b"cl\xe9ment",)
    assert disk.list_folder(root, b"cl\xe9ment").sightings[0].name == b"bad\xff.pdf"
    with disk.open(root, b"cl\xe9ment/bad\xff.pdf") as source:
        assert source.read(0, 9) == b"bytes"


def test_n10_a_name_of_255_bytes(disk: LocalDisk, root: bytes) -> None:
    name = b"n" * 251 + b".pdf"
    put(root, name)
    assert disk.list_folder(root, b"").sightings[0].name == name
    assert disk.look(root, name).signature.size == 7


@pytest.fixture
def deep(root: bytes) -> Iterator[tuple[bytes, list[int]]]:
    """200 folders, each name of 100 bytes: over 20,000 bytes of path. Gives the deepest path."""
    fds = [os.open(root, os.O_RDONLY)]
    names = [b"%03d" % depth + b"d" * 97 for depth in range(200)]
    for name in names:
        os.mkdir(name, dir_fd=fds[-1])
        fds.append(os.open(name, os.O_RDONLY, dir_fd=fds[-1]))
    os.close(os.open(b"x.pdf", os.O_CREAT | os.O_WRONLY, dir_fd=fds[-1]))
    yield b"/".join(names), fds
    os.remove(b"x.pdf", dir_fd=fds[-1])
    for name in reversed(names):
        os.close(fds.pop())
        os.rmdir(name, dir_fd=fds[-1])
    os.close(fds.pop())


def test_n10_f22_depth_200_and_paths_over_4096_bytes(
    disk: LocalDisk, root: bytes, deep: tuple[bytes, list[int]]
) -> None:
    folder = deep[0]
    listing = disk.list_folder(root, folder)
    assert [sighting.name for sighting in listing.sightings] == [b"x.pdf"]
    assert disk.folder_mtime(root, folder) == listing.mtime_ns
    with disk.open(root, folder + b"/x.pdf") as source:
        assert source.signature() == disk.look(root, folder + b"/x.pdf").signature


@pytest.mark.slow
def test_f22_ten_thousand_files_in_one_folder_and_a_hundred_levels(
    disk: LocalDisk, root: bytes
) -> None:
    path = b"/".join([b"l"] * 100)
    os.makedirs(root + b"/" + path)
    for number in range(10_000):
        os.close(os.open(root + b"/" + path + b"/%05d" % number, os.O_CREAT | os.O_WRONLY))
    listing = disk.list_folder(root, path)
    assert len(listing.sightings) == 10_000
    assert listing.sightings[0].name == b"00000"


def test_no_descriptor_is_left_open(disk: LocalDisk, root: bytes) -> None:
    put(root, b"a/b/x.pdf")
    os.mkfifo(root + b"/a/pipe")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        disk.list_folder(root, b"a/b")
        disk.folder_mtime(root, b"a/b")
        disk.identify(root)
        disk.in_use(root, b"a/b/x.pdf")
        for bad in (b"a/no", b"a/pipe", b"a/b", b"no/no", b"a/b/x.pdf/y"):
            with pytest.raises((FileAbsent, NotRegular)):
                disk.open(root, bad)
    assert len(os.listdir("/proc/self/fd")) == before


def test_inodes_and_dates_beyond_64_signed_bits_are_folded() -> None:
    assert fit(2**63) == -(2**63)
    assert fit(2**64 - 1) == -1
    assert fit(2**63 - 1) == 2**63 - 1
    assert fit(-(2**63)) == -(2**63)


@pytest.mark.parametrize("name", [b"none", b"file"])
def test_a_root_that_is_not_there_or_no_folder(disk: LocalDisk, root: bytes, name: bytes) -> None:
    put(root, b"file")
    bad = root + b"/" + name
    for ask in (disk.list_folder, disk.folder_mtime, disk.look, disk.open):
        with pytest.raises(RootUnavailable) as caught:
            ask(bad, b"x")
        assert caught.value.said.endswith(".")
    with pytest.raises(RootUnavailable):
        disk.identify(bad)
    assert not disk.in_use(bad, b"x")


def test_a_replaced_root_has_another_identity(disk: LocalDisk, root: bytes) -> None:
    before = disk.identify(root)
    assert disk.identify(root) == before
    os.rename(root, root + b"-old")
    os.mkdir(root)
    assert disk.identify(root) != before
    assert disk.identify(root + b"-old") == before


def test_an_emptied_root_gives_an_empty_listing_and_its_old_identity(
    disk: LocalDisk, root: bytes
) -> None:
    put(root, b"x")
    before = disk.identify(root)
    os.remove(root + b"/x")
    assert disk.list_folder(root, b"").sightings == ()
    assert disk.identify(root) == before


def test_root_is_empty_when_not_even_a_link_or_a_folder_lies_in_it(
    disk: LocalDisk, root: bytes
) -> None:
    assert disk.is_empty(root)
    os.mkdir(root + b"/Ash")
    assert not disk.is_empty(root)
    os.rmdir(root + b"/Ash")
    os.symlink(b"nowhere", root + b"/link")
    assert not disk.is_empty(root)
    os.remove(root + b"/link")
    os.rmdir(root)
    with pytest.raises(RootUnavailable):
        disk.is_empty(root)


def test_absence_is_not_believed_when_the_root_was_exchanged_meanwhile(
    disk: LocalDisk, root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is entered, then its path comes to mean another folder."""
    real_stat = os.stat

    def stat_after_exchange(path: bytes, **options: int) -> os.stat_result:
        if path == b"x.pdf":
            os.rename(root, root + b"-gone")
            os.mkdir(root)
        return real_stat(path, **options)  # type: ignore[arg-type]  # forwards as it came

    monkeypatch.setattr(os, "stat", stat_after_exchange)
    with pytest.raises(RootUnavailable):
        disk.look(root, b"x.pdf")


def test_a_root_may_itself_be_a_link(disk: LocalDisk, root: bytes) -> None:
    put(root, b"a/x.pdf")
    os.symlink(root, root + b"-link")
    assert disk.identify(root + b"-link") == disk.identify(root)
    assert disk.look(root + b"-link", b"a/x.pdf") == disk.look(root, b"a/x.pdf")
