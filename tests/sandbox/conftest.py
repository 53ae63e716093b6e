"""A running sandbox with a clock that jumps, and a caller who has signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.sandbox.server import Sandbox
from tests.sandbox.caller import Caller, JumpingClock


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: JumpingClock) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "state", clock=clock) as running:
        yield running


@pytest.fixture
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    caller = Caller(sandbox)
    caller.sign_in()
    yield caller
    caller.close()


def switch(sandbox: Sandbox, **changes: object) -> None:
    """Change some switches of a running sandbox."""
    sandbox.switches = replace(sandbox.switches, **changes)  # type: ignore[arg-type] # by name
