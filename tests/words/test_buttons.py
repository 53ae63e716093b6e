"""Steps for people who have buttons."""

from __future__ import annotations

import pytest

from agent import errors
from agent.errors import AgentError
from agent.words import standing
from agent.words.buttons import COMMAND, LISTED, LOGIN, by_button
from agent.words.errors import ERRORS


@pytest.mark.parametrize("kind", list(ERRORS))
def test_no_advice_of_an_error_sends_to_a_prompt_but_for_a_key(kind: type[AgentError]) -> None:
    step = by_button(kind.advice)
    assert COMMAND not in step.replace(LOGIN, "")
    assert step != LISTED
    assert step.endswith(".")


def test_who_paused_is_told_of_the_button() -> None:
    assert by_button(standing.RESUME) == "Resume when you are ready."
    assert "leave it out" in by_button(errors.TypeNotAccepted.advice)


def test_of_an_unknown_step_the_sentences_without_a_command_stay() -> None:
    assert by_button("Split it. Or run `filed-agent ignore`.") == "Split it."
    assert by_button("Run `filed-agent plan`.") == LISTED
    assert by_button("Save it again.") == "Save it again."
    assert by_button("") == ""
