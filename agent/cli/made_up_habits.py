"""What people really do to files: every habit that has ever torn, doubled or misplaced a document.

Each habit is a list of (share of the day, act, what to tell the viewer).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path
from typing import TypeAlias

from agent.cli import made_up_papers as papers
from agent.cli.made_up_firm import ClientFolder, Fate, Firm, MadeFile, fingerprint
from agent.cli.made_up_lock import HeldFile
from agent.words.show import size_text

Habit: TypeAlias = tuple[float, Callable[[], object], str]

TWO = "two-folders"
BEFORE = -1.0  # before the agent starts
PIECES = 12
STEP = 10 * papers.MIB  # so much of the big scan is written in one step


class Habits:
    """The habits of one firm; every file that they make is noted there."""

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._clients = firm.clients

    def plan(self) -> Iterator[Habit]:
        """All habits but the big scan."""
        yield from self._waiting()
        yield from self._ignored()
        yield from self._copies()
        yield from self._renames()
        yield from self._saves()
        yield from self._slow()
        yield from self._odd_names()

    def big_scan(self, size: int) -> Iterator[Habit]:
        """One scan of `size` bytes, written under another name and then renamed."""
        client = self._clients[2]
        made = MadeFile(client.path / "Ledger scans 2025.pdf", client)
        under_way = made.path.with_name(made.path.name + ".part")
        parts = papers.pdf_parts(self._firm.rng, "General ledger, scanned (made up)", size)
        steps = max(1, -(-size // STEP))
        pieces = STEP // papers.MIB
        yield 0.02, under_way.touch, f"a scan of {size_text(size)} arrives, bit by bit"

        def more() -> None:
            with under_way.open("ab") as file:
                for part in islice(parts, pieces):
                    file.write(part)

        def arrive() -> None:
            more()
            under_way.rename(made.path)
            self._firm.note(made)

        for step in range(steps):
            yield 0.02 + 0.1 * (step + 1) / steps, more, ""
        yield 0.13, arrive, "... and is renamed when it is complete"

    # -- what has to wait ----------------------------------------------------------------------

    def _waiting(self) -> Iterator[Habit]:
        firm, client = self._firm, self._clients[0]
        wait = Fate.waits
        yield BEFORE, self._save(client, "Empty scan.pdf", b"", wait, "empty"), ""
        yield 0.30, self._save(client, "TaxOrganizer.exe", b"MZ" + b"\0" * 500, wait), ""
        loose = firm.people / "Unsorted letter.pdf"
        data = self._pdf("Letter without a client (made up)")
        yield 0.15, lambda: firm.save(loose, data, None, wait, "no-client"), ""
        yield BEFORE, self._twins, ""
        yield 0.35, self._link, ""
        if sys.platform == "linux":
            yield BEFORE, self._unreadable_client, ""

    def _twins(self) -> None:
        """Two folders differ only by case: nobody can know whether that is one client."""
        paths = [self._firm.companies / name for name in ("Harbor Light Cafe", "HARBOR LIGHT CAFE")]
        for path in paths:
            if path.exists():
                return  # this disk takes them for one: no doubt arises
            path.mkdir()
        for path in paths:
            client = ClientFolder(path, path.name, 2025)
            data = self._pdf("Form 1120-S (made up)")
            self._firm.save(path / f"{path.name[:6]} return.pdf", data, client, Fate.waits, TWO)

    def _link(self) -> None:
        client = self._clients[1]
        path = client.path / "Shortcut to the server.pdf"
        try:
            path.symlink_to(self._firm.companies.parent / "elsewhere.pdf")
        except OSError:
            return  # Windows allows links to few accounts
        self._firm.note(MadeFile(path, client, Fate.waits, "link"))

    def _unreadable_client(self) -> None:
        """A folder from an old system, its name in Latin-1: no text that could name a client."""
        path = Path(os.fsdecode(os.fsencode(self._firm.companies) + b"/Caf\xe9 Miramar"))
        try:
            path.mkdir()
        except OSError:
            return  # some disks take UTF-8 alone
        data = self._pdf("Menu (made up)")
        self._firm.save(path / "menu.pdf", data, None, Fate.waits, "name-unusable")

    # -- what is no document -------------------------------------------------------------------

    def _ignored(self) -> Iterator[Habit]:
        client = self._clients[4]
        for name in ("~$Budget 2025.docx", "Thumbs.db", ".DS_Store", "scan.pdf.part"):
            yield 0.1, self._save(client, name, b"not a document", Fate.ignored), ""

    # -- what is there twice -------------------------------------------------------------------

    def _copies(self) -> Iterator[Habit]:
        here, there, other = self._clients[5], self._clients[6], self._clients[7]
        data = self._pdf("Form 1099-DIV (made up)")
        yield BEFORE, self._save(here, "1099-DIV.pdf", data), ""
        yield 0.2, self._save(here, "1099-DIV (copy).pdf", data), "a copy beside its original"
        yield 0.7, self._save(here, "Copy of 1099-DIV.pdf", data), ""
        shared = self._pdf("Joint brokerage statement (made up)")
        yield 0.25, self._save(there, "Brokerage.pdf", shared), "the same paper for two clients"
        yield 0.25, self._save(other, "Brokerage.pdf", shared), ""

    # -- what moves ----------------------------------------------------------------------------

    def _renames(self) -> Iterator[Habit]:
        client = self._clients[8]
        early, late = client.path / "scan0001.pdf", client.path / "scan0002.pdf"
        yield 0.3, self._save(client, early.name, self._pdf("Form 5498 (made up)")), ""
        yield 0.33, self._rename(early, "Form 5498.pdf"), "renamed while it settles"
        yield BEFORE, self._save(client, late.name, self._pdf("Form 1095-A (made up)")), ""
        yield 0.8, self._rename(late, "Form 1095-A.pdf"), "renamed after it was filed"

    def _rename(self, path: Path, name: str) -> Callable[[], object]:
        def rename() -> None:
            made = next(one for one in self._firm.files if one.path == path)
            made.path = path.rename(path.with_name(name))

        return rename

    # -- how programs save ---------------------------------------------------------------------

    def _saves(self) -> Iterator[Habit]:
        client = self._clients[9]
        book = client.path / "Organizer 2025.xlsx"
        first, second = (papers.xlsx(self._firm.rng, "Organizer") for _ in range(2))
        yield BEFORE, self._save(client, book.name, first), ""

        def replace() -> None:
            beside = book.with_name("~WRD0001.tmp")
            beside.write_bytes(second)
            beside.replace(book)
            made = next(one for one in self._firm.files if one.path == book)
            made.early.add(fingerprint(first))

        yield 0.72, replace, "saved as Office does it: beside it, then renamed over it"

    # -- what takes its time -------------------------------------------------------------------

    def _slow(self) -> Iterator[Habit]:
        data = papers.pdf(self._firm.rng, "Form 1041 (made up)", 200_000)
        slow = MadeFile(self._clients[10].path / "Slow scan.pdf", self._clients[10])
        cuts = [len(data) * part // PIECES for part in range(PIECES + 1)]
        yield 0.66, lambda: self._begin(slow, b""), "a slow scanner, half a page at a time"
        for part, (start, end) in enumerate(pairwise(cuts), 1):
            piece = data[start:end]
            yield 0.66 + 0.24 * part / PIECES, self._append(slow, piece), ""

        cut = MadeFile(self._clients[11].path / "Interrupted download.pdf", self._clients[11])
        half = len(data) // 2
        other = papers.pdf(self._firm.rng, "Form 1065 (made up)", 200_000)
        yield 0.68, lambda: self._begin(cut, other[:half]), "a download breaks off in the middle"
        yield 0.93, self._append(cut, other[half:]), "... and is completed"
        yield from self._held_open()

    def _held_open(self) -> Iterator[Habit]:
        client = self._clients[12]
        path = client.path / "Open in another program.csv"
        data = papers.csv(self._firm.rng)
        held = HeldFile(path)

        def hold() -> None:
            self._firm.save(path, data, client)
            held.hold()

        yield 0.05, hold, "a file stays open in another program"
        yield 0.3, held.release, ""

    def _begin(self, made: MadeFile, data: bytes) -> None:
        made.path.write_bytes(data)
        self._firm.note(made)

    def _append(self, made: MadeFile, data: bytes) -> Callable[[], object]:
        def append() -> None:
            with made.path.open("ab") as file:
                file.write(data)

        return append

    # -- how people name -----------------------------------------------------------------------

    def _odd_names(self) -> Iterator[Habit]:
        client = self._clients[-1]
        names = ["Quittung 🧾 'final' (2) #1 %41 ; rm -rf.pdf", "résumé – naïve façade.pdf"]
        if self._firm.odd_names:
            names.append('<b>bold "quoted"\nsecond line.pdf')
        for name in names:
            yield 0.4, self._save(client, name, self._pdf("Receipt (made up)")), ""
        if sys.platform == "linux":
            yield 0.4, self._latin_file(client), ""

    def _latin_file(self, client: ClientFolder) -> Callable[[], object]:
        data = self._pdf("Receipt (made up)")

        def save() -> None:
            path = Path(os.fsdecode(os.fsencode(client.path) + b"/re\xe7u.pdf"))
            with suppress(OSError):  # some disks take UTF-8 alone
                self._firm.save(path, data, client)

        return save

    # -- small tools ---------------------------------------------------------------------------

    def _pdf(self, title: str) -> bytes:
        return papers.pdf(self._firm.rng, title, 40_000)

    def _save(
        self,
        client: ClientFolder,
        name: str,
        data: bytes,
        fate: Fate = Fate.filed,
        reason: str | None = None,
    ) -> Callable[[], object]:
        return lambda: self._firm.save(client.path / name, data, client, fate, reason)
