"""NativeWatch with real inotify events: what is told, and that every loss is told."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.engine import ports
from agent.folders.watch import NativeWatch
from agent.model.hints import Hints

PATIENCE = 60.0  # seconds until a hint that does not come is a failure


class Told:
    """Everything that a watch has told so far."""

    def __init__(self, watch: NativeWatch) -> None:
        self.watch = watch
        self.bell = threading.Event()
        self.hints = Hints()
        watch.on_hint(self.bell.set)

    def until(self, seen: Callable[[Hints], object]) -> Hints:
        """Take until `seen` holds for all hints since the last call; fails after PATIENCE."""
        end = time.monotonic() + PATIENCE
        self.hints = Hints()
        while True:
            self.bell.clear()
            new = self.watch.take()
            self.hints = Hints(
                self.hints.paths | new.paths,
                self.hints.folders | new.folders,
                self.hints.trees | new.trees,
                self.hints.gaps | new.gaps,
            )
            if seen(self.hints):
                return self.hints
            assert time.monotonic() < end, f"not told; but {self.hints}"
            self.bell.wait(0.05)
            time.sleep(0.02)  # the writer needs the processor more than we do


@pytest.fixture
def watch() -> Iterator[NativeWatch]:
    watch = NativeWatch()
    yield watch
    watch.close()


@pytest.fixture
def told(watch: NativeWatch) -> Told:
    return Told(watch)


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    (tmp_path / "root").mkdir()
    return os.fsencode(tmp_path / "root")


def put(root: bytes, path: bytes) -> None:
    full = root + b"/" + path
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(b"content")


def mark(root: bytes, told: Told) -> Hints:
    """Write one more file and wait for its hint: by then all earlier events have come.

    Gives what was told since the last call, without such marks.
    """
    name = b"mark %d" % time.monotonic_ns()
    put(root, name)
    hints = told.until(lambda hints: (root, name) in hints.paths)
    return replace(hints, paths=frozenset(path for path in hints.paths if b"mark" not in path[1]))


def test_the_watch_fulfils_the_port(watch: NativeWatch) -> None:
    port: ports.Watch = watch
    assert port is watch


def test_a_file_that_is_made_changed_renamed_or_removed_is_hinted(
    watch: NativeWatch, told: Told, root: bytes
) -> None:
    os.mkdir(root + b"/a")
    assert watch.arm(root)
    assert watch.limits() == {}
    put(root, b"a/x.pdf")
    told.until(lambda hints: (root, b"a/x.pdf") in hints.paths)
    os.rename(root + b"/a/x.pdf", root + b"/y\xff.pdf")
    told.until(lambda hints: {(root, b"a/x.pdf"), (root, b"y\xff.pdf")} <= hints.paths)
    os.remove(root + b"/y\xff.pdf")
    told.until(lambda hints: (root, b"y\xff.pdf") in hints.paths)
    assert not told.hints.gaps


def test_reading_and_listing_cause_no_hint(watch: NativeWatch, told: Told, root: bytes) -> None:
    put(root, b"a/x.pdf")
    watch.arm(root)
    os.listdir(root + b"/a")
    with open(root + b"/a/x.pdf", "rb") as file:
        file.read()
    assert mark(root, told) == Hints()


def test_new_folders_are_trees_and_watched_from_then_on(
    watch: NativeWatch, told: Told, root: bytes
) -> None:
    watch.arm(root)
    put(root, b"new/deep/er/x.pdf")
    assert (root, b"new") in mark(root, told).trees
    put(root, b"new/deep/er/y.pdf")
    told.until(lambda hints: (root, b"new/deep/er/y.pdf") in hints.paths)


def test_a_renamed_folder_tells_both_places_and_new_paths(
    watch: NativeWatch, told: Told, root: bytes
) -> None:
    put(root, b"old/deep/x.pdf")
    watch.arm(root)
    os.rename(root + b"/old", root + b"/new")
    told.until(lambda hints: {(root, b"old"), (root, b"new")} <= hints.trees)
    put(root, b"new/deep/y.pdf")
    told.until(lambda hints: (root, b"new/deep/y.pdf") in hints.paths)


def test_folders_moved_in_are_watched_and_folders_moved_out_no_more(
    watch: NativeWatch, told: Told, root: bytes
) -> None:
    outside = root + b"-outside"
    put(outside, b"in/x.pdf")
    put(root, b"out/deep/x.pdf")
    watch.arm(root)
    os.rename(outside + b"/in", root + b"/in")
    os.rename(root + b"/out", outside + b"/out")
    told.until(lambda hints: {(root, b"in"), (root, b"out")} <= hints.trees)
    put(root, b"in/y.pdf")
    put(outside, b"out/deep/y.pdf")
    hints = mark(root, told)
    assert (root, b"in/y.pdf") in hints.paths
    assert not [path for _, path in hints.paths if path.endswith(b"out/deep/y.pdf")]
    assert kernel_watches() == 2, "the root and `in`"


def kernel_watches() -> int:
    """How many folders the kernel watches for this process, as /proc tells it."""
    infos = Path("/proc/self/fdinfo").iterdir()
    return sum(info.read_text().count("inotify wd:") for info in infos if info.exists())


def test_a_root_that_is_a_link_is_watched_where_it_leads(
    watch: NativeWatch, told: Told, root: bytes
) -> None:
    os.symlink(root, root + b"-link")
    assert watch.arm(root + b"-link")
    put(root, b"x.pdf")
    told.until(lambda hints: (root + b"-link", b"x.pdf") in hints.paths)


def test_links_to_folders_are_not_watched(watch: NativeWatch, told: Told, root: bytes) -> None:
    outside = root + b"-outside"
    os.mkdir(outside)
    os.symlink(outside, root + b"/before")
    watch.arm(root)
    os.symlink(outside, root + b"/after")
    mark(root, told)
    put(outside, b"x.pdf")
    assert mark(root, told) == Hints()


def test_two_roots_do_not_mix_and_disarming_one_leaves_the_other(
    watch: NativeWatch, told: Told, root: bytes
) -> None:
    second = root + b"2"
    os.mkdir(second)
    assert watch.arm(root)
    assert watch.arm(second)
    assert watch.arm(root), "again, at no cost"
    put(root, b"x")
    put(second, b"x")
    told.until(lambda hints: {(root, b"x"), (second, b"x")} <= hints.paths)
    mark(second, told)
    watch.disarm(root)
    put(root, b"y")
    assert mark(second, told) == Hints()


def test_switched_off_nothing_is_watched_and_it_says_so(root: bytes) -> None:
    watch = NativeWatch(native=False)
    before = threading.active_count()
    assert not watch.arm(root)
    put(root, b"x")
    assert watch.take() == Hints()
    assert "switched off" in watch.limits()[root]
    assert threading.active_count() == before
    watch.close()


@pytest.mark.parametrize("name", [b"none", b"file"])
def test_a_root_that_is_not_there_is_not_watched(
    watch: NativeWatch, root: bytes, name: bytes
) -> None:
    put(root, b"file")
    assert not watch.arm(root + b"/" + name)
    assert "away" in watch.limits()[root + b"/" + name]
    watch.disarm(root + b"/" + name)
    assert watch.limits() == {}


@pytest.mark.parametrize("how", ["removed", "renamed"])
def test_a_root_that_goes_away_is_a_gap_and_can_be_armed_again(
    watch: NativeWatch, told: Told, root: bytes, how: str
) -> None:
    put(root, b"a/x")
    watch.arm(root)
    if how == "removed":
        shutil.rmtree(root)
    else:
        os.rename(root, root + b"-gone")
    told.until(lambda hints: root in hints.gaps)
    assert not watch.arm(root)
    os.mkdir(root)
    assert watch.arm(root)
    put(root, b"y")
    told.until(lambda hints: (root, b"y") in hints.paths)


def test_a_root_exchanged_behind_our_back_is_watched_anew_by_arming(
    watch: NativeWatch, told: Told, root: bytes
) -> None:
    """Renaming the folder above causes no event below."""
    above = os.path.dirname(root)
    inner = root + b"/inner"
    os.mkdir(inner)
    watch.arm(inner)
    os.rename(root, above + b"/elsewhere")
    os.makedirs(inner)
    assert watch.arm(inner)
    put(inner, b"x")
    told.until(lambda hints: (inner, b"x") in hints.paths)


def test_closing_ends_every_thread_and_descriptor(root: bytes) -> None:
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    watch = NativeWatch()
    watch.arm(root)
    assert threading.active_count() == threads + 2
    watch.close()
    watch.close()
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert not watch.arm(root)
    assert watch.take() == Hints()


def test_a_root_that_cannot_be_watched_leaves_no_descriptor(
    watch: NativeWatch, root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = root + b"2"
    os.mkdir(second)
    watch.arm(second)
    descriptors = len(os.listdir("/proc/self/fd"))

    def refused(_name: bytes) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("agent.folders.inotify.Inotify.add", lambda self, path: refused(path))
    assert not watch.arm(root)
    assert "max_user_instances" in watch.limits()[root]
    assert len(os.listdir("/proc/self/fd")) == descriptors
    monkeypatch.undo()
    assert watch.arm(root)


def test_a_killed_thread_is_a_gap_and_started_again_with_longer_pauses(
    root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    watch = NativeWatch(monotonic=lambda: now)
    told = Told(watch)
    watch.arm(root)

    def kill() -> None:
        """The next hint raises an error in the event thread."""
        watch.take()
        before = watch._posts[root].emitter
        assert before is not None
        watch.on_hint(_fail)
        put(root, b"last words")
        before.join(PATIENCE)
        assert not before.is_alive()
        watch.on_hint(told.bell.set)

    kill()
    assert "restarted" in watch.limits()[root]
    assert watch.take().gaps == {root}
    assert watch.limits() == {}
    put(root, b"x")
    told.until(lambda hints: (root, b"x") in hints.paths)
    kill()
    assert not watch.take().gaps, "not before a second has passed"
    now += 1.1
    assert watch.take().gaps == {root}
    kill()
    now += 1.1
    assert not watch.take().gaps
    now += 1.0
    assert watch.take().gaps == {root}
    watch.close()


def _fail() -> None:
    raise RuntimeError("made to fail")


def test_a_killed_observer_is_replaced(watch: NativeWatch, told: Told, root: bytes) -> None:
    watch.arm(root)
    observer = watch._observer
    assert observer is not None
    observer.stop()
    observer.join(PATIENCE)
    told.until(lambda hints: root in hints.gaps)
    put(root, b"x")
    told.until(lambda hints: (root, b"x") in hints.paths)
