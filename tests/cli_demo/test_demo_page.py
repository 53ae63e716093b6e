"""The demo tells the way to the status page once for each start of the agent, without waiting."""

from __future__ import annotations

import pytest

from agent.cli.demo_page import PATIENCE, StatusPage
from agent.control.refused import Refused
from agent.control.remote import Gone
from agent.system.places import HOME_VARIABLE
from tests.cli.doors import stands

LINK = "http://127.0.0.1:4444/enter?key=once"
ENV = {HOME_VARIABLE: "/stage/agent"}


def page(shown: list[str] | None = None) -> tuple[StatusPage, list[str]]:
    told: list[str] = []
    return StatusPage(ENV, told.append, None if shown is None else shown.append), told


def test_the_link_is_told_once_for_each_start(monkeypatch: pytest.MonkeyPatch) -> None:
    status, told = page()
    stands(monkeypatch, {"/v1/link": {"url": LINK}})
    status.look(0.0)
    assert told == []
    for start in (1.0, 9.0):
        status.agent_started(start)
        for look in range(5):
            status.look(start + look)
    assert len(told) == 4
    assert told[0] == f"the agent's status page: {LINK}"
    assert "half a minute" in told[1]
    assert "FILED_AGENT_HOME=/stage/agent filed-agent open" in told[1]
    assert told[2:] == told[:2]


@pytest.mark.parametrize("answer", [None, Gone(), Refused("Not yet.")])
def test_a_door_that_never_answers_is_given_up_with_one_line(
    monkeypatch: pytest.MonkeyPatch, answer: Exception | None
) -> None:
    status, told = page()
    stands(monkeypatch, None if answer is None else {"/v1/link": answer})
    status.agent_started(0.0)
    status.look(PATIENCE - 1)
    assert told == []
    status.look(PATIENCE + 1)
    stands(monkeypatch, {"/v1/link": {"url": LINK}})
    status.look(PATIENCE + 2)
    assert told == ["the status page does not answer; the demo goes on without it"]


def test_with_a_desktop_the_link_is_opened_and_not_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    status, told = page(shown)
    stands(monkeypatch, {"/v1/link": {"url": LINK}})
    status.agent_started(0.0)
    status.look(0.5)
    assert shown == [LINK]
    assert told == ["the agent's status page opens in your browser"]
