"""Faults as text and as values: what they mean and which requests they hit."""

from __future__ import annotations

import pytest

from agent.sandbox.fault_text import FaultTextError, parse_fault
from agent.sandbox.faults import Action, Answer, Battery, Cut, Fault

MEANINGS = {
    "PATCH 3: cut after 1000 bytes": ("PATCH", 3, Action(Cut.DROP, after_bytes=1000)),
    "PATCH: stall after 10 bytes": ("PATCH", None, Action(Cut.STALL, after_bytes=10)),
    "addClientDocuments: carry out, then drop the answer": (
        "addClientDocuments",
        None,
        Action(Cut.DROP, carry_out=True),
    ),
    "addClientDocuments: carry out 5 s late, drop the answer": (
        "addClientDocuments",
        None,
        Action(Cut.DROP, carry_out=True, late=5),
    ),
    "PATCH: stall": ("PATCH", None, Action(Cut.STALL)),
    "PATCH 1: reset the connection": ("PATCH", 1, Action(Cut.RESET)),
    "POST: drop": ("POST", None, Action(Cut.DROP)),
    "*: wait 0.5 s": ("*", None, Action(None, wait=0.5)),
    "HEAD 2: expire": ("HEAD", 2, Action(None, expire=True)),
    "PATCH: expire, then drop": ("PATCH", None, Action(Cut.DROP, expire=True)),
    "POST: wait 1s then drop": ("POST", None, Action(Cut.DROP, wait=1)),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_a_text_means_a_fault(text: str) -> None:
    where, nth, action = MEANINGS[text]
    assert parse_fault(f" {text} ") == Fault(where, nth, action, text=text)


def _answer(text: str) -> Answer:
    ending = parse_fault(text).action.ending
    assert isinstance(ending, Answer)
    return ending


def test_answers_have_status_body_and_retry_after() -> None:
    assert _answer("createClient 1: answer 502").status == 502
    assert _answer("POST: answer 429 retry-after 2").retry_after == "2"
    assert _answer("clients: answer html").media_type == "text/html"
    assert b"THROTTLED" in _answer("clients: answer error THROTTLED").body
    with pytest.raises(UnicodeDecodeError):
        _answer("clients: answer garbage").body.decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PATCH",
        "PATCH:",
        ": drop",
        "PATCH 3 4: drop",
        "PATCH: explode",
        "PATCH: carry out",
        "PATCH: carry out 5 s late",
        "PATCH: drop, answer 500",
        "PATCH: cut after many bytes",
        "PATCH rate often: drop",
    ],
)
def test_a_text_that_is_no_fault_is_refused_with_the_grammar(text: str) -> None:
    with pytest.raises(FaultTextError, match="WHERE"):
        parse_fault(text)


def _fires(battery: Battery, *requests: str) -> list[bool]:
    return [battery.fire({request}) is not None for request in requests]


def test_a_fault_counts_only_the_requests_that_match() -> None:
    battery = Battery([parse_fault("PATCH 2: drop")], seed=0)
    assert _fires(battery, "patch", "post", "patch", "patch") == [False, False, True, False]
    assert battery.fired() == ("PATCH 2: drop",)


def test_a_fault_hits_a_range_or_all() -> None:
    assert _fires(Battery([parse_fault("PATCH 2-3: drop")], 0), *["patch"] * 4) == [
        False,
        True,
        True,
        False,
    ]
    assert _fires(Battery([parse_fault("patch: drop")], 0), *["patch"] * 3) == [True] * 3
    assert _fires(Battery([parse_fault("*: drop")], 0), "head", "clients") == [True, True]


def test_a_fault_with_a_rate_is_random_and_repeatable() -> None:
    def pattern(seed: int) -> list[bool]:
        return _fires(Battery([parse_fault("PATCH rate 0.2: drop")], seed), *["patch"] * 1000)

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)
    assert 120 < sum(pattern(1)) < 280


def test_a_fault_counts_from_the_moment_of_aiming() -> None:
    battery = Battery([], seed=0)
    assert _fires(battery, "patch", "patch") == [False, False]
    battery.aim(parse_fault("PATCH 1: drop"))
    assert _fires(battery, "patch", "patch") == [True, False]
    battery.aim(parse_fault("PATCH 1: drop"))
    battery.clear()
    assert _fires(battery, "patch") == [False]
    assert battery.fired() == ("PATCH 1: drop",)


def test_the_first_of_two_faults_wins_and_both_count() -> None:
    battery = Battery([parse_fault("PATCH 1: drop"), parse_fault("PATCH 2: stall")], seed=0)
    assert _fires(battery, "patch", "patch") == [True, True]
    assert battery.fired() == ("PATCH 1: drop", "PATCH 2: stall")
