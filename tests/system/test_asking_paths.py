"""E5: paths on a dead server are asked for within a budget, and told rightly all the same."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.system import asking_paths
from agent.system.asking_paths import real_path, same_file


@pytest.fixture
def dead(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that hangs with everything below it, reached through a link."""
    share = fresh / "share"
    (share / "clients").mkdir(parents=True)
    answers = threading.Event()
    realpath, stat = os.path.realpath, os.stat

    def hang(path: str | os.PathLike[str]) -> None:
        if Path(path).is_relative_to(share) or Path(path).is_relative_to(fresh / "link" / "share"):
            answers.wait(30.0)

    def slow_realpath(path: str) -> str:
        hang(path)
        return realpath(path)

    def slow_stat(path: Path, **options: bool) -> os.stat_result:
        hang(path)
        return stat(path, **options)

    (fresh / "link").symlink_to(fresh)
    monkeypatch.setattr(asking_paths, "BUDGET", 0.1)
    monkeypatch.setattr(asking_paths, "_silent", {})
    monkeypatch.setattr(os.path, "realpath", slow_realpath)
    monkeypatch.setattr(os, "stat", slow_stat)
    yield share
    answers.set()


def test_a_path_is_resolved_as_the_system_does(fresh: Path) -> None:
    (fresh / "folder").mkdir()
    (fresh / "link").symlink_to(fresh / "folder")
    assert real_path(fresh / "link" / "x") == str(fresh / "folder" / "x")
    assert same_file(fresh / "link", fresh / "folder")
    assert not same_file(fresh / "link", fresh)
    assert not same_file(fresh / "none", fresh)


def test_E05_a_mount_that_hangs_is_resolved_up_to_its_root(dead: Path, fresh: Path) -> None:
    assert real_path(fresh / "link" / "share") == str(dead)
    assert real_path(fresh / "link" / "share" / "clients") == str(dead / "clients")
    assert not same_file(dead, dead)


def test_E05_a_path_that_hung_is_not_asked_again_for_a_while(dead: Path) -> None:
    real_path(dead)
    began = time.monotonic()
    for _ in range(20):
        assert real_path(dead) == str(dead)
    assert time.monotonic() - began < 1.0
