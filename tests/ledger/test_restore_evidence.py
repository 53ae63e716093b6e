"""Row E2: the evidence is damaged, older, gone, or of another generation than its ledger."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.errors import LedgerDamaged
from agent.ledger.evidence import Evidence
from agent.ledger.keeping import UNPROVEN, must_not_be_lost
from agent.ledger.opening import open_file
from agent.ledger.soundness import look_at
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.incident import Found
from agent.model.ingestion import Workspace
from tests.ledger.kept import (
    PAGE,
    Home,
    newest_copy,
    overwrite,
    read_end,
    survives,
)
from tests.ledger.kit import ROOT, add_document, add_file


def cut(home: Home, keep: float) -> None:
    content = home.beside.evidence.read_bytes()
    home.beside.evidence.write_bytes(content[: int(len(content) * keep)])


EVIDENCE: dict[str, Callable[[Home], object]] = {
    "deleted": lambda home: home.beside.evidence.unlink(),
    "0 bytes": lambda home: home.beside.evidence.write_bytes(b""),
    "noise": lambda home: home.beside.evidence.write_bytes(random.Random(2).randbytes(9999)),
    "cut off": lambda home: cut(home, 0.6),
    "damaged in the middle": lambda home: overwrite(home.beside.evidence, 5000, bytes(3000)),
    "without its beginning": lambda home: overwrite(home.beside.evidence, 0, bytes(300)),
}


@pytest.mark.parametrize("damage", EVIDENCE)
def test_E02_a_damaged_evidence_is_written_anew_from_a_sound_ledger(
    copies: Callable[[], Home], before: Any, damage: str
) -> None:
    home = copies()
    EVIDENCE[damage](home)
    survives(home, before, Found.evidence)
    home.path.unlink()
    newest_copy(home).unlink()
    survives(home, before, Found.lost)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_E02_an_older_copy_of_the_evidence_takes_nothing_from_the_ledger(
    copies: Callable[[], Home], before: Any, keep: float
) -> None:
    home = copies()
    lines = home.beside.evidence.read_bytes().splitlines(keepends=True)
    home.beside.evidence.write_bytes(b"".join(lines[: int(len(lines) * keep)]))
    survives(home, before, Found.evidence)


def test_E02_an_old_ledger_and_a_damaged_evidence_the_sound_lines_count(
    copies: Callable[[], Home], before: Any
) -> None:
    home = copies()
    lines = home.beside.evidence.read_bytes().splitlines(keepends=True)
    lines[1] = b"x" + lines[1][1:]  # an early one: the copy knows what it said
    home.beside.evidence.write_bytes(b"".join(lines))
    newest_copy(home).replace(home.path)
    survives(home, before, Found.evidence)


def test_E02_an_evidence_of_another_generation_is_believed(
    copies: Callable[[], Home], before: Any
) -> None:
    """The evidence was written anew once; then a ledger from before that day was put back."""
    home = copies()
    old = newest_copy(home).read_bytes()
    home.beside.evidence.unlink()
    home.start()
    home.path.write_bytes(old)
    survives(home, before, Found.old)


def test_E02_a_ledger_that_was_put_back_learns_what_another_one_did_meanwhile(
    copies: Callable[[], Home], before: Any
) -> None:
    """Newest ledger, old copy with a new evidence, newest ledger again: more numbers than lines."""
    home = copies()
    newest = home.path.read_bytes()
    newest_copy(home).replace(home.path)
    home.beside.evidence.unlink()
    with home.open() as ledger:
        client = ledger.client(1)
        add_document(ledger, client, "filed by the old one", Stage.filed)
        theirs = ledger.evidence_mark()
    home.path.write_bytes(newest)
    with home.open() as ledger:
        contents = {row.name: row.stage for row in ledger.documents()}
        assert contents["filed by the old one.pdf"] is Stage.filed
        ours = ledger.evidence_mark()
        assert ours is not None
        assert theirs is not None
        assert ours.number > theirs.number
        others = {row.sha256 for row in ledger.documents() if row.name in contents}
        assert {sha256 for sha256, _ in before[3]["Ash-2025"]} <= others


def test_E02_an_evidence_from_long_ago_takes_back_nothing(
    copies: Callable[[], Home], before: Any
) -> None:
    """Another generation may be older or newer: what the ledger knows further stays."""
    home = copies()
    length = look_at(newest_copy(home)).mark
    assert length is not None
    ancient = home.beside.evidence.read_bytes()[: length.length]
    home.beside.evidence.unlink()
    survives(home, before, Found.evidence)
    home.beside.evidence.write_bytes(ancient)
    survives(home, before, Found.evidence)


def test_E02_both_lost_nothing_is_sent_before_a_person_says_so(copies: Callable[[], Home]) -> None:
    home = copies()
    overwrite(home.path, 0, bytes(PAGE))
    home.beside.evidence.unlink()
    with home.open() as ledger:
        incident = ledger.incident()
        assert incident is not None
        assert not incident.proven
        assert incident.backup_of is not None
        assert ledger.paused_until() == float("inf")
        assert UNPROVEN in [line.why for line in ledger.history(limit=10)]
    with home.open() as ledger:
        assert ledger.paused_until() == float("inf"), "the next start does not forget it"


def test_a_home_without_anything_is_a_first_start(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.open() as ledger:
        assert ledger.incident() is None
        assert ledger.paused_until() is None


def test_a_home_in_which_nothing_was_filed_yet_is_not_taken_for_a_lost_one(tmp_path: Path) -> None:
    """Its evidence names the workspace, its copies are older: and all is as it should be."""
    home = Home(tmp_path)
    with home.open() as ledger:
        ledger.root(ROOT)
        add_file(ledger)
        assert ledger.back_up()
        ledger.pin_workspace(Workspace("w-1", "Made-up Firm"))
    with home.open() as ledger:
        assert ledger.incident() is None
    assert not home.beside.aside.exists()


def test_E02_a_new_ledger_in_the_place_of_the_old_one_makes_room_for_a_copy(
    copies: Callable[[], Home], before: Any
) -> None:
    home = copies()
    home.path.unlink()
    open_file(home.path).close()
    survives(home, before, Found.lost)
    with home.open() as ledger:
        assert ledger.files_in(1, b"Ash"), "what only the copy knew is there as well"


@pytest.mark.parametrize("change", ["gone", "old", "sound", "one line ahead"])
def test_E02_whoever_plans_without_the_lock_is_told_to_start_the_agent_first(
    copies: Callable[[], Home], change: str
) -> None:
    home = copies()
    if change == "gone":
        home.path.unlink()
    elif change == "old":
        newest_copy(home).replace(home.path)
    elif change == "one line ahead":  # the agent is just about to commit
        end = read_end(home)
        assert end is not None
        Evidence(home.beside.evidence, ours=True).append(end, {"at": 1.0})
    if change in ("gone", "old"):
        with pytest.raises(LedgerDamaged, match=r"gone|older copy"):
            must_not_be_lost(home.path)
    else:
        must_not_be_lost(home.path)


def test_E02_the_last_word_of_a_person_counts_whichever_copy_lies_there(
    copies: Callable[[], Home],
) -> None:
    """Left out and paused when the copy was made, taken in and resumed afterwards."""
    home = copies()
    with home.open() as ledger:
        ledger.ignore(ROOT, b"Ash/7", "a person")
        ledger.pause(math.inf, "a person")
        ledger.back_up()
        ledger.unignore(ROOT, b"Ash/7", "a person")
        ledger.resume("a person")
        ledger.ignore(ROOT, b"Ash/8", "a person")
    newest_copy(home).replace(home.path)
    with home.open() as ledger:
        states = {file.name: file.state for file in ledger.files_in(1, b"Ash")}
        assert (states[b"7"], states[b"8"]) == (FileState.settling, FileState.ignored)
        assert ledger.paused_until() is None
