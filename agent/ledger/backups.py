"""The daily copies of the ledger: made whole, checked, numbered, the newest few kept."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import LedgerDamaged, LedgerTrouble
from agent.ledger.durable import sync_folder
from agent.ledger.opening import backup
from agent.ledger.soundness import damage_of, reading
from agent.ledger.trouble import disk_trouble

KEPT = 5
_NAME = re.compile(r"(\d{6,})-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d)\.sqlite3")
_TIME = "%Y-%m-%dT%H-%M-%S"
_NEWEST_LINE = "SELECT coalesce(max(id), 0) FROM history"


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy; `number` orders them whatever the wall clock said, `at` is when it was made."""

    path: Path
    number: int
    at: float


class Backups:
    """The folder of copies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[Copy]:
        """Every copy, the newest first. Raises LedgerTrouble."""
        try:
            found = [_copy_of(path) for path in self._folder.glob("*.sqlite3")]
        except OSError as error:
            raise _trouble(error) from error
        return sorted((one for one in found if one), key=lambda one: one.number, reverse=True)

    def newest(self) -> Copy | None:
        """The newest copy, sound or not."""
        return next(iter(self.all()), None)

    def make(self, live: sqlite3.Connection, at: float) -> Copy:
        """Copy the live ledger, check the copy wholly, keep the newest few.

        Raises LedgerDamaged when the copy is not sound (so the live one is not either, or the disk
        is not), LedgerTrouble when it cannot be written. Writers go on meanwhile.
        """
        newest = self.newest()
        number = newest.number + 1 if newest else 1
        made = self._folder / "being-made"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            backup(live, made)
            if (damage := damage_of(made)) is not None:
                made.unlink()
                raise LedgerDamaged(f"The ledger's daily check found damage ({damage}).")
            path = self._folder / f"{number:06}-{shown_time(at)}.sqlite3"
            made.replace(path)
            sync_folder(self._folder)
            self._prune()
        except OSError as error:
            raise _trouble(error) from error
        return Copy(path, number, at)

    def changed_since(self, copy: Copy | None, live: sqlite3.Connection) -> bool:
        """Whether the live ledger has lines of history that the copy lacks; unsound: True."""
        now = live.execute(_NEWEST_LINE).fetchone()[0]
        if copy is None:
            return bool(now)
        try:
            with reading(copy.path) as old:
                then = old.execute(_NEWEST_LINE).fetchone()[0]
        except sqlite3.Error:
            return True
        return bool(now != then)

    def _prune(self) -> None:
        for copy in self.all()[KEPT:]:
            copy.path.unlink()


def shown_time(at: float) -> str:
    """A time as names of files have it, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime(_TIME)


def _copy_of(path: Path) -> Copy | None:
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    made = datetime.strptime(found[2], _TIME).replace(tzinfo=UTC)
    return Copy(path, int(found[1]), made.timestamp())


def _trouble(error: OSError) -> LedgerTrouble:
    return disk_trouble(error, "The ledger's daily copy cannot be written")
