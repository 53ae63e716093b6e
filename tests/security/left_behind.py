"""What a whole test run left behind, searched for secrets: every log and every ledger of every
agent that any test started (reliability notes, section 6)."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from agent.sandbox.tokens import DEFAULT_ACCOUNTS

# The sandbox's own bytes are the tests' documents; a log or ledger is told by its name or place.
NAMES = re.compile(r"\.log(\.[0-9]+)?$|\.sqlite3|^agent\.lock$")
PLACES = frozenset(("evidence", "backups", "set-aside", "logs"))
BLOCK = 1 << 20
OVERLAP = 4096  # no secret of the sandbox is longer

KEYS = b"|".join(re.escape(account.api_key.encode()) for account in DEFAULT_ACCOUNTS)
# a key of the sandbox, or a signed token of whatever server
SECRET = re.compile(rb"(?<![\w-])(?:" + KEYS + rb")(?![\w-])|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{16,}")


def secrets_in(folder: Path) -> list[str]:
    """Where under `folder` a log or ledger holds a secret: path and the first few characters."""
    found = []
    for path in _records(folder):
        secret = _first_secret(path)
        if secret is not None:
            found.append(f"{str(path)!a}: {secret[:12].decode()}...")
    return found


def _records(folder: Path) -> Iterator[Path]:
    """Logs and ledgers; folders that cannot be listed (tests make such) are passed over."""
    for place, _, names in os.walk(folder):
        placed = not PLACES.isdisjoint(place.split(os.sep))
        for name in names:
            if placed or NAMES.search(name):
                yield Path(place, name)


def _first_secret(path: Path) -> bytes | None:
    """The first secret in a file that may be large, or None."""
    before = b""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                hit = SECRET.search(before + block)
                if hit:
                    return hit[0]
                before = block[-OVERLAP:]
    except OSError:  # a test took the right to read it away, or it has just gone
        return None
    return None
