"""Clients' names where none may be: each agent's home is searched for those that its ledger knows.

The promise (SECURITY.md): no client's name in the log, but at the level `debug`. Names belong into
the ledger, its copies and its evidence; nowhere else in a home is a place for them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from agent.model.naming import safe_text

LEDGER = "ledger.sqlite3"
MARKS = frozenset(("agent.lock", "logs"))  # beside a ledger: an agent has lived here
# What must hold names: the ledger with SQLite's own files, its second memory, its copies, what was
# set aside of it, and the configuration, which a person wrote.
PLACES = frozenset(("evidence", "backups", "set-aside"))
LEAST = 6  # characters; shorter names are parts of ordinary words
MOST_TEXT = 64 << 20  # bytes of one file: a log is cut at 10 MB
MOST_WORK = 2 << 30  # names times bytes of one file; beyond it only some of very many names

_LOG = re.compile(r"\.log(\.[0-9]+)?$")
# not only at the begin of a line: a process may be killed, or its disk full, within the one before
_DEBUG = re.compile(rb'(?:\{"at": "[^"]*", "level": "debug"|^\S+ DEBUG  ).*$', re.MULTILINE)
_KNOWN = """
SELECT name FROM clients UNION SELECT name FROM client_folders UNION SELECT name FROM records
UNION SELECT folder FROM client_folders
"""


def holds_names(path: str, home: str | None = None) -> bool:
    """Whether the file is one of those that must hold names; without `home`, of any agent's."""
    *inside, name = (os.path.relpath(path, home) if home is not None else path).split(os.sep)
    return not PLACES.isdisjoint(inside) or name.startswith(LEDGER) or name == "config.toml"


def is_log(path: str) -> bool:
    """Whether it is called like a log, or like one that was rotated away."""
    return _LOG.search(path) is not None


def read_text(path: str) -> bytes:
    """What may hold no name: a log without its lines at the level debug, any other file whole.

    Nothing where the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            text = file.read(MOST_TEXT)
    except OSError:
        return b""
    return _DEBUG.sub(b"", text) if is_log(path) else text


@dataclass(frozen=True)
class Names:
    """The names that the ledger of one home knows; `read` is False where it is broken."""

    home: Path
    texts: tuple[bytes, ...] = ()
    read: bool = True

    @classmethod
    def known_to(cls, home: Path) -> Names:
        """Clients, at Filed as well, and their folders."""
        try:
            found = {os.fsencode(name) for (name,) in _rows(home / LEDGER)}
        except (OSError, sqlite3.Error, UnicodeError):
            return cls(home, read=False)
        return cls(home, tuple(sorted(name for name in found if len(os.fsdecode(name)) >= LEAST)))

    def standing_in(self, path: str) -> list[bytes]:
        """Those that the file holds in any spelling."""
        if not self.texts:
            return []
        # what a test calls its own folder is no name of a client
        text = read_text(path).replace(os.fsencode(self.home.parent), b"")
        step = 1 + len(text) * len(self.texts) // MOST_WORK
        names = self.texts[::step]
        return [name for name in names if any(form in text for form in _forms(name))]


def _rows(ledger: Path) -> list[tuple[str | bytes]]:
    """What the ledger knows; nothing is written beside it, as SQLite does even for reading."""
    wal = ledger.with_name(f"{LEDGER}-wal")
    with tempfile.TemporaryDirectory() as folder:
        if wal.is_file() and wal.stat().st_size:  # the newest rows stand there only
            for part in (ledger, wal):
                shutil.copyfile(part, Path(folder, part.name))
            address = Path(folder, LEDGER).as_uri()
        else:
            address = f"{ledger.as_uri()}?immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return connection.execute(_KNOWN).fetchall()


def _forms(name: bytes) -> set[bytes]:
    """How a log, a repr, JSON or an address would write it."""
    text = os.fsdecode(name)
    spelled = {text, safe_text(text), repr(text)[1:-1], quote(name), json.dumps(text)[1:-1]}
    spelled |= {json.dumps(one, ensure_ascii=False)[1:-1] for one in list(spelled)}
    return {os.fsencode(one) for one in spelled} | {repr(name)[2:-1].encode()}
