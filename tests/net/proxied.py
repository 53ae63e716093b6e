"""A scene with a fault proxy before each of Filed's two origins."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.fault_proxy import CALM, FaultProxy, Faults, mix
from tests.kit.process import AgentProcess
from tests.net.scene import SWITCHES, ImpatientAgent, Scene, against


@dataclass
class Line:
    """Both proxies and what happens behind and before them."""

    scene: Scene
    graph: FaultProxy
    upload: FaultProxy

    def meets(self, faults: Faults) -> None:
        """What every connection to either origin meets from now on."""
        for proxy in (self.graph, self.upload):
            proxy.faults = faults
            if faults.reject or faults.refuse:
                proxy.reset_all()

    def heals(self) -> None:
        """The fault is over."""
        self.meets(CALM)

    def mixes(self, rate: float) -> None:
        """Each new connection draws a fate."""
        for proxy in (self.graph, self.upload):
            proxy.mixed(mix(random.Random(self.scene.rng.random()), rate))

    def forgets(self) -> None:
        """What is on its way is lost, with its connections."""
        for proxy in (self.graph, self.upload):
            proxy.reset_all()

    def attempts(self) -> list[float]:
        """When a connection to either origin was tried, in order."""
        return sorted(self.graph.attempts + self.upload.attempts)


@contextmanager
def line(
    base: Path,
    switches: Switches = SWITCHES,
    kind: type[AgentProcess] = ImpatientAgent,
    **options: object,
) -> Iterator[Line]:
    """Sandbox, proxies and an agent that is not started yet."""
    with Sandbox(base / "filed", switches) as sandbox:
        ports = [urlsplit(url).port or 0 for url in (sandbox.graphql_url, sandbox.upload_url)]
        with FaultProxy(ports[0]) as graph, FaultProxy(ports[1]) as upload:
            told = {
                "graphql_url": graph.url(sandbox.graphql_url),
                "upload_url": upload.url(sandbox.upload_url),
            }
            with against(sandbox, base, kind, **told, **options) as scene:
                yield Line(scene, graph, upload)
