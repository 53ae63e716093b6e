"""Every row of the tables of bad inputs is a test that carries its id, or is listed with a reason.

The table is tests/rows.toml. Ids are read from the source: tokens of the names of test functions
(`test_F14_...`) and ids of cases (`"N01-line-break"`).
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
SIZES = {"N": 16, "F": 23, "C": 14, "R": 26, "E": 12}
IN_NAME = re.compile(r"([NFCRE])0?([0-9]{1,2})", re.IGNORECASE)
IN_CASE = re.compile(r"((?:[NFCRE][0-9]{2}-)+)[a-z0-9]")


def table() -> dict[str, dict[str, str]]:
    with (TESTS / "rows.toml").open("rb") as file:
        return tomllib.load(file)


def rows() -> set[str]:
    told = table()
    return {f"{letter}{number}" for letter in SIZES for number in told[letter]}


def ids_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each id with the name of the test, or of the case, that carries it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for found in map(IN_NAME.fullmatch, node.name.split("_")):
                if found:
                    yield f"{found[1].upper()}{int(found[2]):02}", node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            case = IN_CASE.match(node.value)
            for token in case[1].split("-")[:-1] if case else ():
                yield token, node.value


@cache
def found_tests() -> dict[str, list[str]]:
    """The tests of each row, as `file::name`."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        if path == Path(__file__):
            continue
        for row, name in ids_in(ast.parse(path.read_text(encoding="utf-8"))):
            found[row].append(f"{path.relative_to(TESTS).as_posix()}::{name}")
    return found


def test_the_table_has_every_row_once() -> None:
    told = table()
    for letter, size in SIZES.items():
        assert list(told[letter]) == [f"{number:02}" for number in range(1, size + 1)]
        assert all(told[letter].values())
    assert len(rows()) == 91


def test_every_row_has_a_test_or_a_reason_and_never_both() -> None:
    found, reasons = found_tests(), table()["cannot"]
    assert [row for row in sorted(rows()) if row not in found and row not in reasons] == []
    assert {row: found[row] for row in reasons if row in found} == {}
    assert set(reasons) <= rows()
    assert all(reason.endswith(".") for reason in reasons.values())


def test_what_only_another_system_can_show_belongs_to_a_row_that_has_tests() -> None:
    found, parts = found_tests(), table()["elsewhere"]
    assert [row for row in parts if row not in found] == []
    assert all(part.endswith(".") for part in parts.values())


def test_no_test_carries_the_id_of_a_row_that_there_is_not() -> None:
    found = found_tests()
    assert {row: names for row, names in found.items() if row not in rows()} == {}


def test_ids_are_found_in_names_and_cases_and_nowhere_else() -> None:
    source = """
def test_F14_c9_utf_8_F1040_of_r2():
    '''E05: a docstring.'''
    return "N01-N02-line-break", "N3-short", "R07", "see E11-"
"""
    assert sorted(row for row, _ in ids_in(ast.parse(source))) == [
        "C09",
        "F14",
        "N01",
        "N02",
        "R02",
    ]
