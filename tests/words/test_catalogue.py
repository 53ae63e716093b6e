"""Words for people: complete, and in one tone."""

from __future__ import annotations

from enum import StrEnum

import pytest

from agent.model.client import ClientState
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.operation import OperationState
from agent.model.overview import Subject, Waiting
from agent.model.reasons import Reason
from agent.words import catalogue as words
from agent.words.buttons import COMMAND
from agent.words.catalogue import REASONS, AgentState, label_of, waiting_words, words_for


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (words.REASONS, Reason),
        (words.STAGES, Stage),
        (words.FILE_STATES, FileState),
        (words.CLIENT_STATES, ClientState),
        (words.OPERATION_STATES, OperationState),
        (words.AGENT_STATES, AgentState),
    ],
)
def test_every_member_has_its_words(table: dict[StrEnum, object], members: type[StrEnum]) -> None:
    assert set(table) == set(members)
    assert all(table.values())


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_says_what_happened_and_what_to_do_next(reason: Reason) -> None:
    told = REASONS[reason]
    assert told.sentence[0].isupper()
    assert told.sentence.endswith(".")
    assert told.next_step.endswith(".")
    assert len(told.label) <= 24
    assert not told.label.endswith(".")


def test_a_code_of_a_newer_version_has_words_as_well() -> None:
    assert words_for("not-invented-yet").label == "waits"
    assert words_for(None).next_step


def test_a_state_has_the_label_of_its_subject() -> None:
    assert label_of("client", "held") != label_of("file", "held")
    assert label_of("operation", "done") == "carried out"
    assert label_of("agent", "paused") == "paused"


def waiting(**facts: object) -> Waiting:
    given: dict[str, object] = {
        "subject": Subject.client,
        "id": 1,
        "state": "held",
        "name": "Ash",
        "path": None,
        "client": "Ash",
        "reason": "archived",
        "said": "archived",
        "remedy": None,
        "since": None,
    }
    return Waiting(**(given | facts))  # type: ignore[arg-type]  # plain facts of a made-up row


def test_what_was_noted_about_a_client_counts_more_than_the_general_sentence() -> None:
    assert waiting_words(waiting(said="It sleeps at Filed.")).sentence == "It sleeps at Filed."
    assert waiting_words(waiting()).sentence == REASONS[Reason.archived].sentence


def test_a_failed_document_keeps_its_own_problem_and_remedy() -> None:
    failed = waiting(
        subject=Subject.document, state="failed", reason=None, said="Too big.", remedy="Split it."
    )
    told = waiting_words(failed)
    assert (told.label, told.sentence, told.next_step) == ("failed", "Too big.", "Split it.")
    assert told.person
    assert not waiting_words(waiting(subject=Subject.document, state="ready", reason=None)).person


ALL_WORDS = (
    *REASONS.values(),
    words.STILL_WRITTEN,
    words.ROOT_AWAY,
    words.OPEN_LEFT,
    words.FAILED,
    words.UNKNOWN,
)


@pytest.mark.parametrize("told", ALL_WORDS)
def test_the_step_for_people_with_buttons_names_no_command(told: words.Words) -> None:
    assert COMMAND not in told.step
    assert told.step.endswith(".")
    assert (told.step == told.next_step) is (COMMAND not in told.next_step)
    if COMMAND in told.next_step:
        assert told.here, "the real step, not a general one"


def test_the_real_step_is_told_to_people_with_buttons() -> None:
    step = REASONS[Reason.record_taken].step
    assert step == "Correct the external IDs at Filed, then try again."


@pytest.mark.parametrize("remedy", ["Split it.", "Save it as a PDF, or `filed-agent ignore` it."])
def test_a_documents_own_remedy_is_the_step_as_well(remedy: str) -> None:
    failed = waiting(
        subject=Subject.document, state="failed", reason=None, said="Too big.", remedy=remedy
    )
    told = waiting_words(failed)
    assert told.next_step == remedy
    assert COMMAND not in told.step
    assert told.step != words.FAILED.step
