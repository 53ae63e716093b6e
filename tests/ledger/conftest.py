"""A filled home for the tests of row E2, copied for each damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.kept import Home, filled


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One filled home, copied for each damage; never opened again itself."""
    return filled(tmp_path_factory.mktemp("original"))


@pytest.fixture(scope="session")
def before(original: Home, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return original.copy(tmp_path_factory.mktemp("before")).start()


@pytest.fixture
def copies(original: Home, tmp_path: Path) -> Callable[[], Home]:
    """Copies of the home, each in a folder of its own."""
    numbers = iter(range(1_000_000))
    return lambda: original.copy(tmp_path / str(next(numbers)))
