"""What the system does not tell in full: overflow, watch limits, unmounting, bursts (E5, E6)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.folders.watch import NativeWatch
from agent.model.hints import Hints
from tests.folders.test_watch import Told, put

as_root = pytest.mark.skipif(
    os.geteuid() != 0 and not os.environ.get("CI"), reason="needs the rights of root"
)


@pytest.fixture
def watch() -> Iterator[NativeWatch]:
    watch = NativeWatch()
    yield watch
    watch.close()


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    (tmp_path / "root").mkdir()
    return os.fsencode(tmp_path / "root")


@contextmanager
def short_queues() -> Iterator[None]:
    """New inotify instances of this machine hold few events, for a moment."""
    file = Path("/proc/sys/fs/inotify/max_queued_events")
    before = file.read_text(encoding="ascii")
    file.write_text("8", encoding="ascii")
    try:
        yield
    finally:
        file.write_text(before, encoding="ascii")


def all_told(hints: Hints, root: bytes, made: set[bytes]) -> bool:
    """Whether a path, folder, tree or gap stands for each of `made`, files of one folder level."""
    if root in hints.gaps:
        return True
    places = {place for _, place in hints.folders | hints.trees}
    left = made - {path for _, path in hints.paths}
    return all(path.partition(b"/")[0] in places for path in left)


WRITER = """
import os, sys
root, how = os.fsencode(sys.argv[1]), sys.argv[2]
for number in range(10_000):
    folder = root + b"/%03d" % (number % 200)
    if number < 200 and how == "new folders":
        os.mkdir(folder)
    path = folder + b"/%05d.pdf" % number
    last = path + b".part" if how == "rename" else path
    os.close(os.open(last, os.O_CREAT | os.O_WRONLY))
    if how == "rename":
        os.rename(last, path)
"""


@pytest.mark.slow
@pytest.mark.parametrize("taken", ["often", "at the end"])
@pytest.mark.parametrize("how", ["existing folders", "new folders", "rename"])
def test_a_burst_of_10_000_files_in_200_folders_loses_none(
    watch: NativeWatch, root: bytes, how: str, taken: str
) -> None:
    if how != "new folders":
        for number in range(200):
            os.mkdir(root + b"/%03d" % number)
    watch.arm(root)
    told = Told(watch)
    with subprocess.Popen([sys.executable, "-c", WRITER, os.fsdecode(root), how]) as writer:
        if taken == "at the end":
            writer.wait(60)
        made = {b"%03d/%05d.pdf" % (number % 200, number) for number in range(10_000)}
        told.until(lambda hints: all_told(hints, root, made))
    assert writer.returncode == 0
    if taken == "at the end":
        assert len(watch._hints.take().paths) <= 5_000


@as_root
@pytest.mark.slow
def test_e6_an_overflow_is_a_gap_and_everything_is_watched_again(
    watch: NativeWatch, root: bytes
) -> None:
    for number in range(20):
        os.mkdir(root + b"/%02d" % number)
    with short_queues():
        watch.arm(root)
    told = Told(watch)
    for number in range(1_000):
        put(root, b"%02d/new%d/x" % (number % 20, number // 100))
    told.until(lambda hints: root in hints.gaps)

    def told_again(hints: Hints) -> bool:
        put(root, b"07/new3/late.pdf")
        return (root, b"07/new3/late.pdf") in hints.paths

    told.until(told_again)
    assert watch.limits() == {}


IN_A_SMALL_WORLD = """
import os, sys, time
from agent.folders.watch import NativeWatch

def allow(what, number):
    with open(f"/proc/sys/user/max_inotify_{what}", "w") as file:
        file.write(str(number))

root, watch = os.fsencode(sys.argv[1]), NativeWatch()
allow("instances", 0)
print(watch.arm(root), watch.limits())
allow("instances", 9)
allow("watches", 50)
print(watch.arm(root), watch.limits())
watch.disarm(root)
allow("watches", 201)
print(watch.arm(root), watch.limits())
os.mkdir(root + b"/new")
end = time.monotonic() + 20
while (root, b"new") not in watch.take().trees and time.monotonic() < end:
    time.sleep(0.02)
print(watch.limits())
open(root + b"/000/x", "wb").close()
while (root, b"000/x") not in watch.take().paths and time.monotonic() < end:
    time.sleep(0.02)
print(time.monotonic() < end)
watch.close()
"""


@pytest.mark.slow
def test_e6_used_up_allowances_are_told_with_the_remedy(root: bytes) -> None:
    """In a user namespace of its own, so that nobody else meets the limits."""
    for number in range(200):
        os.mkdir(root + b"/%03d" % number)
    world = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*world, "true"], check=False, capture_output=True).returncode:
        if os.environ.get("CI"):
            pytest.fail("no user namespaces here")
        pytest.skip("no user namespaces here")
    run = subprocess.run(
        [*world, sys.executable, "-c", IN_A_SMALL_WORLD, os.fsdecode(root)],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    no_instance, too_many, enough, a_new_folder, still_told = run.stdout.splitlines()
    assert no_instance.startswith("False")
    assert "fs.inotify.max_user_instances is" in no_instance
    assert too_many.startswith("False")
    assert "fs.inotify.max_user_watches is" in too_many
    assert "sudo sysctl -w fs.inotify.max_user_watches=" in too_many
    assert enough == "True {}"
    assert "max_user_watches" in a_new_folder
    assert still_told == "True"


@as_root
@pytest.mark.system
def test_e5_an_unmounted_root_is_a_gap(watch: NativeWatch, root: bytes) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "none", root], check=False).returncode:
        if os.environ.get("CI"):
            pytest.fail("a tmpfs cannot be mounted here")
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        put(root, b"a/x.pdf")
        assert watch.arm(root)
    finally:
        subprocess.run(["umount", root], check=True)
    told = Told(watch)
    told.until(lambda hints: root in hints.gaps)
    assert "away" in watch.limits()[root]
    assert watch.arm(root), "the folder below the mount is there"
    put(root, b"y.pdf")
    told.until(lambda hints: (root, b"y.pdf") in hints.paths)
