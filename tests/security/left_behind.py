"""What a whole test run left behind, searched for keys, tokens, memory images and clients' names.

Keys and tokens may stand nowhere: logs, ledgers with their -wal, evidence, backups, what a process
said, notes of strace, consoles of guests, whatever has a name that nobody thought of. So every file
is read, save the few that `Remains.to_search` leaves out. For names see tests/security/names_left.
"""

from __future__ import annotations

import base64
import os
import re
import stat
import time
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.sandbox.tokens import DEFAULT_ACCOUNTS
from tests.security.names_left import LEDGER, MARKS, Names, holds_names, is_log, read_text

# Made up for the search: the key stands in test_canary.py only, the name in the demo's firm too.
CANARY_KEY = "fk-canary-5b1f0c9a7e"
CANARY_CLIENT = "Quillfeather Zwicky"
CANARY_NAME = b"Quillfeather"

BLOCK = 1 << 20
OVERLAP = 4096  # no secret of the sandbox is longer
MOST_BYTES = 4 << 30  # read in all; homes come first, then small files before large ones
# the sandbox keeps the bytes of each upload under its ID
UPLOAD = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
MEMORY_IMAGE = re.compile(rb"\x7fELF.{12}(?:\x04\x00|\x00\x04)", re.DOTALL)  # ELF of type ET_CORE

_KEYS = [one.api_key.encode() for one in DEFAULT_ACCOUNTS] + [CANARY_KEY.encode()]
_CODED = [base64.b64encode(key)[: len(key) * 4 // 3] for key in _KEYS]
# a key, plain or in base64, or a signed token of whatever server
SECRET = re.compile(
    rb"(?<![\w-])(?:" + b"|".join(map(re.escape, _KEYS)) + rb")(?![\w-])"
    rb"|" + b"|".join(map(re.escape, _CODED)) + rb"|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{16,}"
)
# one of them begins every secret; looking for these first is twenty times as fast
_BEGINNINGS = (b"sandbox-", b"fk-canary-", b"eyJ", *{coded[:11] for coded in _CODED})


@dataclass(frozen=True)
class Left:
    """One file that was left, and the agent's home that it lies in."""

    path: str
    size: int
    home: str | None


@dataclass
class Remains:
    """The files under one folder, and what the agents' own files say of them.

    Paths are texts and each folder is judged once: a run leaves a hundred thousand files.
    """

    files: list[Left] = field(default_factory=list)
    homes: dict[str, str] = field(default_factory=dict)  # folder -> the home that it is part of
    roots: set[str] = field(default_factory=set)  # watched folders

    @classmethod
    def under(cls, base: Path) -> Remains:
        """All of them; folders that cannot be listed (tests make such) are passed over."""
        remains = cls()
        for place, folders, names in os.walk(base):
            home = remains.homes.get(os.path.dirname(place))
            if LEDGER in names and not MARKS.isdisjoint([*names, *folders]):
                home = place
            if home is not None:
                remains.homes[place] = home
            for name in names:
                remains._take(os.path.join(place, name), home)
        # no configuration may take a home out of the search by watching what is around it
        around = {above.as_posix() for home in remains.homes for above in Path(home).parents}
        remains.roots -= around
        return remains

    def _take(self, path: str, home: str | None) -> None:
        try:
            found = os.lstat(path)
        except OSError:  # it has just gone, or its path is too long
            return
        if not stat.S_ISREG(found.st_mode):  # nobody opens the pipes that tests leave
            return
        self.files.append(Left(path, found.st_size, home))
        if path.endswith(".toml"):
            self.roots.update(_watched(path))

    def to_search(self) -> list[Left]:
        """The files that may hold no secret, in the order in which they are worth reading."""
        watched: dict[str, bool] = {}
        kept = [
            file
            for file in self.files
            if file.size  # tests make bursts of ten thousand empty ones
            and not _meant_to_hold(os.path.basename(file.path))
            and (file.home is not None or not self._made_up(file.path, watched))
        ]
        return sorted(kept, key=lambda file: (file.home is None, file.size))

    def _made_up(self, path: str, watched: dict[str, bool]) -> bool:
        """Whether tests made it up as a document: the bulk, and no agent writes there (S5)."""
        if UPLOAD.fullmatch(os.path.basename(path)):
            return True  # the same bytes once more, on Filed's side: as the sandbox got them
        place = os.path.dirname(path)
        if place not in watched:
            above = (place, *map(str, Path(place).parents))
            watched[place] = not self.roots.isdisjoint(above)
        return watched[place]


@dataclass
class Searched:
    """What was searched, and what was found in it."""

    files: int = 0
    bytes: int = 0
    left_out: int = 0  # files for which there was no time
    homes: int = 0
    names: int = 0
    unread: int = 0  # ledgers that tests broke: they could not be asked for names
    seconds: float = 0.0
    found: list[str] = field(default_factory=list)

    def told(self) -> str:
        """One line for people."""
        line = (
            f"Left behind: {self.files} files ({self.bytes / 1e6:.1f} MB) searched for keys, "
            f"tokens and memory images, {self.homes} homes for {self.names} clients' names, "
            f"{self.seconds:.1f} s"
        )
        line += f"; {self.unread} ledgers are broken" if self.unread else ""
        return line + (f"; {self.left_out} files NOT searched" if self.left_out else "") + "."


def search(base: Path, more: Iterable[Path] = ()) -> Searched:
    """Search all that lies under `base`, and the files `more`."""
    began = time.monotonic()
    remains, searched = Remains.under(base), Searched()
    names = {home: Names.known_to(Path(home)) for home in set(remains.homes.values())}
    searched.homes = len(names)
    searched.names = sum(len(known.texts) for known in names.values())
    searched.unread = sum(not known.read for known in names.values())
    for file in [*remains.to_search(), *(Left(str(path), 0, None) for path in more)]:
        if searched.bytes > MOST_BYTES:
            searched.left_out += 1
            continue
        searched.found += _trouble_in(file.path, searched)
        if file.home is not None and not holds_names(file.path, file.home):
            searched.found += [
                _told(file.path, name) for name in names[file.home].standing_in(file.path)
            ]
    searched.seconds = time.monotonic() - began
    return searched


def built(checkout: Path) -> list[Path]:
    """What is made to be handed on, such as the SBOM, and memory images of what tests started.

    Not the notes of earlier test runs: their failures may quote anything.
    """
    places = [checkout / "build", checkout / "dist"]
    made = [path for place in places if place.is_dir() for path in place.iterdir()]
    dumps = checkout.glob("core*")
    return [path for path in (*made, *dumps) if path.is_file() and not is_log(path.name)]


def _trouble_in(path: str, searched: Searched) -> Iterator[str]:
    """The first secret, and the canary's name where no name may be, in a file of any size."""
    before, wanted = b"", {_secret}
    if is_log(path):
        if CANARY_NAME in read_text(path):
            yield _told(path, CANARY_NAME)
    elif not holds_names(path):
        wanted.add(_canary)
    try:
        with open(path, "rb", buffering=0) as file:
            searched.files += 1
            while block := file.read(BLOCK):
                if not before and MEMORY_IMAGE.match(block):
                    yield f"{path!a}: a memory image"
                text = before + block
                hits = {look: hit for look in wanted if (hit := look(text)) is not None}
                wanted -= hits.keys()  # each is told once
                yield from (_told(path, hit) for hit in hits.values())
                before = text[-OVERLAP:]
                searched.bytes += len(block)
    except OSError:  # a test took the right to read it away, or it has just gone
        return


def _secret(text: bytes) -> bytes | None:
    """The first secret in it."""
    if not any(beginning in text for beginning in _BEGINNINGS):
        return None
    hit = SECRET.search(text)
    return hit[0] if hit else None


def _canary(text: bytes) -> bytes | None:
    """The canary's name, if it is there."""
    return CANARY_NAME if CANARY_NAME in text else None


def _meant_to_hold(name: str) -> bool:
    """Where keys are meant to lie: a key file, which test_permissions.py guards, and our code."""
    return name == "api-key" or name.endswith((".py", ".pyc"))


def _told(path: str, what: bytes) -> str:
    """The place and the first few characters of what stands there."""
    return f"{path!a}: {what[:12].decode('utf-8', 'replace')}..."


def _watched(config: str) -> Iterator[str]:
    """The folders that a configuration of the agent names."""
    try:
        folders = tomllib.loads(Path(config).read_text("utf-8")).get("folder", [])
    except (OSError, ValueError):  # tests write wrong ones
        return
    for folder in folders if isinstance(folders, list) else []:
        path = folder.get("path") if isinstance(folder, dict) else None
        if isinstance(path, str) and os.path.isabs(path):
            yield os.path.normpath(path)
