"""When a pass is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.cli.one_pass import Ending, Patience, Seen
from agent.errors import (
    AgentError,
    FiledUnreachable,
    KeyRefused,
    RateLimited,
    SignInNeeded,
    WrongEndpoint,
    WrongWorkspace,
)
from agent.ledger.unfinished import Unfinished

NOTHING = Unfinished(0, 0, 0, 0, 0, 0, 0)
SENDING = replace(NOTHING, documents=3)
SETTLING = replace(NOTHING, settling=1)


def seen(at: float, left: Unfinished, **facts: object) -> Seen:
    return replace(Seen(at, True, left), **facts)  # type: ignore[arg-type]  # plain facts


def test_a_pass_is_over_when_nothing_moves_by_itself() -> None:
    assert Patience().judge(seen(0, NOTHING)) is Ending.done


@pytest.mark.parametrize(
    "field", ["settling", "unseen", "clients", "documents", "orphans", "operations"]
)
def test_a_pass_goes_on_while_anything_moves(field: str) -> None:
    assert Patience().judge(seen(0, replace(NOTHING, **{field: 1}))) is None


def test_a_pass_goes_on_until_every_folder_was_gone_through() -> None:
    assert Patience().judge(seen(0, NOTHING, settled=False)) is None


@pytest.mark.parametrize("error", [SignInNeeded(), KeyRefused(), WrongWorkspace(), WrongEndpoint()])
def test_a_refused_key_or_a_wrong_address_ends_it_at_once(error: AgentError) -> None:
    assert Patience().judge(seen(0, SENDING, trouble=error, settled=False)) is Ending.needs_person


def test_unreachability_is_borne_for_so_long_and_no_longer() -> None:
    patience = Patience(offline=60)
    away = FiledUnreachable()
    assert patience.judge(seen(0, SENDING, trouble=away)) is None
    assert patience.judge(seen(59.9, SENDING, trouble=away)) is None
    assert patience.judge(seen(60, SENDING, trouble=away)) is Ending.unreachable


def test_patience_begins_anew_when_filed_answers_or_something_moves() -> None:
    patience = Patience(offline=60)
    away = FiledUnreachable()
    patience.judge(seen(0, SENDING, trouble=away, moved=1))
    patience.judge(seen(50, SENDING, moved=1))
    assert patience.judge(seen(70, SENDING, trouble=away, moved=1)) is None
    assert patience.judge(seen(100, SENDING, trouble=away, moved=2)) is None
    assert patience.judge(seen(150, SENDING, trouble=away, moved=2)) is None
    assert patience.judge(seen(160, SENDING, trouble=away, moved=2)) is Ending.unreachable


def test_documents_that_all_wait_after_an_error_are_unreachability_as_well() -> None:
    patience = Patience(offline=60)
    stuck = replace(SENDING, troubled=3)
    assert patience.judge(seen(0, stuck)) is None
    assert patience.judge(seen(60, stuck)) is Ending.unreachable
    other = Patience(offline=60)
    other.judge(seen(0, replace(SENDING, troubled=2)))
    assert other.judge(seen(600, replace(SENDING, troubled=2))) is None


def test_a_filed_that_asks_for_patience_gets_more_of_it() -> None:
    patience = Patience(offline=60)
    asked = RateLimited("", 5.0)
    patience.judge(seen(0, SENDING, trouble=asked))
    assert patience.judge(seen(599, SENDING, trouble=asked)) is None
    assert patience.judge(seen(600, SENDING, trouble=asked)) is Ending.unreachable


def test_a_file_that_never_comes_to_rest_does_not_keep_it_for_ever() -> None:
    patience = Patience(stuck=60)
    assert patience.judge(seen(0, SETTLING, restless=True)) is None
    assert patience.judge(seen(59, SETTLING, restless=True)) is None
    assert patience.judge(seen(60, SETTLING, restless=True)) is Ending.still_written


def test_a_file_that_is_only_being_read_is_waited_for() -> None:
    patience = Patience(stuck=60)
    patience.judge(seen(0, SETTLING))
    assert patience.judge(seen(6000, SETTLING, restless=False)) is None


def test_a_restless_file_does_not_end_it_while_others_are_sent() -> None:
    patience = Patience(stuck=60)
    both = replace(SETTLING, documents=1)
    patience.judge(seen(0, both, restless=True))
    assert patience.judge(seen(6000, both, restless=True)) is None


def test_a_pause_ends_it_once_only_sending_is_left() -> None:
    assert Patience().judge(seen(0, SENDING, paused=True)) is Ending.paused
    assert Patience().judge(seen(0, replace(SENDING, clients=1), paused=True)) is Ending.paused
    assert Patience().judge(seen(0, replace(SENDING, settling=1), paused=True)) is None
    assert Patience().judge(seen(0, replace(SENDING, unseen=1), paused=True)) is None
