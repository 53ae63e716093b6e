"""What the pages say is what the code does."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from agent import __version__, errors
from agent.config.settings import Section, Settings
from agent.model import client, document, file

TOP = Path(__file__).parents[2]


def rows(page: str, first: str) -> list[list[str]]:
    """The cells of the table whose header begins with `first`."""
    lines = page.split(f"| {first} |", 1)[1].split("\n")[2:]
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return table


def words(cell: str) -> set[str]:
    return {word.strip() for word in cell.split(",") if word.strip()}


def test_file_table_equals_the_moves() -> None:
    table = rows((TOP / "agent/README.md").read_text(encoding="utf-8"), "state")
    told = {row[0]: words(row[2]) for row in table}
    assert told == {state: set(moves) for state, moves in file.MOVES.items()}


def test_document_table_equals_the_moves_and_needs() -> None:
    table = rows((TOP / "agent/README.md").read_text(encoding="utf-8"), "stage")
    assert {row[0]: words(row[3]) for row in table} == {
        stage: set(moves) for stage, moves in document.MOVES.items()
    }
    assert {row[0]: words(row[2]) for row in table} == {
        stage: set(needs) for stage, needs in document.NEEDS.items()
    }


@pytest.mark.parametrize(
    ("states", "moves", "needs"),
    [
        (file.FileState, file.MOVES, file.NEEDS),
        (document.Stage, document.MOVES, document.NEEDS),
        (client.ClientState, client.MOVES, client.NEEDS),
    ],
)
def test_every_state_has_its_moves_and_needs(
    states: type[StrEnum], moves: Mapping[str, object], needs: Mapping[str, object]
) -> None:
    assert set(moves) == set(needs) == set(states)


def keys(section: type[Section]) -> set[str]:
    return set(section.model_fields)


def test_every_room_stands_in_the_table_of_layers() -> None:
    page = (TOP / "agent/README.md").read_text(encoding="utf-8")
    table = " ".join(row[1] for row in rows(page, "layer"))
    rooms = {path.parent.name for path in (TOP / "agent").glob("*/__init__.py")}
    assert {room for room in rooms if f"`{room}`" not in table} == set()


def test_every_section_of_the_configuration_is_in_the_readme() -> None:
    page = (TOP / "README.md").read_text(encoding="utf-8")
    assert [name for name in keys(Settings) if f"[{name}]" not in page] == []


def all_errors(root: type[errors.AgentError]) -> list[type[errors.AgentError]]:
    below = [one for kind in root.__subclasses__() for one in all_errors(kind)]
    return [kind for kind in (root, *below) if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("error", all_errors(errors.AgentError))
def test_every_error_has_words_and_stands_in_the_tree(error: type[errors.AgentError]) -> None:
    assert error.title
    assert error.advice.endswith(".")
    assert 1 <= error.exit_code <= 6
    assert re.search(rf"\b{error.__name__}\b", errors.__doc__ or "")


def test_version_is_told_once() -> None:
    project = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in project
    assert f"## {__version__}" in (TOP / "CHANGELOG.md").read_text(encoding="utf-8")


def test_nothing_names_a_machine_or_a_registry() -> None:
    pattern = r"(^|[^a-z.])/(work|farm)/|pypi\.org|registry\.npmjs|deb\.debian"
    found = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", ".", ":!tests/house/test_pages.py"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ""
    assert found.returncode == 1
