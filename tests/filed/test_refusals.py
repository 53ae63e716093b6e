"""Which answers to a mutation are a definite no, and which leave its outcome unknown."""

from __future__ import annotations

import pytest

from agent.errors import AgentError, FiledRefused, FiledTrouble, OutcomeUnknown
from tests.filed.kit import attach, house, make, whoami
from tests.filed.scripted import Turn, answer, reply


@pytest.mark.parametrize(
    ("turn", "error"),
    [
        pytest.param(answer(None, "GRAPHQL_VALIDATION_FAILED"), FiledRefused, id="validation"),
        pytest.param(answer(None, "BAD_USER_INPUT"), FiledRefused, id="bad-input"),
        pytest.param(answer(None, "NOT_FOUND", status=500), FiledRefused, id="code-before-status"),
        pytest.param(answer(None, "NEW_CODE", status=422), FiledRefused, id="unknown-4xx"),
        pytest.param(answer(None, "", status=400), FiledRefused, id="no-code-400"),
        pytest.param(reply(413), FiledRefused, id="edge-413"),
        pytest.param(answer(None, "NEW_CODE"), OutcomeUnknown, id="unknown-200"),
        pytest.param(answer(None, ""), OutcomeUnknown, id="no-code-200"),
        pytest.param(answer(None, "NEW_CODE", status=500), OutcomeUnknown, id="unknown-500"),
        pytest.param(
            answer(None, "INTERNAL_SERVER_ERROR", status=400), OutcomeUnknown, id="internal-400"
        ),
        pytest.param(answer(None, "BAD_USER_INPUT", "INTERNAL_SERVER_ERROR"), OutcomeUnknown),
        pytest.param(reply(408), OutcomeUnknown, id="gateway-408"),
    ],
)
def test_a_mutation_is_refused_only_by_a_definite_no(turn: Turn, error: type[AgentError]) -> None:
    with house(turn) as h:
        with pytest.raises(error) as caught:
            attach(h)
        assert type(caught.value) is error
        assert len(h.server.asked) == 1
    with house(turn) as h, pytest.raises(FiledTrouble):
        whoami(h)


def test_a_refusal_keeps_filed_s_code_and_status() -> None:
    with house(answer(None, "BAD_USER_INPUT", status=400, said="externalId is taken")) as h:
        with pytest.raises(FiledRefused, match="externalId is taken") as caught:
            make(h)
        assert (caught.value.code, caught.value.status) == ("BAD_USER_INPUT", 400)
