"""What notices say."""

from __future__ import annotations

import pytest

from agent.model.reasons import Reason
from agent.words import notices as words
from agent.words.buttons import COMMAND
from agent.words.catalogue import FAILED, REASONS, Words, words_for
from agent.words.notices import LISTED, Told
from tests.control.moments import at

NOW = at("2026-11-18 10:00")
ALL = [
    *(words.held("file", 2, words_for(reason)) for reason in Reason),
    words.held("document", 1, FAILED),
    words.trouble("Filed does not accept the API key", "Make a new key."),
    words.folders_away(["/srv/clients"]),
    words.folders_away(["/a", "/b", "/c", "/d", "/e"]),
    words.configuration(),
    words.restored(proven=True),
    words.restored(proven=False),
    words.filed(1, NOW, NOW, 0),
    words.filed(1284, NOW, NOW, 1),
    words.nothing_arrived(5, NOW),
    words.nothing_arrived(1, None),
    words.no_contact(4 * 3600.0, "Filed cannot be reached", "Check the network."),
]


@pytest.mark.parametrize("told", ALL)
def test_a_notice_has_a_short_title_and_says_what_to_do_next(told: Told) -> None:
    assert told.title[0].isupper() or told.title[0].isdigit()
    assert not told.title.endswith(".")
    assert len(told.title) <= 60
    assert told.text.endswith(".")
    assert len(told.text) <= 340  # what notification services show


def test_numbers_agree_with_their_verbs() -> None:
    empty = REASONS[Reason.empty]
    assert words.held("file", 1, empty).title == "1 file needs you: empty file"
    assert words.held("file", 2, empty).title == "2 files need you: empty file"
    assert words.filed(1, NOW, NOW, 0).title == "1 document was filed today"
    assert words.filed(1284, NOW, NOW, 2).text.startswith("2 need you.")


@pytest.mark.parametrize(
    ("since", "text"),
    [
        ("2026-11-18 00:00", "today"),
        ("2026-11-17 17:00", "since yesterday 17:00"),
        ("2026-11-13 17:00", "since Friday 17:00"),
        ("2026-11-11 17:00", "since 2026-11-11 17:00"),
        ("2026-11-19 17:00", "since 2026-11-19 17:00"),
    ],
)
def test_since_when_is_said_as_people_say_it(since: str, text: str) -> None:
    assert words.since_text(at(since), NOW) == text


def test_clients_are_named_only_where_they_are_given_and_only_a_few() -> None:
    told = Words("held", "It waits.", "Do it.")
    assert words.held("file", 1, told).text == "It waits. Do it."
    assert words.held("file", 1, told, ["Ash"]).text == "It waits. Client: Ash. Do it."
    many = words.held("file", 9, told, ["Ash", "Birch", "Cedar", "Date", "Elm"]).text
    assert many.startswith("It waits. Clients: Ash, Birch, Cedar and 2 others. Do it.")
    assert LISTED == 3


def test_hours_are_whole() -> None:
    assert words.no_contact(4 * 3600 + 59, "", "").title == "No contact with Filed for 4 h"
    assert words.no_contact(30 * 3600, "", "").title == "No contact with Filed for 1 d 6 h"
    assert words.no_contact(900, "", "").title == "No contact with Filed for 15 min"


@pytest.mark.parametrize("number", [1, 3])
def test_nobody_at_a_desktop_is_sent_to_a_prompt(number: int) -> None:
    for cause in (FAILED, *REASONS.values()):
        told = words.held("file", number, cause)
        assert COMMAND not in told.text, told.text
        assert cause.step in told.text
