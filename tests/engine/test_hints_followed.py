"""disk -> ledger: what hints cost, and which of them make a folder tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agent.engine.look import Look
from agent.engine.recording import BATCH
from agent.model.file import FileState
from tests.engine.kit import W2, Office
from tests.kit.disk import ROOT
from tests.kit.simulation import RULES

K1 = b"Ash/k1.bin"
BIRCH = b"Birch/deep/down/w2.bin"
SLOW = replace(RULES, sweep_seconds=300.0, deep_seconds=21_600.0)


def test_a_burst_of_hints_is_written_in_few_transactions(opened: Callable[..., Office]) -> None:
    office = opened(rules=SLOW)
    office.busy(office.look)
    names = [b"Ash/%03d.bin" % number for number in range(2 * BATCH + 10)]
    for name in names:
        office.write(name, name)
    commits: list[None] = []
    office.ledger.on_change(lambda: commits.append(None))
    office.busy(office.look)
    assert {office.file(name).state for name in names} == {FileState.settling}
    assert len(commits) == 3


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The folders that are listed because of a hint."""
    folders: list[bytes] = []
    plain = Look._list_again

    def list_again(self: Look, post: Any, folder: bytes) -> None:
        folders.append(folder)
        plain(self, post, folder)

    monkeypatch.setattr(Look, "_list_again", list_again)
    return folders


def test_a_name_that_passed_between_two_looks_costs_no_listing(
    opened: Callable[..., Office], listed: list[bytes]
) -> None:
    office = opened(rules=SLOW)
    office.arrive()
    listed.clear()
    office.write(b"Ash/k1.bin.part", b"k1")
    office.disk.rename(b"Ash/k1.bin.part", K1)
    office.busy(office.look)
    assert office.file(K1).state is FileState.settling
    assert listed == []


@pytest.mark.parametrize(
    ("gone", "file", "tells"),
    [(W2, W2, b"Ash"), (BIRCH, BIRCH, b"Birch/deep/down"), (b"Birch/deep", BIRCH, b"Birch")],
)
def test_a_hint_at_what_was_known_and_is_gone_makes_its_folder_tell(
    opened: Callable[..., Office], listed: list[bytes], gone: bytes, file: bytes, tells: bytes
) -> None:
    office = opened(rules=SLOW)
    for path in (W2, K1, BIRCH):
        office.arrive(path, path)
    listed.clear()
    office.disk.deaf = True
    office.disk.delete(file)
    office.disk._hints.add((ROOT, gone))
    office.busy(office.look)
    assert office.file(file).state is FileState.missing
    assert listed == [tells]


def test_a_hint_at_a_known_folder_that_is_gone_makes_its_parent_tell(
    opened: Callable[..., Office], listed: list[bytes]
) -> None:
    office = opened(rules=SLOW)
    office.arrive()
    office.arrive(b"Ash/below/k1.bin", b"k1")
    listed.clear()
    office.disk.deaf = True
    office.disk.delete(b"Ash/below/k1.bin")
    office.disk._hints.add((ROOT, b"Ash/below"))
    office.busy(office.look)
    assert listed == [b"Ash"]


def test_a_new_folder_that_is_told_as_a_path_makes_its_parent_tell(
    opened: Callable[..., Office], listed: list[bytes]
) -> None:
    office = opened(rules=SLOW)
    office.arrive()
    listed.clear()
    office.disk.deaf = True
    office.write(b"Ash/new/k1.bin", b"k1")
    office.disk._hints.add((ROOT, b"Ash/new"))
    office.busy(office.look)
    assert b"Ash" in listed
