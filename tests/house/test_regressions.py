"""Each regression says where it comes from: a seed with its world, or that it was built by hand."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import FunctionType

import pytest

from tests.life import regressions
from tests.life.regressions.origin import KEPT_AS, Origin

FOLDER = Path(regressions.__path__[0])
COMMIT = re.compile(r"[0-9a-f]{7,40}")


def cases() -> list[FunctionType]:
    modules = (
        importlib.import_module(f"{regressions.__name__}.{path.stem}")
        for path in sorted(FOLDER.glob("test_*.py"))
    )
    return [
        value
        for module in modules
        for name, value in vars(module).items()
        if name.startswith("test_") and isinstance(value, FunctionType)
    ]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.__name__)
def test_each_regression_states_its_origin(case: FunctionType) -> None:
    origin = getattr(case, KEPT_AS, None)
    assert isinstance(origin, Origin), f"{case.__name__} does not say where it comes from"
    assert origin.world
    assert COMMIT.fullmatch(origin.failed_at)
    assert COMMIT.fullmatch(origin.mended_by)
    assert origin.failed_at != origin.mended_by
    assert origin.seed is None or (origin.seed >= 0 and origin.broke)


def test_some_regressions_come_from_seeds_and_all_are_found() -> None:
    assert len(cases()) >= 12
    assert any(getattr(case, KEPT_AS).seed is not None for case in cases())
