"""Disks for a test, cleaned up after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.fault_fs import FaultyDisk, need_fuse
from tests.kit.mounts import Mounts, need_mounts


@pytest.fixture
def faulty(fresh: Path) -> Iterator[FaultyDisk]:
    """A faulty disk, mounted."""
    need_fuse()
    with FaultyDisk(fresh / "disk") as disk:
        yield disk


@pytest.fixture
def mounts(fresh: Path) -> Iterator[Mounts]:
    """Mounts of the test's own."""
    need_mounts(fresh)
    with Mounts() as made:
        yield made
