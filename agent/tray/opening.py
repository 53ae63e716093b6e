"""Opening a folder or the page on this desktop; no name or address ever is a shell's text.

Only what cannot start a program: folders that are there, by their absolute path, and pages of
this machine's loopback.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from agent.words.tray import PRESS_ENTER

LOOPBACK = ("127.0.0.1", "::1", "localhost")
NEW_CONSOLE = 0x10  # CREATE_NEW_CONSOLE of Windows
LONGEST = 20.0  # seconds an opener may take before it is left alone
TERMINALS = (  # and how each is told what to run; Debian's own choice first
    ("x-terminal-emulator", "-e"),
    ("gnome-terminal", "--"),
    ("konsole", "-e"),
    ("xfce4-terminal", "-x"),
    ("xterm", "-e"),
)
# a fixed text; the command comes as words of their own. Few terminals stay open by themselves.
WAITS = f"\"$@\"; printf '\\n%s ' '{PRESS_ENTER}'; read -r _"
_left: list[subprocess.Popen[bytes]] = []  # windows that may still be open; asked after, later


def may_open_page(url: str) -> bool:
    """Whether it is a page of this machine, without credentials in it."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "http"
            and parts.hostname in LOOPBACK
            and parts.port is not None
            and parts.username is None
            and url.isprintable()
        )
    except ValueError:
        return False


def may_open_folder(path: str) -> bool:
    """Whether it is a folder, by a path from the top. Asks the disk."""
    return os.path.isabs(path) and "\0" not in path and os.path.isdir(path)


def open_page(url: str) -> bool:
    """Open the page in the browser; False where it may not or cannot be."""
    return may_open_page(url) and _opened(url)


def open_folder(path: str) -> bool:
    """Show the folder; False where it may not or cannot be."""
    return may_open_folder(path) and _opened(path)


def own_command(*arguments: str) -> list[str]:
    """This program once more, as a command line."""
    frozen = getattr(sys, "frozen", False)
    return [sys.executable, *(() if frozen else ("-m", "agent")), *arguments]


def open_terminal(command: Sequence[str], system: str = sys.platform) -> bool:
    """Run a command where a person can answer it and read how it ended; False where no terminal
    is found."""
    if system == "win32":
        return _started(["cmd", "/k", *command], NEW_CONSOLE)
    if system == "darwin":
        script = 'on run told\ntell application "Terminal"\nactivate\ndo script (item 1 of told)\n'
        text = " ".join(_quoted(word) for word in command)
        return _started(["osascript", "-e", f"{script}end tell\nend run", text])
    known = ((shutil.which(name), option) for name, option in TERMINALS)
    found = next(((name, option) for name, option in known if name is not None), None)
    return found is not None and _started([*found, "/bin/sh", "-c", WAITS, "sh", *command])


def _opened(what: str) -> bool:
    if sys.platform == "win32":
        opened = True
        try:
            os.startfile(what)  # noqa: S606 - a folder or a loopback page, seen to above
        except OSError:
            opened = False
    else:
        opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
        opened = opener is not None and _ended_well([opener, what])
    return opened


def _ended_well(command: Sequence[str]) -> bool:
    """Wait for it to end; one that stays with its window has opened it."""
    try:
        process = _popen(command)
    except OSError:
        return False
    try:
        return process.wait(LONGEST) == 0
    except subprocess.TimeoutExpired:
        return True


def _started(command: Sequence[str], flags: int = 0) -> bool:
    try:
        _popen(command, flags)
    except OSError:
        return False
    return True


def _popen(command: Sequence[str], flags: int = 0) -> subprocess.Popen[bytes]:
    _left[:] = [process for process in _left if process.poll() is None]
    quiet = None if flags else subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - a list of words, and no shell
        command,
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,
        creationflags=flags,
    )
    _left.append(process)
    return process


def _quoted(word: str) -> str:
    """A word for the shell that Terminal starts."""
    return "'" + word.replace("'", "'\\''") + "'"
