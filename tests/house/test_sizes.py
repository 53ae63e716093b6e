"""Modules and functions stay small; names stay plain."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
MODULE_MOST = 350
FUNCTION_MOST = 60
BANNED_IN_CLASS_NAMES = ("Manager", "Handler", "Helper", "Utils", "Base", "Impl")


def modules() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return sorted(TOP / name for name in listed if (TOP / name).exists())


def definitions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(TOP)))
def test_module_is_small_and_so_are_its_functions(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MODULE_MOST, f"{path.name} has {lines} lines"
    for node in definitions(path):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if not isinstance(node, ast.ClassDef):
            assert length <= FUNCTION_MOST, f"{node.name} has {length} lines"


def test_class_names_say_what_a_thing_is() -> None:
    names = [
        node.name
        for path in modules()
        for node in definitions(path)
        if isinstance(node, ast.ClassDef) and path.is_relative_to(TOP / "agent")
    ]
    assert len(names) > 100
    assert [name for name in names if name.endswith(BANNED_IN_CLASS_NAMES)] == []


def test_functions_are_short_as_a_rule() -> None:
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in modules()
        for node in definitions(path)
        if not isinstance(node, ast.ClassDef) and path.is_relative_to(TOP / "agent")
    )
    assert lengths[len(lengths) // 2] <= 12, "the median function"
    over_40 = sum(length > 40 for length in lengths)
    assert over_40 <= len(lengths) // 100, f"{over_40} of {len(lengths)} are over 40 lines"
