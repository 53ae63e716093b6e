"""E5, L6: a root that hangs is left behind after its budget, and asked again in time."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.engine import ports
from agent.errors import DiskError, FileAbsent, RootUnavailable
from agent.folders import guarded, hands, watch
from agent.folders.disk import LocalDisk
from agent.folders.guarded import GuardedDisk
from agent.folders.hands import Beat, Hands
from agent.folders.watch import NativeWatch

if sys.platform == "linux":
    from agent.folders.linux import InotifyEmitter

ROOT, OTHER = b"/hangs", b"/goes on"
SHORT = 0.1  # seconds: the budget here
PATIENCE = 10.0  # far more than any of these needs


class Server:
    """What hangs until it is let go."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked = 0

    def ask(self, beat: Beat) -> str:
        self.asked += 1
        assert self.answers.wait(PATIENCE)
        return "answer"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "BUDGET", SHORT)
    monkeypatch.setattr(guarded, "READ_BUDGET", SHORT)


@pytest.fixture
def some() -> Iterator[Hands]:
    made = Hands()
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.answers.set()


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_call_gives_its_result_and_its_error(some: Hands) -> None:
    assert some.do(ROOT, lambda beat: 7) == 7

    def absent(beat: Beat) -> None:
        raise FileAbsent("gone")

    with pytest.raises(FileAbsent, match="gone"):
        some.do(ROOT, absent)


def test_E05_a_root_that_hangs_is_passed_over_at_once_and_another_is_not(
    some: Hands, server: Server
) -> None:
    with pytest.raises(RootUnavailable, match="does not answer"):
        some.do(ROOT, server.ask)
    with pytest.raises(RootUnavailable):
        some.do(ROOT, server.ask)
    assert server.asked == 1
    assert some.do(OTHER, lambda beat: "well") == "well"


def test_E05_one_look_in_time_makes_all_others_ask_again(some: Hands, server: Server) -> None:
    with pytest.raises(RootUnavailable):
        some.do(ROOT, server.ask)
    server.answers.set()
    assert some.probe(ROOT, lambda beat: "there") == "there"
    assert some.do(ROOT, server.ask) == "answer"


def test_E05_a_look_that_hangs_as_well_is_made_once_at_a_time(some: Hands, server: Server) -> None:
    with pytest.raises(RootUnavailable):
        some.do(ROOT, server.ask)
    before = threading.active_count()
    for _ in range(20):
        with pytest.raises(RootUnavailable):
            some.probe(ROOT, server.ask)
    assert (server.asked, threading.active_count()) == (2, before + 1)
    with pytest.raises(RootUnavailable):
        some.do(ROOT, server.ask)


def test_E05_an_answer_that_comes_too_late_makes_nobody_ask_again(
    some: Hands, server: Server
) -> None:
    for ask in (some.do, some.probe):
        with pytest.raises(RootUnavailable):
            ask(ROOT, server.ask)
    time.sleep(SHORT)
    server.answers.set()
    until(lambda: not some._place(ROOT)._probing)
    with pytest.raises(RootUnavailable):
        some.do(ROOT, server.ask)


def test_a_long_call_that_gives_signs_of_life_is_waited_for(some: Hands) -> None:
    def steps(beat: Beat) -> str:
        for _ in range(8):
            time.sleep(SHORT / 2)
            beat()
        return "whole"

    assert some.do(ROOT, steps) == "whole"


def test_what_comes_when_nobody_waits_any_more_is_discarded(some: Hands, server: Server) -> None:
    discarded: list[str] = []
    with pytest.raises(RootUnavailable):
        some.do(ROOT, server.ask, discard=discarded.append)
    server.answers.set()
    until(lambda: discarded == ["answer"])


def test_threads_are_no_more_than_those_who_ask_at_once(some: Hands) -> None:
    some.do(ROOT, lambda beat: None)
    before = threading.active_count()
    for _ in range(200):
        some.do(ROOT, lambda beat: None)
    assert threading.active_count() <= before + 1


def test_a_last_call_is_made_although_the_root_hangs(some: Hands, server: Server) -> None:
    with pytest.raises(RootUnavailable):
        some.do(ROOT, server.ask)
    made = threading.Event()
    some.finish(ROOT, made.set)
    assert made.wait(PATIENCE)


def test_the_guarded_disk_fulfils_the_port_and_says_what_the_disk_says(
    some: Hands, tmp_path: Path
) -> None:
    disk: ports.Disk = GuardedDisk(LocalDisk(), some)
    root, plain = os.fsencode(tmp_path), LocalDisk()
    (tmp_path / "Ash").mkdir()
    (tmp_path / "Ash" / "a.pdf").write_bytes(b"content")
    assert disk.identify(root) == plain.identify(root)
    assert disk.list_folder(root, b"Ash") == plain.list_folder(root, b"Ash")
    assert disk.folder_mtime(root, b"Ash") == plain.folder_mtime(root, b"Ash")
    assert disk.look(root, b"Ash/a.pdf") == plain.look(root, b"Ash/a.pdf")
    assert not disk.in_use(root, b"Ash/a.pdf")
    with disk.open(root, b"Ash/a.pdf") as source:
        assert source.signature() == plain.look(root, b"Ash/a.pdf").signature
        assert source.read(3, 100) == b"tent"
    with pytest.raises(FileAbsent):
        disk.look(root, b"Ash/b.pdf")


def test_E05_a_read_that_hangs_is_a_disk_error_as_the_port_has_it(
    some: Hands, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"content")
    root = os.fsencode(tmp_path)
    with GuardedDisk(LocalDisk(), some).open(root, b"a.pdf") as source:
        with pytest.raises(RootUnavailable):
            some.do(root, server.ask)
        with pytest.raises(DiskError, match="does not answer"):
            source.read(0, 7)
        with pytest.raises(DiskError, match="does not answer"):
            source.signature()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system covers a tree by itself")
def test_E06_watches_that_take_long_are_a_gap_once_they_are_there(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = InotifyEmitter._begin

    def slowly(emitter: InotifyEmitter) -> None:
        server.ask(lambda: None)
        begin(emitter)

    monkeypatch.setattr(InotifyEmitter, "_begin", slowly)
    monkeypatch.setattr(watch, "_COVER_SECONDS", SHORT)
    one, root = NativeWatch(), os.fsencode(tmp_path)
    try:
        assert not one.arm(root)
        assert "prepared" in one.limits()[root]
        server.answers.set()
        until(lambda: root in one.take().gaps)
        assert one.arm(root)
        assert one.limits() == {}
    finally:
        one.close()


def test_E05_a_root_that_hangs_stops_neither_the_limits_nor_the_end_of_watching(
    some: Hands, server: Server, tmp_path: Path
) -> None:
    one, root = NativeWatch(hands=some), os.fsencode(tmp_path)
    with pytest.raises(RootUnavailable):
        some.do(root, server.ask)
    with pytest.raises(RootUnavailable):
        one.arm(root)
    assert one.limits() == {}
    one.close()
