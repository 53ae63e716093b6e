"""What a click does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent import __version__
from agent.control.refused import Refused
from agent.control.remote import Gone
from agent.tray import opening
from agent.tray.deeds import Deeds
from agent.tray.menu import QUIT, Act, menu_of
from agent.words import tray as words
from tests.tray.told import snapshot

URL = "http://127.0.0.1:8000/enter?key=once"


class Agent:
    """Notes what it is asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._error = error

    def get(self, path: str) -> dict[str, Any]:
        return self.post(path, {})

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((path, body))
        if self._error is not None:
            raise self._error
        return {"sentence": f"Done: {path}", "url": URL, "home": "/srv/home"}


class Person:
    """At the desktop: what was said and opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, opens: bool = True) -> None:
        self.agent: Agent | None = Agent()
        self.said: list[str] = []
        self.opened: list[object] = []

        def opened(what: object) -> bool:
            self.opened.append(what)
            return opens

        for name in ("open_page", "open_folder", "open_terminal"):
            monkeypatch.setattr(opening, name, opened)
        self.deeds = Deeds(lambda: self.agent, self.said.append)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Person:
    return Person(monkeypatch)


@pytest.mark.parametrize(
    ("act", "path", "body"),
    [
        (Act("pause", "3600"), "/v1/pause", {"seconds": 3600}),
        (Act("pause", "tomorrow"), "/v1/pause", {"tomorrow": True}),
        (Act("pause"), "/v1/pause", {}),
        (Act("resume"), "/v1/resume", {}),
        (Act("scan"), "/v1/scan", {}),
        (Act("retry"), "/v1/retry", {"all": True}),
    ],
)
def test_a_wish_goes_to_the_agent_and_its_answer_to_the_person(
    person: Person, act: Act, path: str, body: dict[str, Any]
) -> None:
    person.deeds.do(act)
    assert person.agent is not None
    assert person.agent.asked == [(path, body)]
    assert person.said == [f"Done: {path}"]


def test_every_act_of_every_menu_has_a_deed(person: Person) -> None:
    menus = (menu_of(None), menu_of(snapshot(needs=1)), menu_of(snapshot(paused=True)))
    lines = [line for menu in menus for line in menu]
    acts = [line.act for one in lines for line in (one, *one.lines) if line.act is not None]
    assert len(acts) > 15
    for act in acts:
        if act.verb != QUIT:  # the tray's own
            person.deeds.do(act)


def test_the_page_opens_at_its_part(person: Person) -> None:
    person.deeds.do(Act("status"))
    person.deeds.do(Act("status", "needs"))
    assert person.opened == [URL, f"{URL}#needs"]
    assert person.said == []


def test_folders_are_opened_here(person: Person) -> None:
    person.deeds.do(Act("folder", "/srv/clients"))
    person.deeds.do(Act("home"))
    assert person.opened == ["/srv/clients", "/srv/home"]


def test_what_cannot_be_opened_is_said_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person(monkeypatch, opens=False)
    for act in (Act("status"), Act("folder", "/gone"), Act("sign-in")):
        person.deeds.do(act)
    folder = words.CANNOT_OPEN_FOLDER.format(path="/gone")
    assert person.said == [words.CANNOT_OPEN_PAGE, folder, words.SIGN_IN_HINT]


def test_sign_in_runs_login_in_a_terminal(person: Person) -> None:
    person.deeds.do(Act("sign-in"))
    assert person.opened == [opening.own_command("login")]


def caused(why: OSError) -> Gone:
    """As Remote raises it."""
    gone = Gone(str(why))
    gone.__cause__ = why
    return gone


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("Not while it is paused."), "Not while it is paused."),
        (Gone("x"), words.ANSWER_LATE),
        (OSError("x"), words.ANSWER_LATE),
        (caused(TimeoutError()), words.ANSWER_LATE),
        (caused(ConnectionRefusedError()), words.AGENT_GONE),
        (caused(FileNotFoundError()), words.AGENT_GONE),
    ],
)
def test_what_fails_is_said(person: Person, error: Exception, said: str) -> None:
    person.agent = Agent(error)
    person.deeds.do(Act("scan"))
    assert person.said == [said]


def test_a_question_that_is_not_answered_has_done_nothing(person: Person) -> None:
    person.agent = Agent(caused(TimeoutError()))
    person.deeds.do(Act("home"))
    assert person.said == [words.AGENT_GONE]


def test_no_agent_is_said(person: Person) -> None:
    person.agent = None
    person.deeds.do(Act("retry"))
    assert person.said == [words.AGENT_GONE]


def test_about_names_the_version(person: Person) -> None:
    person.deeds.do(Act("about", __version__))
    assert person.said == [words.about_text(__version__)]


def test_words_of_paths_stay_words(person: Person, fresh: Path) -> None:
    person.deeds.do(Act("folder", "/srv/{0}{path}"))
    assert person.opened == ["/srv/{0}{path}"]
