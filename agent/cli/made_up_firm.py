"""The made-up tax firm of the demo: its clients, its folders, and what became of each file."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

COMPANY_YEAR = 2025
COMPANIES = (
    "Alder Grove Bakery LLC",
    "Blue Heron Dental PC",
    "Cobblestone Cycles Inc",
    "Driftwood Design Studio",
    "Elm Street Veterinary",
    "Foxglove Florists LLC",
    "Granite Peak Roofing Co",
)
PEOPLE = (
    "Abernathy, Nora",
    "Bellweather, Otis",
    "Castellan, Priya & Remy",
    "Dunmore, Silas",
    "Eastlake, Tamsin",
    "Fairbrook, Ulric",
    "Greenhalgh, Viola",
    "Hawthorn, Wesley",
    "Inglebright, Xenia",
    "Jansson, Åsa",
    "Kestrel, Zane",
    "Lindqvist, Maja",
    "Marlowe, Quentin",
    "Núñez, Beatriz",
    "Oakhurst, Cyrus",
    "Pemberton, Dahlia",
    "Quillfeather, Ezra",
)
PORTABLE_ODD = "O'Mara & 佐藤 🦊 100%"
POSIX_ODD = 'O\'Mara "Ace" <b>&amp; 佐藤 🦊 100%'


class Fate(StrEnum):
    """What has to become of a file."""

    filed = "filed"
    waits = "waits"
    ignored = "ignored"


@dataclass(frozen=True)
class ClientFolder:
    """A folder that stands for a client; the IDs are worked out here, without the agent's code."""

    path: Path
    name: str
    year: int

    @property
    def external_id(self) -> str:
        """What the configuration's template "{client}-{tax_year}" has to give."""
        return f"{self.name}-{self.year}"


@dataclass
class MadeFile:
    """A made-up file where it lies now. `reason` is the code with which it has to wait.

    `early` holds (SHA-256, size) of contents that it had before: filed or not, both are right.
    """

    path: Path
    client: ClientFolder | None
    fate: Fate = Fate.filed
    reason: str | None = None
    early: set[tuple[str, int]] = field(default_factory=set)


class Firm:
    """The firm's disk: two watched folders, the clients in them, and the files made so far."""

    def __init__(self, folder: Path, rng: random.Random, *, odd_names: bool) -> None:
        """`odd_names`: the disk takes quotes, angle brackets and line breaks in names."""
        self.people = folder / "Individuals"
        self.companies = folder / "Companies"
        self.rng = rng
        self.odd_names = odd_names
        self.files: list[MadeFile] = []
        self._contents: set[tuple[str, str]] = set()  # (external ID, SHA-256)
        names = (*PEOPLE, POSIX_ODD if odd_names else PORTABLE_ODD)
        self.clients = [
            ClientFolder(self.companies / name, name, COMPANY_YEAR) for name in COMPANIES
        ]
        for number, name in enumerate(names):
            year = 2024 if number % 4 == 3 else 2025
            self.clients.append(ClientFolder(self.people / str(year) / name, name, year))

    def open_doors(self) -> None:
        """Make the folder of every client."""
        for client in self.clients:
            client.path.mkdir(parents=True)

    def save(
        self,
        path: Path,
        data: bytes,
        client: ClientFolder | None,
        fate: Fate = Fate.filed,
        reason: str | None = None,
    ) -> MadeFile:
        """Write a whole file and remember what has to become of it."""
        path.write_bytes(data)
        if client is not None and fate is Fate.filed:
            self._contents.add((client.external_id, fingerprint(data)[0]))
        return self._keep(MadeFile(path, client, fate, reason))

    def note(self, made: MadeFile) -> MadeFile:
        """Remember a file that is written in some other way, unlike any other."""
        if made.client is not None and made.fate is Fate.filed:
            self._contents.add((made.client.external_id, str(made.path)))
        return self._keep(made)

    def _keep(self, made: MadeFile) -> MadeFile:
        self.files.append(made)
        return made

    @property
    def documents(self) -> int:
        """How many documents these files are: a copy for the same client does not count."""
        return len(self._contents)

    def fated(self, fate: Fate) -> list[MadeFile]:
        """The files with this fate."""
        return [made for made in self.files if made.fate is fate]


def fingerprint(data: bytes) -> tuple[str, int]:
    """SHA-256 and size of a content."""
    return hashlib.sha256(data).hexdigest(), len(data)


def fingerprint_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file as it lies on the disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
