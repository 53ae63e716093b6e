"""What `run` says, and that it says each thing once."""

from __future__ import annotations

import io
from dataclasses import dataclass

from agent.cli.screen import Screen
from agent.cli.voice import Voice
from agent.control.health import Facts
from agent.control.note import Note, Trouble
from agent.model.document import Stage
from agent.model.root import Root
from agent.words.catalogue import AgentState
from tests.control.test_health import facts, note

OFFLINE = Trouble("Filed cannot be reached", "No route.", "Check the network.", 5)
REFUSED = Trouble("Filed does not accept the API key", "", "Make a new key.", 4)
AWAY = Root(1, b"/srv/clients", unavailable="It is not there.")


@dataclass
class StillPulse:
    """A pulse as it was felt."""

    note: Note
    away: tuple[Root, ...] = ()


class Heard:
    """A voice, and the lines heard of it without their times."""

    def __init__(self) -> None:
        self._out = io.StringIO()
        self._voice = Voice(Screen(self._out))

    def tell(self, said: Note, *away: Root, now: Facts | None = None) -> list[str]:
        """Tell of one moment; the lines that this gave."""
        before = len(self._out.getvalue())
        self._voice.tell(StillPulse(said, away), now or facts({Stage.filed: 3}, note=said))
        return [line[9:] for line in self._out.getvalue()[before:].splitlines()]


def test_files_that_come_and_go_are_not_told_one_by_one() -> None:
    heard = Heard()
    assert heard.tell(note(AgentState.idle)) == ["All 3 documents are filed."]
    assert heard.tell(note(AgentState.working)) == []
    assert heard.tell(note(AgentState.idle)) == []
    more = facts({Stage.filed: 4})
    heard.tell(note(AgentState.working))
    assert heard.tell(note(AgentState.idle), now=more) == ["All 4 documents are filed."]


def test_an_outage_is_told_once_and_its_end_once() -> None:
    heard = Heard()
    heard.tell(note(AgentState.working))
    told = ["Filed cannot be reached: No route. Check the network."]
    assert heard.tell(note(AgentState.offline, OFFLINE)) == told
    assert heard.tell(note(AgentState.offline, OFFLINE)) == []
    assert heard.tell(note(AgentState.working)) == ["Filed answers again."]
    assert heard.tell(note(AgentState.offline, OFFLINE)) == told


def test_the_end_of_an_outage_is_told_also_when_all_is_filed_at_once() -> None:
    heard = Heard()
    heard.tell(note(AgentState.offline, OFFLINE))
    assert heard.tell(note(AgentState.idle)) == [
        "Filed answers again.",
        "All 3 documents are filed.",
    ]


def test_one_trouble_after_another_is_no_answer() -> None:
    heard = Heard()
    heard.tell(note(AgentState.offline, OFFLINE))
    assert heard.tell(note(AgentState.signed_out, REFUSED)) == [
        "Filed does not accept the API key. Make a new key."
    ]


def test_a_folder_that_goes_and_comes_is_told_twice() -> None:
    heard = Heard()
    heard.tell(note())
    assert heard.tell(note(), AWAY) == ["/srv/clients is unavailable: It is not there."]
    assert heard.tell(note(), AWAY) == []
    assert heard.tell(note()) == ["/srv/clients is there again."]


def test_a_pause_and_its_end_are_told() -> None:
    heard = Heard()
    heard.tell(note(AgentState.working))
    paused = facts({Stage.filed: 3}, paused_until=float("inf"))
    (told,) = heard.tell(note(AgentState.paused), now=paused)
    assert told == "Paused until further notice, 3 documents are filed."
    assert heard.tell(note(AgentState.working)) == ["Sending goes on."]
