"""The control door around all shifts of `run`: opened once while its own section stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.attended import AttendedAgent
from agent.cli.pulse import Pulse
from agent.config.settings import ControlSection, NotifySection, Settings
from agent.control.notices import Notices
from agent.daemon import Agent
from agent.system.places import Home

if TYPE_CHECKING:
    from agent.control.door import Door


class Doorway:
    """Opens at the first shift, when the agent's lock is held. `config` is the file that counts."""

    def __init__(
        self, door: Door | None, config: Path, notices: Notices, control: ControlSection
    ) -> None:
        self.notices = notices
        self._door = door
        self._config = config
        self._control = control
        self._open = False

    @classmethod
    def at(cls, home: Home, config: Path, settings: Settings, env: Mapping[str, str]) -> Doorway:
        """The door of this home, or none where the configuration does not want one."""
        notices, control = Notices(settings.notify), settings.control
        if not control.enabled:
            return cls(None, config, notices, control)
        from agent.control.door import Door, Ground

        ground = Ground(home.control, home.socket, control.socket, control.group)
        return cls(Door(ground, env, notices), config, notices, control)

    @classmethod
    def shut(cls) -> Doorway:
        """No door at all."""
        return cls(None, Path(), Notices(NotifySection()), ControlSection())

    def fits(self, settings: Settings) -> bool:
        """Whether these settings want this door; else it is closed and another made."""
        return settings.control == self._control

    def attend(self, agent: Agent, pulse: Pulse) -> None:
        """Let the door answer for this agent."""
        if self._door is not None:
            self._door.attend(AttendedAgent(agent, pulse, self._config))
            if not self._open:
                self._open = True
                self._door.open()

    def leave(self) -> None:
        """Nobody answers until the next agent is there."""
        if self._door is not None:
            self._door.attend(None)

    def changed(self) -> None:
        """The agent may stand otherwise than before."""
        if self._door is not None:
            self._door.changed()

    def close(self) -> None:
        """Close it; before the agent's lock is given back."""
        door, self._door = self._door, None
        if door is not None and self._open:
            door.close()
