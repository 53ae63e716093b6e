"""Each case says where it comes from, so that a failure shows it."""

from __future__ import annotations

import pytest

from tests.life.regressions.origin import KEPT_AS


@pytest.fixture(autouse=True)
def _origin(request: pytest.FixtureRequest) -> None:
    print(f"origin: {getattr(request.function, KEPT_AS)}")
