"""The way to the status page of the demo's agent, told as soon as the agent's door answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.control.refused import Refused
from agent.control.remote import Gone, Remote
from agent.model.naming import safe_text
from agent.system.places import HOME_VARIABLE

PATIENCE = 20.0  # seconds after a start of the agent in which its door is looked for


class StatusPage:
    """Looked for with each look(), without waiting; `tell` gets the lines for people.

    `show` gets the link itself: to open it, where somebody wants that.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        tell: Callable[[str], None],
        show: Callable[[str], object] | None = None,
    ) -> None:
        self._env = env
        self._tell = tell
        self._show = show
        self._until = 0.0

    def agent_started(self, seconds: float) -> None:
        """The agent starts, so many seconds after the beginning: its door will be another one."""
        self._until = seconds + PATIENCE

    def look(self, seconds: float) -> None:
        """Tell the link, if the door answers by now and was not told of yet."""
        if not self._until:
            return
        url = self._link()
        if url is not None:
            self._until = 0.0
            self._told(url)
        elif seconds > self._until:
            self._until = 0.0
            self._tell("the status page does not answer; the demo goes on without it")

    def _link(self) -> str | None:
        try:
            remote = Remote.find(self._env)
            return None if remote is None else str(remote.post("/v1/link", {})["url"])
        except (Gone, Refused):  # it only just starts
            return None

    def _told(self, url: str) -> None:
        if self._show is not None:
            self._show(url)
            self._tell("the agent's status page opens in your browser")
            return
        self._tell(f"the agent's status page: {safe_text(url)}")
        home = safe_text(self._env[HOME_VARIABLE])
        again = f"{HOME_VARIABLE}={home} filed-agent open"
        self._tell(f"(that link works once, within half a minute; for another: {again})")
