"""S7: only regular files physically under the root are read (F12, F13)."""

from __future__ import annotations

import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.errors import AgentError, FileAbsent, FileDenied, FileTrouble, NotRegular
from agent.folders.disk import LocalDisk
from agent.model.file import Kind

as_root = pytest.mark.skipif(
    os.geteuid() != 0 and not os.environ.get("CI"), reason="needs the rights of root"
)


@pytest.fixture
def disk() -> LocalDisk:
    return LocalDisk()


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    """A root with one file, beside a folder that must never be read."""
    (tmp_path / "root" / "inside").mkdir(parents=True)
    (tmp_path / "root" / "inside" / "x.pdf").write_bytes(b"ours")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.pdf").write_bytes(b"secret")
    return os.fsencode(tmp_path / "root")


@pytest.mark.parametrize(
    "target", ["../outside/x.pdf", "inside/x.pdf", "dangling", "link", "/etc/passwd"]
)
def test_f12_a_link_to_a_file_is_seen_but_not_read(
    disk: LocalDisk, root: bytes, target: str
) -> None:
    os.symlink(target, root + b"/link")
    assert disk.look(root, b"link").kind is Kind.link
    assert [sighting.kind for sighting in disk.list_folder(root, b"").sightings] == [Kind.link]
    with pytest.raises(NotRegular):
        disk.open(root, b"link")


@pytest.mark.parametrize("target", ["../outside", "inside", ".", "..", "/"])
def test_f12_a_link_to_a_folder_is_a_sighting_and_never_entered(
    disk: LocalDisk, root: bytes, target: str
) -> None:
    os.symlink(target, root + b"/link")
    listing = disk.list_folder(root, b"")
    assert listing.subfolders == (b"inside",)
    assert [(seen.name, seen.kind) for seen in listing.sightings] == [(b"link", Kind.link)]
    with pytest.raises(FileAbsent):
        disk.list_folder(root, b"link")
    with pytest.raises(FileAbsent):
        disk.open(root, b"link/x.pdf")
    with pytest.raises(FileAbsent):
        disk.look(root, b"link/x.pdf")


def test_f13_a_pipe_never_blocks_and_is_not_read(disk: LocalDisk, root: bytes) -> None:
    os.mkfifo(root + b"/pipe")
    assert disk.look(root, b"pipe").kind is Kind.other
    with pytest.raises(NotRegular):
        disk.open(root, b"pipe")
    assert not disk.in_use(root, b"pipe")


def test_f13_a_pipe_put_there_at_the_last_moment_does_not_block(
    disk: LocalDisk, root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(root + b"/pipe")
    monkeypatch.setattr("agent.folders.disk_posix._refuse", LetPassOnce())
    with pytest.raises(NotRegular):
        disk.open(root, b"pipe")


def test_f12_a_link_put_there_at_the_last_moment_is_not_followed(
    disk: LocalDisk, root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.symlink("../outside/x.pdf", root + b"/link")
    monkeypatch.setattr("agent.folders.disk_posix._refuse", LetPassOnce())
    with pytest.raises(FileAbsent):
        disk.open(root, b"link")


class LetPassOnce:
    """The check before opening sees nothing wrong, the one after it does its work."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, facts: os.stat_result) -> None:
        self.calls += 1
        if self.calls > 1 and not stat.S_ISREG(facts.st_mode):
            raise NotRegular("seen after opening")


def test_f13_a_socket_is_not_read(disk: LocalDisk, root: bytes, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        here = os.getcwd()
        os.chdir(root)  # the path of a socket may not be long
        try:
            door.bind("door")
        finally:
            os.chdir(here)
        assert disk.look(root, b"door").kind is Kind.other
        with pytest.raises(NotRegular):
            disk.open(root, b"door")


@as_root
def test_f13_a_device_is_not_read(disk: LocalDisk, root: bytes) -> None:
    os.mknod(root + b"/zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    assert disk.look(root, b"zero").kind is Kind.other
    with pytest.raises(NotRegular):
        disk.open(root, b"zero")


@as_root
@pytest.mark.slow
def test_another_device_below_the_root_is_listed_but_not_entered(
    disk: LocalDisk, root: bytes
) -> None:
    os.mkdir(root + b"/other")
    assert os.system(f"mount -t tmpfs none {os.fsdecode(root)}/other") == 0
    try:
        with open(root + b"/other/x.pdf", "wb"):
            pass
        assert disk.list_folder(root, b"").subfolders == (b"inside", b"other")
        for ask in (disk.list_folder, disk.folder_mtime):
            with pytest.raises(NotRegular) as caught:
                ask(root, b"other")
            assert "another device" in caught.value.said
        for asked in (disk.look, disk.open):
            with pytest.raises(NotRegular):
                asked(root, b"other/x.pdf")
    finally:
        os.system(f"umount {os.fsdecode(root)}/other")


@as_root
@pytest.mark.slow
def test_f17_what_may_not_be_read_is_denied_and_still_listed(
    disk: LocalDisk, root: bytes, tmp_path: Path
) -> None:
    """The asking is done by a child that has become nobody."""
    os.mkdir(root + b"/locked", 0o700)
    with open(root + b"/locked/x", "wb"):
        pass
    os.chmod(root + b"/inside/x.pdf", 0o600)
    os.mkdir(root + b"/through", 0o711)
    with open(root + b"/through/x", "wb"):
        pass
    for part in (tmp_path, *list(tmp_path.parents)[:-2]):
        os.chmod(part, 0o755)
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            os._exit(_denied(disk, root))
        finally:
            os._exit(99)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _denied(disk: LocalDisk, root: bytes) -> int:
    """0 when everything is as it should be, else the number of the doubt."""
    if disk.list_folder(root, b"").subfolders != (b"inside", b"locked", b"through"):
        return 1
    asks: tuple[Callable[[], object], ...] = (
        lambda: disk.list_folder(root, b"locked"),
        lambda: disk.look(root, b"locked/x"),
        lambda: disk.open(root, b"inside/x.pdf"),
        lambda: disk.list_folder(root, b"through"),
    )
    for number, ask in enumerate(asks, start=2):
        try:
            ask()
        except FileDenied:
            continue
        except AgentError:
            return 10 * number
        return number
    # A folder that may only be passed through still gives the files whose names are known.
    disk.open(root, b"through/x").close()
    return 0


@pytest.mark.slow
@pytest.mark.parametrize("what", ["folder", "file"])
def test_f12_a_swapped_component_never_leads_outside(
    disk: LocalDisk, root: bytes, what: str
) -> None:
    """A writer exchanges the real thing and a link to the outside as fast as it can."""
    real, link, place = _swap_pair(root, what)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            os.rename(place, real)
            os.rename(link, place)
            os.rename(place, link)
            os.rename(real, place)

    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    swapper = threading.Thread(target=swap)
    swapper.start()
    leaks = reads = tries = 0
    try:
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            tries += 1
            try:
                with disk.open(root, b"inside/x.pdf") as source:
                    leaks += source.read(0, 6) == b"secret"
                    reads += 1
            except FileTrouble:
                continue
    finally:
        stop.set()
        swapper.join()
        sys.setswitchinterval(switch)
    assert leaks == 0
    assert 0 < reads < tries, "both sides of the race were met"


def _swap_pair(root: bytes, what: str) -> tuple[bytes, bytes, bytes]:
    place = root + (b"/inside" if what == "folder" else b"/inside/x.pdf")
    link = os.path.dirname(place) + b"/the-link"
    above = b"../outside" if what == "folder" else b"../../outside/x.pdf"
    os.symlink(above, link)
    return os.path.dirname(place) + b"/the-real", link, place
