"""The stage of the demo: folder, configuration and the agent's process."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import click
import pytest

from agent.cli.demo_stage import (
    AgentEnded,
    AgentProcess,
    environment_for,
    sandbox_in,
    stage_folder,
    write_configuration,
)
from agent.cli.made_up_firm import Firm
from agent.config.load import load

MIB = 1 << 20
TURNS = 600  # of 0.02 s: twelve seconds at the most


def test_the_folder_is_taken_away_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), stage_folder(None, 0) as folder:
        (folder / "file").write_bytes(b"x")
        raise ZeroDivisionError
    assert not folder.exists()


def test_a_folder_to_keep_is_made_and_stays(tmp_path: Path) -> None:
    with stage_folder(tmp_path / "new" / "deep", 0) as folder:
        (folder / "file").write_bytes(b"x")
    assert (tmp_path / "new" / "deep" / "file").exists()


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"x")
    with pytest.raises(click.UsageError, match="is not empty"), stage_folder(tmp_path, 0):
        pytest.fail("not reached")
    assert (tmp_path / "mine").exists()


def test_too_little_space_is_told_before_anything_is_written() -> None:
    with pytest.raises(click.UsageError, match="smaller --big"), stage_folder(None, 1 << 62):
        pytest.fail("not reached")


def test_the_configuration_is_one_that_the_agent_accepts(tmp_path: Path) -> None:
    import random

    firm = Firm(tmp_path / 'a "quoted" folder', random.Random(1), odd_names=False)
    firm.open_doors()
    file = tmp_path / "config.toml"
    with sandbox_in(tmp_path / "sandbox", 200 * MIB, 1) as sandbox:
        write_configuration(file, sandbox, firm)
        env = environment_for(tmp_path / "home", file, sandbox)
        settings = load(None, env)
        assert settings.filed.upload_url == sandbox.upload_url
        assert sandbox.switches.max_upload_size > 200 * MIB
    assert [folder.path for folder in settings.folder] == [firm.people, firm.companies]


def process(tmp_path: Path, program: str) -> AgentProcess:
    return AgentProcess((sys.executable, "-c", program), os.environ, tmp_path / "output.txt")


def test_an_agent_that_ends_by_itself_is_told_with_its_words(tmp_path: Path) -> None:
    agent = process(tmp_path, "print('no key'); raise SystemExit(4)")
    agent.start()
    try:
        with pytest.raises(AgentEnded, match=r"(?s)Exit code 4.*no key"):
            for _ in range(TURNS):
                agent.check()
                threading.Event().wait(0.02)
    finally:
        agent.stop()


def test_an_agent_can_be_killed_started_again_and_stopped_twice(tmp_path: Path) -> None:
    agent = process(tmp_path, "import threading; print('on', flush=True); threading.Event().wait()")
    agent.start()
    agent.check()
    agent.kill()
    with pytest.raises(AgentEnded):
        agent.check()
    agent.start()
    agent.check()
    agent.stop()
    agent.stop()
    agent.check()  # none is running, and none should
