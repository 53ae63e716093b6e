"""SECURITY.md names tests that are there, and every safety promise of the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGE = (TOP / "SECURITY.md").read_text("utf-8")


def named() -> list[str]:
    """Every file, folder or pattern of the tests that stands in backquotes."""
    found = re.findall(r"`((?:tests/|test_)[^`]+)`", PAGE)
    return [path if path.startswith("tests/") else f"tests/security/{path}" for path in found]


@pytest.mark.parametrize("path", named())
def test_a_test_that_the_page_names_is_there(path: str) -> None:
    assert list(TOP.glob(path)), path


def test_the_page_names_every_room_of_these_tests() -> None:
    told = {found for path in named() for found in TOP.glob(path)}
    here = set(Path(__file__).parent.glob("test_*.py"))
    spared = {"test_page.py", "test_left_behind.py"}
    assert {path.name for path in here - told} <= spared


@pytest.mark.parametrize("promise", [f"S{number}" for number in range(1, 11)])
def test_every_promise_of_the_contract_stands_on_the_page(promise: str) -> None:
    assert f"({promise})" in PAGE


def test_it_is_a_page_or_two() -> None:
    assert len(PAGE.split()) < 1400
    assert max(map(len, PAGE.splitlines())) < 400
