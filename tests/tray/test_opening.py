"""What may be opened, and how: folders and loopback pages, never through a shell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.tray import opening
from agent.words import tray as words


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000/enter?key=a", "http://[::1]:80/", "http://localhost:1/#needs"],
)
def test_pages_of_this_machine_may_be_opened(url: str) -> None:
    assert opening.may_open_page(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:8000/",
        "http://127.0.0.1/",  # no port: not the agent's page
        "http://evil.example:8000/",
        "http://127.0.0.1.evil.example:8000/",
        "http://127.0.0.1:80@evil.example:8000/",
        "http://user@127.0.0.1:8000/",
        "http://127.0.0.1:8000/\n",
        "http://127.0.0.1:99999/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "-h",
        "",
        "http://[",
    ],
)
def test_nothing_else_is_a_page(url: str) -> None:
    assert not opening.may_open_page(url)
    assert not opening.open_page(url)


def test_only_folders_that_are_there_may_be_opened(fresh: Path) -> None:
    file = fresh / "run.sh"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    assert opening.may_open_folder(str(fresh))
    for path in (str(file), str(fresh / "gone"), "relative", ".", "", f"{fresh}\0", "-h", "~"):
        assert not opening.may_open_folder(path), path
        assert not opening.open_folder(path), path


@pytest.fixture
def opener(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An xdg-open and a terminal that note their words; gives the notes."""
    notes = fresh / "notes"
    for name in ("xdg-open", "xterm"):
        script = fresh / name
        script.write_text(f"#!/bin/sh\nprintf '%s|' \"$@\" > '{notes}'\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fresh}{os.pathsep}/bin")
    return notes


@pytest.mark.skipif(os.name == "nt", reason="no shell scripts on Windows")
@pytest.mark.parametrize(
    "name", ["a b", "$(touch x)", "`id`", "; rm -rf x", "-rf", "Müller & Söhne"]
)
def test_a_name_is_one_word_whatever_it_says(fresh: Path, opener: Path, name: str) -> None:
    folder = fresh / name
    folder.mkdir()
    assert opening.open_folder(str(folder))
    assert opener.read_text() == f"{folder}|"


@pytest.mark.skipif(os.name == "nt", reason="no shell scripts on Windows")
def test_without_an_opener_nothing_is_opened(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fresh))
    assert not opening.open_folder(str(fresh))
    assert not opening.open_page("http://127.0.0.1:8000/")
    assert not opening.open_terminal(["x"], "linux")


@pytest.mark.skipif(os.name == "nt", reason="no shell scripts on Windows")
def test_an_opener_that_fails_has_not_opened(fresh: Path, opener: Path) -> None:
    (fresh / "xdg-open").write_text("#!/bin/sh\nexit 4\n")
    assert not opening.open_folder(str(fresh))


@pytest.mark.skipif(os.name == "nt", reason="no shell scripts on Windows")
def test_a_terminal_gets_the_command_as_words(
    fresh: Path, opener: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(fresh))
    (fresh / "xterm").write_text(f"#!/bin/sh\nprintf '%s|' \"$@\" > '{opener}'\n")
    assert opening.open_terminal(["a b", "login"], "linux")
    opening._left[-1].wait(20)
    assert opener.read_text() == f"-e|/bin/sh|-c|{opening.WAITS}|sh|a b|login|"


@pytest.mark.skipif(os.name == "nt", reason="no shell scripts on Windows")
def test_a_terminal_stays_open_until_enter_and_no_word_is_the_shell_s_text(
    fresh: Path, opener: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a terminal runs what it is told, and hangs up nothing."""
    monkeypatch.setenv("PATH", f"{fresh}{os.pathsep}/bin{os.pathsep}/usr/bin")
    script = f"#!/bin/sh\nshift\nprintf '\\n' | \"$@\" > '{opener}' 2>&1\n"
    (fresh / "xterm").write_text(script)
    (fresh / "x-terminal-emulator").symlink_to(fresh / "xterm")
    (fresh / "xterm").chmod(0o755)
    word = f"$(touch {fresh}/x); '\" `id`"
    assert opening.open_terminal(["printf", "%s|", word, "login"], "linux")
    assert opening._left[-1].wait(20) == 0
    assert opener.read_text() == f"{word}|login|\n{words.PRESS_ENTER} "
    assert not (fresh / "x").exists()


def test_its_own_command_names_this_interpreter() -> None:
    assert opening.own_command("tray")[1:] == ["-m", "agent", "tray"]
