"""Opens a folder on the desktop of this machine, where the agent runs within one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from agent.control.accounts import own_uid
from agent.control.located import locate
from agent.control.refused import Refused
from agent.control.roles import Caller
from agent.model.naming import safe_text
from agent.system.asking_paths import within
from agent.words import door as said

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger

SHOWN_SECONDS = 5.0  # a file manager that stays in the foreground is left alone


def open_folder(ledger: Ledger, path: str, caller: Caller) -> str:
    """Open the folder, or that in which the file lies; a sentence. Raises Refused.

    Only folders in a watched one, for the desktop is that of the agent's account and not of
    whoever asks.
    """
    if (caller.uid is not None and caller.uid != own_uid()) or not has_desktop():
        raise Refused(said.NO_DESKTOP)
    place = locate(ledger, path)
    if place is None:
        raise Refused(said.NOT_WATCHED)
    if place.root.unavailable is not None:
        raise Refused(said.FOLDER_AWAY.format(why=safe_text(place.root.unavailable)))
    try:
        folder = within(path, lambda: _folder_of(path, is_root=not place.below))
    except TimeoutError:
        raise Refused(said.NO_ANSWER) from None
    if folder is None:
        raise Refused(said.NO_FOLDER)
    _show(folder)
    return said.OPENED


def _folder_of(path: str, *, is_root: bool) -> str | None:
    """The folder itself, or that in which the file lies; None where there is none."""
    folder = path if is_root or os.path.isdir(path) else os.path.dirname(path)
    return folder if os.path.isdir(folder) else None


def has_desktop() -> bool:
    """Whether this process may open windows."""
    if sys.platform in ("win32", "darwin"):
        return True
    else:  # noqa: RET505  # mypy needs both branches to leave one out on each platform
        return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _show(folder: str) -> None:
    if sys.platform == "win32":
        os.startfile(folder, "explore")  # noqa: S606 - a folder, in the file manager
        return
    else:  # noqa: RET505  # as above
        # on macOS a folder may be a program: -R shows it in the one above instead of starting it
        command = ["open", "-R", folder] if sys.platform == "darwin" else ["xdg-open", folder]
        try:
            shown = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            raise Refused(said.NO_DESKTOP) from None
        try:
            if shown.wait(SHOWN_SECONDS) != 0:
                raise Refused(said.NO_DESKTOP)
        except subprocess.TimeoutExpired:
            return
