"""Who the cases of the contract are run against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.filed_peers import (
    FiledPeer,
    InSandbox,
    Peer,
    at_official_server,
    in_memory,
    in_sandbox,
)

MEMORY = pytest.param(in_memory, id="memory")
SANDBOX = pytest.param(in_sandbox, id="sandbox", marks=pytest.mark.slow)
OFFICIAL = pytest.param(
    at_official_server, id="official tus server", marks=[pytest.mark.slow, pytest.mark.system]
)


@pytest.fixture(params=[MEMORY, SANDBOX, OFFICIAL])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    """Someone who takes uploads."""
    with request.param(tmp_path) as opened:
        yield opened


@pytest.fixture(params=[SANDBOX, OFFICIAL])
def far_peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    """Someone who takes uploads over a real line."""
    with request.param(tmp_path) as opened:
        yield opened


@pytest.fixture(params=[MEMORY, SANDBOX])
def filed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FiledPeer]:
    """Someone with clients and binders."""
    with request.param(tmp_path) as opened:
        yield opened


@pytest.fixture
def sandboxed(tmp_path: Path) -> Iterator[InSandbox]:
    """The sandbox alone, for what the double in memory has no word for."""
    with in_sandbox(tmp_path) as opened:
        yield opened
