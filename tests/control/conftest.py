"""An open door for tests that do nothing to it that stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.control.attending import Board, Opened, opened


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Opened]:
    with opened(tmp_path / "home", Board()) as found:
        yield found
