"""The day of the made-up firm: the same for the same seed, with every habit in it."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from agent.cli.made_up_day import Day, plan_day
from agent.cli.made_up_firm import Fate, Firm, fingerprint_of
from agent.cli.made_up_papers import MIB

BIG = 3 * MIB
ALL = 100_000


def lived(folder: Path, seed: int = 1, ordinary: int = 10) -> Firm:
    firm = Firm(folder, random.Random(seed), odd_names=sys.platform != "win32")
    firm.open_doors()
    day = plan_day(firm, 10.0, ordinary, BIG)
    day.live(1e9, budget=ALL)
    assert day.over
    return firm


def contents(firm: Firm) -> dict[str, str]:
    return {
        str(made.path.relative_to(firm.people.parent)): fingerprint_of(made.path)[0]
        for made in firm.files
        if not made.path.is_symlink()
    }


def test_the_same_seed_makes_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    first, second, other = (
        contents(lived(tmp_path / name, seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == second
    assert not set(first.values()) & (set(other.values()) - waste(first))


def waste(files: dict[str, str]) -> set[str]:
    """What has the same content in every story: the empty file, the program, what is ignored."""
    ends = (".exe", "Empty scan.pdf", ".docx", "Thumbs.db", ".DS_Store", ".part")
    return {sha256 for path, sha256 in files.items() if path.endswith(ends)}


def test_every_file_noted_lies_on_the_disk_and_none_lies_there_unnoted(tmp_path: Path) -> None:
    firm = lived(tmp_path)
    on_disk = {path for path in tmp_path.rglob("*") if path.is_file() or path.is_symlink()}
    assert {made.path for made in firm.files} == on_disk


def test_every_fate_and_reason_occurs(tmp_path: Path) -> None:
    firm = lived(tmp_path)
    reasons = {made.reason for made in firm.fated(Fate.waits)}
    assert {"empty", "no-client", None} <= reasons
    if sys.platform == "linux":
        assert reasons == {"empty", "no-client", "link", "two-folders", "name-unusable", None}
    assert firm.fated(Fate.ignored)
    assert [made for made in firm.files if made.early]


def test_the_big_scan_is_real_bytes_of_the_size_asked_for(tmp_path: Path) -> None:
    firm = lived(tmp_path)
    big = max(firm.files, key=lambda made: made.path.lstat().st_size).path
    data = big.read_bytes()
    assert BIG < len(data) < BIG + MIB
    assert data.endswith(b"%%EOF\n")
    assert b"\0" * 4096 not in data


@pytest.mark.parametrize("ordinary", [1, 7, 60])
def test_ordinary_papers_are_as_many_as_asked_for(tmp_path: Path, ordinary: int) -> None:
    few, more = lived(tmp_path / "a", ordinary=0), lived(tmp_path / "b", ordinary=ordinary)
    assert len(more.files) - len(few.files) == ordinary


def test_steps_come_when_they_are_due_and_not_before() -> None:
    done: list[str] = []
    day = Day(Firm(Path("nowhere"), random.Random(1), odd_names=False), 10.0)
    day.at(-1, lambda: done.append("before"))
    day.at(0.5, lambda: done.append("noon"), "noon has come")
    day.live(0.0)
    assert (done, day.tell(), day.over) == (["before"], [], False)
    day.live(4.99)
    assert done == ["before"]
    day.live(5.0)
    assert (done, day.tell(), day.over) == (["before", "noon"], ["noon has come"], True)
    assert day.tell() == []
