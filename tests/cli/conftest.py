"""A sandbox and a firm for each test that asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.cli.firm import Firm


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "sandbox", Switches(task_polls=1)) as imitation:
        yield imitation


@pytest.fixture
def firm(tmp_path: Path, sandbox: Sandbox) -> Firm:
    return Firm.found(tmp_path / "firm", sandbox)
