"""The agent at one moment, for tray and page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from agent.config.settings import FolderSection
from agent.control.health import Facts
from agent.control.note import Line, Note
from agent.control.snapshot import snapshot_answer, standing
from agent.ledger.ledger import Ledger
from agent.model.document import Stage
from agent.words.catalogue import AgentState
from agent.words.standing import RESUME
from tests.control.test_health import FILED, OFFLINE, OPEN, REFUSED, ROOT, facts, note
from tests.engine.kit import CONTENT, Office


@dataclass
class Attending:
    """Fulfils Attended over an office's ledger."""

    office: Office
    note: Note

    home, config = "/home", "/home/config.toml"
    folders: Sequence[FolderSection] = ()

    @property
    def ledger(self) -> Ledger:
        """The office's."""
        return self.office.ledger

    def now(self) -> float:
        """The office's."""
        return self.office.clock.now()

    def scan_now(self) -> None:
        """Nothing."""

    def wake(self) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (facts(FILED), "filed"),
        (facts(), "idle"),
        (facts(OPEN), "working"),
        (facts(OPEN, {"empty": 1}), "needs-you"),
        (facts(FILED, clients_held=1), "needs-you"),
        (facts(OPEN, paused_until=1e12), "paused"),
        (facts(OPEN, note=note(AgentState.offline, OFFLINE)), "offline"),
        (facts(OPEN, note=note(AgentState.signed_out, REFUSED)), "sign-in"),
        (facts(OPEN, note=note(AgentState.disk_full, OFFLINE)), "disk-full"),
        (facts(FILED, roots=(replace(ROOT, unavailable="gone"),)), "needs-you"),
    ],
)
def test_the_icon_has_a_word_for_everything(found: Facts, word: str) -> None:
    assert standing(found) == word


def test_progress_counts_what_is_left_and_how_long_it_takes() -> None:
    with Office() as office:
        document = office.arrive()
        line = Line(document.id, 10, len(CONTENT))
        sending = replace(note(AgentState.working), sending=(line,), bytes_per_second=1_000.0)
        told = snapshot_answer(Attending(office, sending))["progress"]
    left = len(CONTENT) - 10
    assert told["documents_left"] == 1
    assert told["bytes_left"] == left
    assert told["seconds_left"] == -(-left // 1_000)
    assert told["text"].startswith("1 document on the way, ")


def test_nobody_can_tell_the_time_that_is_left_while_nothing_moves() -> None:
    with Office() as office:
        office.arrive()
        barely = replace(note(), bytes_per_second=29.0)
        told = snapshot_answer(Attending(office, barely))["progress"]
    assert told["seconds_left"] is None
    assert "left" not in told["text"]


def test_the_newest_documents_come_with_their_folder_and_stage() -> None:
    with Office() as office:
        office.attached()
        told = snapshot_answer(Attending(office, note()))["recent"]
    assert [(one["client"], one["stage"]) for one in told] == [("Ash", "ingesting")]
    assert (told[0]["folder"] or "").endswith("Ash")
    assert told[0]["label"] == "being read by Filed"


def test_a_pause_without_an_end_is_one_all_the_same() -> None:
    with Office() as office:
        office.ledger.pause(float("inf"), "ann")
        office.arrive()
        told = snapshot_answer(Attending(office, replace(note(), bytes_per_second=9e3)))
        office.ledger.pause(office.clock.now() + 60, "ann")
        timed = snapshot_answer(Attending(office, note()))
    assert (told["paused"], told["paused_until"], told["standing"]) == (True, None, "paused")
    assert told["progress"]["seconds_left"] is None, "nobody knows when it ends"
    assert told["progress"]["bytes_per_second"] == 0.0
    assert (told["advice"], told["step"]) == (RESUME, "Resume when you are ready.")
    assert timed["paused"]
    assert timed["paused_until"]


def test_what_needs_a_person_is_counted_with_the_folders_that_are_away() -> None:
    with Office() as office:
        office.write(b"Ash/empty.pdf", b"")
        office.rest()
        root = office.ledger.roots()[0]
        with office.ledger.write() as writing:
            writing.save_root(replace(root, unavailable="It is not there."))
        told = snapshot_answer(Attending(office, replace(note(), roots=(root.id,))))
    assert told["counts"]["documents"][Stage.filed] == 0
    assert told["needs"] == 2
    assert told["standing"] == "needs-you"
