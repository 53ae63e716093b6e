"""Rows F of reliability.md 5 that the other files of this room leave open, end to end."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest

from agent.errors import TypeNotAccepted
from agent.model.document import Stage
from agent.model.file import FileState
from tests.engine.kit import CONTENT, W2, Office
from tests.kit.depth import depth
from tests.kit.disk import ROOT
from tests.kit.simulation import RULES

FILES = depth("FILES", 2_000, 100_000)
CLIENTS = depth("CLIENTS", 500, 10_000)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("reads", [0, 1, 2], ids=["hashing", "first-chunk", "second-chunk"])
def test_F02_a_file_that_grows_while_it_is_read_is_sent_in_its_last_form_only(
    office: Office, reads: int
) -> None:
    turns, grown = count(), CONTENT + b"and the rest"
    office.write()

    def grow() -> None:
        if next(turns) == reads:
            office.disk.write(W2, grown)

    office.disk.between = grow
    office.live(300.0)
    assert office.binder() == [("Ash", sha256(grown))]
    assert office.document().stage is Stage.filed


def test_F18_a_bit_that_flips_on_the_second_reading_is_never_attached(office: Office) -> None:
    """The signature stands still, the disk lies: only the hash can tell."""
    office.arrive()
    office.busy(office.find)
    inode = office.disk.files[W2]
    flipped = bytes([inode.content[0] ^ 1]) + inode.content[1:]
    inode.content = flipped
    office.busy(office.upload)
    assert office.filed.binder == []
    assert office.document().stage is not Stage.uploaded
    inode.content = CONTENT
    office.live(300.0)
    assert office.binder() == [("Ash", sha256(CONTENT))]


def test_F23_a_type_that_filed_does_not_take_is_told_with_its_remedy_and_sent_once(
    office: Office,
) -> None:
    office.filed.always["create"] = TypeNotAccepted("no .exe", status=415)
    office.write(b"Ash/setup.exe", b"MZ")
    office.live(600.0)
    failed = office.document(b"Ash/setup.exe")
    assert (failed.stage, failed.problem) == (Stage.failed, "no .exe")
    assert failed.remedy == TypeNotAccepted.advice
    assert office.asked()["create"] == 1


@pytest.mark.parametrize("name", [b"a.exe", b"a.zip", b"a.heic", b"a.eml", b"a.pdf.exe", b"noend"])
def test_F23_what_filed_takes_is_sent_whatever_its_ending_says(office: Office, name: bytes) -> None:
    office.write(b"Ash/" + name, b"PK or MZ or whatever")
    office.live(60.0)
    assert office.stages() == {Stage.filed: 1}


def settle_all(office: Office, number: int) -> Iterator[int]:
    """Turn the settle worker until so many files are known; how many were after each turn."""
    for _ in range(number // 50 + 100):
        wait = office.settle.turn()
        known = office.ledger.counts().files[FileState.known]
        yield known
        if known == number:
            return
        office.clock.advance(min(wait, 1.0))


@pytest.mark.deep
@pytest.mark.timeout(1_800)
def test_F22_many_files_in_one_folder_are_settled_in_bounded_memory_and_seen_on_their_way(
    opened: Callable[..., Office],
) -> None:
    """Each turn ends soon, so that hints, the end and the counts that people see are not held up.

    100,000 files under torture (FILES=): at most 2 KiB of our own memory for each.
    """
    office = opened(rules=replace(RULES, debounce=0.0))
    office.disk.deaf = True
    for number in range(FILES):
        office.disk.write(b"Ash/%06d.bin" % number, b"%d" % number)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        office.busy(office.look, most=FILES)
        seen = office.ledger.counts().files[FileState.settling]
        told = set(settle_all(office, FILES))
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert seen == FILES
    assert office.ledger.counts().files[FileState.known] == FILES
    assert len(told) > FILES // 1_000, "progress is told, not only the end"
    assert used < 2_048 * FILES + 20_000_000, f"{used:,} bytes"


@pytest.mark.deep
@pytest.mark.timeout(1_800)
def test_F22_many_client_folders_cost_one_listing_of_filed_s_clients(
    opened: Callable[..., Office],
) -> None:
    office = opened()
    for number in range(CLIENTS):
        office.disk.write(b"Client %05d/w2.bin" % number, b"%d" % number)
    office.busy(office.look, most=CLIENTS)
    assert max(settle_all(office, CLIENTS)) == CLIENTS
    office.busy(office.find, most=CLIENTS)
    assert office.stages() == {Stage.ready: CLIENTS}
    assert office.asked()["clients"] == 1
    assert len(office.ledger.folders(office.ledger.root(ROOT).id)) == CLIENTS + 1
