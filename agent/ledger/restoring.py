"""Restoring: a damaged or lost ledger is set aside, and the newest sound copy takes its place.

Every step may be the last before a power cut; the next start looks at what lies there and goes on:
the copy is made ready first, so that a full disk moves nothing; then the story is written, the
ledger's file is moved away with its -wal and -shm, and the copy is renamed into its place. What
was done after the copy comes from the evidence (keeping.py). Nothing is deleted or overwritten.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

from agent.errors import LedgerTrouble
from agent.ledger.backups import Backups, Copy, shown_time
from agent.ledger.beside import Beside
from agent.ledger.durable import replace_file, sync_file, sync_folder
from agent.ledger.soundness import applied_to, damage_in, reading
from agent.model.incident import Incident

log = logging.getLogger(__name__)


def restore(beside: Beside, incident: Incident) -> Incident:
    """Put the newest sound copy, or nothing, where the damaged ledger was; what was done.

    Raises LedgerTrouble; then the damaged ledger may still lie where it was.
    """
    try:
        copy, unsound = _ready(beside)
        aside = incident.aside or str(_free(beside, incident.at))
        left = any(part.exists() for part in beside.parts)
        told = replace(
            incident,
            backup_of=None if copy is None else copy.at,
            aside=aside if left else incident.aside,
            unsound=unsound,
        )
        write_story(beside, told)
        if left:
            set_aside(beside, Path(aside))
        if copy is not None:
            beside.restored.rename(beside.ledger)
            sync_folder(beside.ledger.parent)
    except OSError as error:
        raise LedgerTrouble(f"The ledger cannot be restored: {error.strerror}.") from error
    return told


def _ready(beside: Beside) -> tuple[Copy | None, int]:
    """The newest copy that is sound, ready to be renamed; how many were passed over before."""
    beside.restored.unlink(missing_ok=True)
    unsound = 0
    for copy in Backups(beside.backups).all():
        if _usable(copy.path):
            shutil.copyfile(copy.path, beside.restored)
            beside.restored.chmod(0o600)
            sync_file(beside.restored)
            if _usable(beside.restored):  # read again: the disk may be failing
                return copy, unsound
            beside.restored.unlink()
        log.warning("a copy of the ledger is not sound and is passed over: %s", copy.path.name)
        unsound += 1
    return None, unsound


def _usable(copy: Path) -> bool:
    """Whether a copy is sound, a ledger, and not of a newer version."""
    try:
        with reading(copy) as connection:
            sound = damage_in(connection, thorough=True) is None
            return sound and bool(applied_to(connection))
    except (sqlite3.Error, LedgerTrouble):
        return False


def set_aside(beside: Beside, folder: Path) -> None:
    """Move the ledger's file and what SQLite keeps beside it into `folder`, under their names.

    The file itself goes first: what is left of the others is then never taken for another one's.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in beside.parts:
        if part.exists():
            target = folder / part.name
            number = 1
            while target.exists():
                number += 1
                target = folder / f"{part.name}.{number}"
            part.rename(target)
    sync_folder(folder)
    sync_folder(folder.parent)
    sync_folder(beside.ledger.parent)


def keep_aside(beside: Beside, path: Path, at: float) -> str | None:
    """Copy a file that will be replaced into a dated folder; its name, None: there is no file."""
    if not path.exists():
        return None
    folder = _free(beside, at)
    try:
        folder.mkdir(mode=0o700, parents=True)
        shutil.copyfile(path, folder / path.name)
        (folder / path.name).chmod(0o600)
        sync_file(folder / path.name)
        sync_folder(folder)
    except OSError as error:
        raise LedgerTrouble(f"The ledger's evidence cannot be kept: {error.strerror}.") from error
    return str(folder)


def _free(beside: Beside, at: float) -> Path:
    """A dated folder that nothing was set aside into before."""
    name, number = shown_time(at), 1
    while (folder := beside.aside / (name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    return folder


def read_story(beside: Beside) -> Incident | None:
    """What a restoration that was killed had found; None: none was."""
    try:
        return Incident.read(beside.story.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return None


def write_story(beside: Beside, incident: Incident) -> None:
    """Keep what was found until it stands in the ledger; whole or not at all."""
    beside.story.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(beside.story, incident.text().encode())


def end_story(beside: Beside) -> None:
    """It stands in the ledger now."""
    with contextlib.suppress(OSError):
        beside.story.unlink(missing_ok=True)
        beside.suspect.unlink(missing_ok=True)
