"""A real agent beside which the tray is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.kit.process import AgentProcess

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@contextmanager
def office(
    folder: Path, switches: Switches | None = None
) -> Iterator[tuple[Sandbox, AgentProcess]]:
    """A sandbox, and an agent with one document that is filed (or fails) before long."""
    (folder / "sandbox").mkdir(parents=True)
    with (
        Sandbox(folder / "sandbox", switches or Switches()) as sandbox,
        AgentProcess.against(sandbox, folder / "agent") as agent,
    ):
        agent.write("Berg/w2.pdf", PDF)
        agent.start("run")
        yield sandbox, agent
