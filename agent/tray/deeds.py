"""What the entries of the menu do: wishes to the agent, and windows on this desktop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from agent.control.refused import Refused
from agent.control.remote import Gone
from agent.tray import opening
from agent.tray.menu import Act
from agent.words import tray as words

NEVER_ASKED = (ConnectionRefusedError, FileNotFoundError)  # nobody was at the door


class Asked(Protocol):
    """As much of agent.control.remote.Remote as the deeds need."""

    def get(self, path: str, /) -> dict[str, Any]:
        """Ask."""
        ...

    def post(self, path: str, body: dict[str, Any], /) -> dict[str, Any]:
        """Wish."""
        ...


class Deeds:
    """Does what was clicked, in the thread of a worker; `say` shows a sentence to the person."""

    def __init__(
        self,
        find: Callable[[], Asked | None],
        say: Callable[[str], None],
    ) -> None:
        self._find = find
        self._say = say
        self._deeds: dict[str, Callable[[str], None]] = {
            "status": self._status,
            "folder": self._folder,
            "home": self._home,
            "pause": self._pause,
            "resume": lambda what: self._wish("/v1/resume", {}),
            "scan": lambda what: self._wish("/v1/scan", {}),
            "retry": lambda what: self._wish("/v1/retry", {"all": True}),
            "sign-in": self._sign_in,
            "about": lambda what: say(words.about_text(what or None)),
        }

    def do(self, act: Act) -> None:
        """Do it; what is refused or fails is said."""
        try:
            self._deeds[act.verb](act.what)
        except Refused as refused:
            self._say(refused.said)
        except (Gone, OSError):
            self._say(words.AGENT_GONE)

    def _agent(self) -> Asked:
        found = self._find()
        if found is None:
            raise Gone(words.AGENT_GONE)
        return found

    def _wish(self, path: str, body: dict[str, Any]) -> None:
        """Ask for it; without an answer it may be granted all the same (Remote.post)."""
        agent = self._agent()
        try:
            said = str(agent.post(path, body)["sentence"])
        except (Gone, OSError) as error:
            if isinstance(error.__cause__, NEVER_ASKED):
                raise
            said = words.ANSWER_LATE
        self._say(said)

    def _pause(self, what: str) -> None:
        body: dict[str, Any] = {}
        if what == "tomorrow":
            body = {"tomorrow": True}
        elif what:
            body = {"seconds": int(what)}
        self._wish("/v1/pause", body)

    def _status(self, what: str) -> None:
        """The page, by a link that serves once; `what` names a part of it."""
        url = str(self._agent().post("/v1/link", {})["url"])
        if not opening.open_page(f"{url}#{what}" if what else url):
            self._say(words.CANNOT_OPEN_PAGE)

    def _folder(self, path: str) -> None:
        if not opening.open_folder(path):
            self._say(words.CANNOT_OPEN_FOLDER.format(path=path))

    def _home(self, what: str) -> None:
        self._folder(str(self._agent().get("/v1/status")["home"]))

    def _sign_in(self, what: str) -> None:
        if not opening.open_terminal(opening.own_command("login")):
            self._say(words.SIGN_IN_HINT)
