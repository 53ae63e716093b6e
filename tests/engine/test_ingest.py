"""documents `ingesting` -> `filed`: only COMPLETED counts, and nobody is asked too often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.errors import FiledTrouble, RateLimited, WrongWorkspace
from agent.model.document import Stage
from agent.model.ingestion import Task, Workspace
from tests.engine.kit import Office
from tests.kit.filed import MemorySwitches, Shown
from tests.kit.simulation import RULES

SLOW = MemorySwitches(task_most=1e9)
BIRCH = b"Birch/w2.bin"


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets Filed's tasks have a status from now on."""

    def say(office: Office, status: str, trouble: str | None = None) -> None:
        def as_of(shown: Shown, now: float) -> Task:
            assert shown.task is not None
            return replace(shown.task, status=status, trouble=trouble)

        monkeypatch.setattr(office.filed, "_as_of", as_of)

    return say


def polls(office: Office) -> int:
    return office.asked()["tasks"]


def test_green_means_filed_and_not_before(
    opened: Callable[..., Office], says: Callable[..., None]
) -> None:
    office = opened(switches=SLOW)
    office.attached()
    for _ in range(20):
        office.clock.advance(60.0)
        office.busy(office.ingest)
        assert office.document().stage is Stage.ingesting
    says(office, "COMPLETED")
    office.clock.advance(300.0)
    office.busy(office.ingest)
    assert office.document().stage is Stage.filed


def test_R21_a_failed_task_needs_a_person_and_tells_filed_s_words(
    office: Office, says: Callable[..., None]
) -> None:
    office.attached()
    says(office, "FAILED", "password protected")
    office.clock.advance(10.0)
    office.busy(office.ingest)
    failed = office.document()
    assert (failed.stage, failed.problem) == (Stage.failed, "password protected")
    assert failed.remedy


@pytest.mark.parametrize("status", ["RUNNING", "PENDING", "SOMETHING_NEW", ""])
def test_R21_an_unknown_status_counts_as_still_running(
    office: Office, says: Callable[..., None], status: str
) -> None:
    office.attached()
    says(office, status)
    office.live(600.0)
    assert (office.document().stage, office.document().problem) == (Stage.ingesting, None)


def test_a_task_that_runs_for_days_is_asked_about_ever_more_rarely(
    opened: Callable[..., Office],
) -> None:
    office = opened(switches=SLOW)
    office.attached()
    before = polls(office)
    for _ in range(24 * 60):
        office.ingest.turn()
        office.clock.advance(60.0)
    assert 100 < polls(office) - before < 400


def test_R21_a_task_that_filed_does_not_list_is_told_after_minutes_not_at_once(
    office: Office,
) -> None:
    office.attached()
    office.filed._shown.clear()
    office.live(60.0)
    assert office.document().stage is Stage.ingesting
    assert office.document().problem
    office.live(1_200.0)
    assert office.document().stage is Stage.failed
    assert "binder" in (office.document().remedy or "")


def test_a_task_that_shows_late_is_filed_as_if_nothing_was(office: Office) -> None:
    office.attached()
    shown, office.filed._shown = office.filed._shown, []
    office.live(120.0)
    office.filed._shown = shown
    office.live(120.0)
    assert (office.document().stage, office.document().problem) == (Stage.filed, None)


def test_a_task_deep_in_a_long_list_is_found(opened: Callable[..., Office]) -> None:
    office = opened(switches=SLOW)
    document = office.attached()
    client = office.client().filed_id or ""
    for number in range(60):
        office.filed._show(task=Task(f"other-{number}", client, "RUNNING"), done_at=1e18)
    office.clock.advance(10.0)
    office.ingest.turn()
    assert (office.document().stage, office.document().problem) == (Stage.ingesting, None)
    assert polls(office) == 2
    assert document.task_id


def test_many_clients_are_asked_about_in_one_question(office: Office) -> None:
    for number in range(7):
        office.uploaded(b"Client %d/w2.bin" % number, b"content %d" % number)
    office.clock.advance(RULES.debounce)
    office.busy(office.attach)
    office.clock.advance(7.0)
    office.ingest.turn()
    assert polls(office) == 1


@pytest.mark.parametrize("error", [RateLimited("slow down", 40.0), FiledTrouble("502")])
def test_trouble_while_asking_closes_the_gate_and_loses_nothing(
    office: Office, error: Exception
) -> None:
    office.attached()
    office.filed.troubles["tasks"] = [error]
    office.clock.advance(10.0)
    assert office.busy(office.ingest) > 0
    assert office.gate.trouble is error
    office.live(120.0)
    assert office.document().stage is Stage.filed


def test_a_key_of_another_workspace_fails_no_document(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(switches=SLOW)
    office.attached()
    office.start()
    monkeypatch.setattr(office.filed, "workspace", lambda: Workspace("other", "Other"))
    office.filed._shown.clear()  # what the other workspace lists of ours
    office.live(1_500.0)
    assert office.document().stage is Stage.ingesting


def test_a_wrong_workspace_stays_to_be_seen_while_it_lasts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.attached()
    office.start()
    monkeypatch.setattr(office.filed, "workspace", lambda: Workspace("other", "Other"))
    office.uploaded(BIRCH, b"birch")
    assert isinstance(office.gate.trouble, WrongWorkspace)
    office.clock.advance(20.0)
    office.ingest.turn()
    assert isinstance(office.gate.trouble, WrongWorkspace)
