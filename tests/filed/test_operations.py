"""The documents that are sent fit Filed's graph as far as it is known."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from agent.filed.question import document

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "agent/filed/operations").glob("*.graphql"))


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_is_valid_in_filed_s_graph(name: str) -> None:
    schema = build_schema((ROOT / "agent/sandbox/platform.graphql").read_text(encoding="utf-8"))
    text, operation = document(name)
    parsed = parse(text)
    assert validate(schema, parsed) == []
    assert len(parsed.definitions) == 1
    assert f" {operation}" in text


def test_the_operations_are_part_of_the_package() -> None:
    assert len(NAMES) == 6
    folder = files("agent.filed") / "operations"
    assert sorted(each.name for each in folder.iterdir()) == [f"{name}.graphql" for name in NAMES]
