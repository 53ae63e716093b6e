"""A scene on two hosts: the agent at the office, Filed at the other end of a cable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.namespace import Cable, cable, missing
from tests.net.scene import SWITCHES, ImpatientAgent, Scene, against


class OfficeAgent(ImpatientAgent):
    """An agent on another host; `prefix` gets there."""

    prefix: Sequence[str] = ()

    def command(self, *arguments: str) -> list[str]:
        """The same command line on the other host."""
        return [*self.prefix, *super().command(*arguments)]


class TrueOfficeAgent(OfficeAgent):
    """The same with the agent's true time limits."""

    def command(self, *arguments: str) -> list[str]:
        """The product's own command line on the other host."""
        command = super().command(*arguments)
        command[command.index("tests.net.impatient")] = "agent"
        return command


@dataclass
class Lan:
    """The scene and the cable."""

    scene: Scene
    cable: Cable


@contextmanager
def lan(
    base: Path,
    switches: Switches = SWITCHES,
    kind: type[OfficeAgent] = OfficeAgent,
    *,
    host: str = "127.0.0.1",
    **options: object,
) -> Iterator[Lan]:
    """Both hosts, Filed on one of them, and an agent for the other that is not started yet."""
    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    with ExitStack() as stack:
        wire = stack.enter_context(cable())
        sandbox = Sandbox(base / "filed", switches)
        with wire.far.entered():
            sandbox.start()
        stack.callback(sandbox.stop)
        urls = {"graphql_url": sandbox.graphql_url, "upload_url": sandbox.upload_url}
        wire.forward([urlsplit(url).port or 0 for url in urls.values()])
        wire.heal()
        told: dict[str, object] = {
            name: url.replace("127.0.0.1", host) for name, url in urls.items()
        }
        told["prefix"] = wire.office.prefix
        scene = stack.enter_context(against(sandbox, base, kind, **told, **options))
        yield Lan(scene, wire)
