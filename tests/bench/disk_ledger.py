"""A ledger that knows a whole tree as filed: what years of syncing leave behind, in a minute.

Run as a process of its own (`python -m tests.bench.disk_ledger HOME ROOT`), so that its memory is
not the benchmark's. Clients, root, evidence and the daily copy are written by the ledger's own
code; files, documents, calls and history as rows, with the lines of history that a real `sync`
leaves for each. The triggers and the indexes are put back as they were.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path

from agent.folders.disk import LocalDisk
from agent.ledger.keeping import open_kept
from agent.model.client import ClientState
from agent.model.file import Listing
from agent.model.naming import Layout
from agent.model.reasons import Reason
from agent.system.clock import SystemClock
from agent.system.places import Home

FILL_SECONDS = 400.0
BATCH = 20  # documents in one call, as the agent sends them
TABLES = ("files", "documents", "history", "folders", "operations", "clients")
WAY = (  # of a document and its file, as `sync` writes it
    ("file", None, "settling", "first seen"),
    ("file", "settling", "known", "at rest"),
    ("document", None, "ready", "a new content was found"),
    ("document", "ready", "uploaded", "every byte at Filed, hash verified"),
    ("document", "uploaded", "attaching", "addClientDocuments announced"),
    ("document", "attaching", "ingesting", "addClientDocuments answered"),
    ("document", "ingesting", "filed", "Filed's task is COMPLETED"),
)
CALL = (
    (None, "announced", "addClientDocuments"),
    ("announced", "done", "addClientDocuments answered"),
)


def fill(home: Path, root: Path) -> float:
    """Fill the ledger of an agent at `home` with all that lies below `root`; seconds it took."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.bench.disk_ledger", str(home), str(root)]
    subprocess.run(command, check=True, timeout=FILL_SECONDS)
    return time.monotonic() - began


class Filler:
    """Fills one ledger; each step is a method, in order."""

    def __init__(self, home: Path, root: Path) -> None:
        self._path = Home(home, home / "logs", home / "config.toml").ledger
        self._root = os.fsencode(root.resolve())
        self._disk = LocalDisk()
        self._clients: dict[bytes, int] = {}
        self._root_id = 0
        self._number = 0  # the last file, document
        self._calls = 0

    def begin(self) -> None:
        """Root and clients, by the ledger's own hand; and a daily copy, so that none is due."""
        layout = Layout.parse("{client}")
        top = self._disk.list_folder(self._root, b"")
        with closing(open_kept(self._path, SystemClock())) as ledger:
            root = ledger.root(self._root)
            self._root_id = root.id
            identity = self._disk.identify(self._root)
            with ledger.write() as writing:
                writing.save_root(replace(root, identity=identity, scanned_at=time.time()))
                for name in top.subfolders:
                    place = layout.read(
                        name, tax_year=2025, return_type="F1040", external_id="{client}-{tax_year}"
                    )
                    assert not isinstance(place, Reason), place
                    client = writing.place_client(root.id, place)
                    known = client.to(ClientState.known, filed_id=f"filed-{client.id:08}")
                    writing.move_client(client, known, "found at Filed")
                    self._clients[name] = client.id
            assert ledger.back_up()

    def rows(self) -> None:
        """Everything else, as rows."""
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            again = _take_off(connection)
            connection.execute("BEGIN")
            for listing in self._listings():
                self._folder(connection, listing)
            _history(connection)
            _tally(connection)
            connection.execute("DELETE FROM facts WHERE name = 'evidence'")
            for sql in again:
                connection.execute(sql)
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")

    def end(self) -> None:
        """The evidence, anew from the rows, by the ledger's own hand."""
        for file in (self._path.parent / "evidence").glob("*"):
            file.unlink()
        open_kept(self._path, SystemClock()).close()

    def _listings(self) -> Iterator[Listing]:
        pending = [b""]
        while pending:
            folder = pending.pop()
            listing = self._disk.list_folder(self._root, folder)
            yield listing
            above = folder + b"/" if folder else b""
            pending += [above + name for name in reversed(listing.subfolders)]

    def _folder(self, connection: sqlite3.Connection, listing: Listing) -> None:
        """One folder with its files, their documents and the calls that attached them."""
        row = (self._root_id, listing.folder, listing.mtime_ns, listing.digest)
        added = connection.execute(
            "INSERT INTO folders (root_id, path, mtime_ns, digest) VALUES (?, ?, ?, ?)", row
        )
        client = self._clients.get(listing.folder.partition(b"/")[0], 0)
        first, files, documents = self._number + 1, [], []
        for number, sighting in enumerate(listing.sightings, first):
            of, call = sighting.signature, self._calls + 1 + (number - first) // BATCH
            files.append((number, added.lastrowid, sighting.name, *astuple(of), number, client))
            digest = hashlib.sha256(b"%d" % number).digest()
            at_filed = (_id("1", number), of.size, call, _id("2", call))
            name = os.fsdecode(sighting.name)
            documents.append((number, client, digest, of.size, name, *at_filed))
        self._number += len(files)
        self._call(connection, client, first)
        connection.executemany(
            "INSERT INTO files (id, folder_id, name, state, kind, size, mtime_ns, ctime_ns, dev, "
            "ino, document_id, client_id, version) "
            "VALUES (?, ?, ?, 'known', 'regular', ?, ?, ?, ?, ?, ?, ?, 3)",
            files,
        )
        connection.executemany(
            "INSERT INTO documents (id, client_id, sha256, size, name, stage, upload_id, offset, "
            "operation_id, task_id, version) VALUES (?, ?, ?, ?, ?, 'filed', ?, ?, ?, ?, 4)",
            documents,
        )

    def _call(self, connection: sqlite3.Connection, client: int, first: int) -> None:
        """The calls that attached the documents from `first` on, twenty in each."""
        for start in range(first, self._number + 1, BATCH):
            self._calls += 1
            last = min(start + BATCH, self._number + 1)
            ids = ", ".join(f'"{_id("1", number)}"' for number in range(start, last))
            connection.execute(
                "INSERT INTO operations (id, kind, client_id, upload_ids, state, sent_at, task_id, "
                "version) VALUES (?, 'addClientDocuments', ?, ?, 'done', ?, ?, 1)",
                (self._calls, client, f"[{ids}]", time.time(), _id("2", self._calls)),
            )


def _id(kind: str, number: int) -> str:
    """As long as the IDs that Filed gives, in their order."""
    return f"01a202c4-0000-7000-800{kind}-{number:012}"


def _take_off(connection: sqlite3.Connection) -> list[str]:
    """Drop triggers and indexes of the large tables; the statements that put them back."""
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema "
        "WHERE type IN ('trigger', 'index') AND sql IS NOT NULL "
        f"AND tbl_name IN ({', '.join('?' * len(TABLES))})",
        TABLES,
    ).fetchall()
    for kind, name, _ in rows:
        connection.execute(f"DROP {kind} {name}")
    return [sql for _, _, sql in rows]


def _history(connection: sqlite3.Connection) -> None:
    """The lines that a real `sync` writes for each file, document and call."""
    connection.execute("CREATE TEMP TABLE way (subject, before, after, why)")
    connection.executemany("INSERT INTO way VALUES (?, ?, ?, ?)", WAY)
    connection.execute("CREATE TEMP TABLE call (before, after, why)")
    connection.executemany("INSERT INTO call VALUES (?, ?, ?)", CALL)
    columns = "(at, subject, subject_id, before, after, why)"
    at = time.time()
    connection.execute(
        f"INSERT INTO history {columns} SELECT ?, w.subject, o.id, w.before, w.after, w.why "
        "FROM documents AS o CROSS JOIN way AS w",
        (at,),
    )
    connection.execute(
        f"INSERT INTO history {columns} SELECT ?, 'operation', p.id, c.before, c.after, c.why "
        "FROM operations AS p CROSS JOIN call AS c",
        (at,),
    )


def _tally(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM tally")
    for subject, table, column, size in (
        ("file", "files", "state", "0"),
        ("document", "documents", "stage", "sum(size)"),
        ("client", "clients", "state", "0"),
    ):
        connection.execute(
            f"INSERT INTO tally SELECT ?, {column}, count(*), {size} FROM {table} GROUP BY 2",
            (subject,),
        )


if __name__ == "__main__":
    filler = Filler(Path(sys.argv[1]), Path(sys.argv[2]))
    filler.begin()
    filler.rows()
    filler.end()
