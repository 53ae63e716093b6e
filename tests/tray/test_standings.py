"""Each standing of a real agent reaches the icon."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.sandbox.server import Sandbox
from agent.tray.icon import COLOURS, STEPS, Look, look_of, picture
from agent.tray.pixmap import argb
from tests.kit.process import AgentProcess, wait_for
from tests.tray.desk import tray
from tests.tray.host import Item, Panel, session_bus
from tests.tray.office import PDF, office

pytestmark = [pytest.mark.slow, pytest.mark.system, pytest.mark.timeout(120)]
RINGS = [look_of("working", step / STEPS) for step in range(STEPS + 1)]


def looks(item: Item, *looks: Look) -> bool:
    icon = item.icon(32)
    return any(icon == argb(picture(look, 32)) for look in looks)


def test_working_shows_a_ring_and_offline_a_cloud(fresh: Path) -> None:
    with (
        session_bus() as bus,
        office(fresh) as (sandbox, agent),
        Panel(bus) as panel,
        tray(agent.env, fresh, bus),
    ):
        item = panel.item()
        wait_for(lambda: looks(item, look_of("filed")), "filed", 60)
        sandbox.aim("PATCH 2-20: wait 1 s, then carry out")
        for number in range(12):
            agent.write(f"Berg/{number}.pdf", PDF + bytes([number]) * 50_000 + PDF)
        wait_for(lambda: looks(item, *RINGS), "a ring", 30)
        assert "on the way" in item["Title"]
        wait_for(lambda: looks(item, *RINGS[STEPS // 2 :]), "half of it is done", 30)
        wait_for(lambda: looks(item, look_of("filed")), "filed again", 60)
        sandbox.stop()
        agent.write("Berg/later.pdf", PDF + b"later")
        wait_for(lambda: looks(item, look_of("offline")), "offline", 60)
        assert item["Title"].startswith("Filed Agent: Offline since ")
        assert item["Status"] == "Active"  # it goes on by itself


def test_a_refused_key_shows_a_key(fresh: Path) -> None:
    with (
        session_bus() as bus,
        Panel(bus) as panel,
        Sandbox(fresh / "sandbox") as sandbox,
        AgentProcess.against(sandbox, fresh / "agent", key="made-up-wrong-key") as agent,
        tray(agent.env, fresh, bus),
    ):
        agent.write("Berg/w2.pdf", PDF)
        agent.start("run")
        item = panel.item()
        wait_for(lambda: looks(item, look_of("sign-in")), "a key", 60)
        assert item["Status"] == "NeedsAttention"


def test_every_standing_of_the_contract_has_its_own_picture() -> None:
    from agent.control.snapshot import _STANDINGS

    assert set(COLOURS) == {*_STANDINGS.values(), "filed", "not-running"}
