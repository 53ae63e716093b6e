"""Notices of a real agent: told through its door, once, also across a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.control.remote import Gone, Remote
from agent.sandbox.server import Sandbox
from tests.kit.process import AgentProcess, wait_for


def kinds(agent: AgentProcess, after: int = 0) -> list[str]:
    """The kinds of what was told; none while no agent answers."""
    found = Remote.find(agent.env)
    if found is None:
        return []
    try:
        told = found.get("/v1/notices", after=after)["notices"]
    except Gone:
        return []
    return [one["kind"] for one in told]


def remote(agent: AgentProcess) -> Remote:
    found = Remote.find(agent.env)
    assert found is not None
    return found


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_problem_is_told_once_also_after_a_restart_and_not_while_snoozed(
    tmp_path: Path,
) -> None:
    with Sandbox(tmp_path / "filed") as sandbox, AgentProcess.against(sandbox, tmp_path) as agent:
        agent.write("Ash/empty.pdf", b"")
        agent.start("run")
        wait_for(lambda: kinds(agent) == ["empty"], "the empty file is told")
        (told,) = remote(agent).get("/v1/notices", after=0)["notices"]
        assert told["urgent"] is True
        assert "Ash" not in told["title"] + told["text"]
        assert agent.end()[0] == 0

        agent.start("run")
        wait_for(lambda: Remote.find(agent.env) is not None, "the door opens")
        agent.write("stray.pdf", b"%PDF-1.4 stray %%EOF")
        wait_for(
            lambda: kinds(agent) == ["empty", "no-client"], "the stray file is told, and it alone"
        )
        kept, second = remote(agent).get("/v1/notices", after=0)["notices"]
        assert kept == told, "the agent before told it; this one gives it to whoever asks"
        assert second["id"] > told["id"]

        remote(agent).post("/v1/snooze", {"seconds": 3600})
        agent.write("Ash/link.pdf", b"x").unlink()
        (agent.root / "Ash/link.pdf").symlink_to(agent.root / "stray.pdf")
        wait_for(lambda: remote(agent).get("/v1/snapshot")["needs"] == 3, "the link is held")
        assert agent.end()[0] == 0
        agent.start("run")
        wait_for(lambda: Remote.find(agent.env) is not None, "the door opens")
        assert remote(agent).get("/v1/snapshot")["snoozed_until"] is not None
        assert kinds(agent, second["id"]) == []
        remote(agent).post("/v1/snooze", {"seconds": 0})
        wait_for(lambda: kinds(agent, second["id"]) == ["link"], "what was held meanwhile is told")
