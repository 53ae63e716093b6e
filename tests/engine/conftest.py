"""An office for a test, closed after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.engine.kit import Office


@pytest.fixture
def opened() -> Iterator[Callable[..., Office]]:
    """Opens offices with what a test wants of them."""
    with ExitStack() as stack:

        def open_one(**wanted: Any) -> Office:
            return stack.enter_context(Office(**wanted))

        yield open_one


@pytest.fixture
def office(opened: Callable[..., Office]) -> Office:
    """An office as it usually is."""
    return opened()
