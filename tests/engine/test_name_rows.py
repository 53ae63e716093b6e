"""Client folders whose names differ in case or in the form of their accents only (rows N7, N8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from agent.model.document import Stage
from agent.model.file import Listing, Sighting
from tests.engine.kit import CONTENT, Office
from tests.kit.disk import ROOT, MemoryDisk, MemorySource
from tests.kit.simulation import RULES

NFC, NFD = "René".encode(), "Rene\u0301".encode()
RARELY = replace(RULES, sweep_seconds=60.0, deep_seconds=1e7)


class FoldingDisk(MemoryDisk):
    """A disk that keeps the case of names but does not tell them apart by it (NTFS, APFS)."""

    def list_folder(self, root: bytes, folder: bytes) -> Listing:
        return replace(super().list_folder(root, self._as_kept(folder)), folder=folder)

    def look(self, root: bytes, path: bytes) -> Sighting:
        seen = super().look(root, self._as_kept(path))
        return replace(seen, name=path.rpartition(b"/")[2])

    def open(self, root: bytes, path: bytes) -> MemorySource:
        return super().open(root, self._as_kept(path))

    def _as_kept(self, path: bytes) -> bytes:
        """The path in the letters that the disk has for it, where it has it."""
        depth = path.count(b"/") + 1
        starts = (b"/".join(kept.split(b"/")[:depth]) for kept in self.files)
        return next((start for start in starts if start.lower() == path.lower()), path)


@pytest.fixture(params=[MemoryDisk, FoldingDisk], ids=["case-counts", "case-does-not"])
def office(request: pytest.FixtureRequest, opened: Callable[..., Office]) -> Office:
    office = opened(rules=RARELY)
    office.disk = request.param()
    office.start()
    office.write(b"Oak/x.bin", b"oak")
    return office


def names(office: Office) -> list[str]:
    return sorted(record.external_id for record in office.filed.records)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"ash", b"Ash"), (b"Ash", b"ASH"), (NFC, NFD), (NFD, NFC)],
    ids=["N08-first-letter", "N08-all", "N07-N08-decomposed", "N07-N08-composed"],
)
@pytest.mark.parametrize("deaf", [False, True], ids=["told", "not-told"])
def test_a_client_s_folder_renamed_in_letters_only_stays_its_client_s(
    office: Office, old: bytes, new: bytes, deaf: bool
) -> None:
    office.write(old + b"/w2.bin", CONTENT)
    office.live(120.0)
    before = names(office)
    taken = office.filed.bytes_taken
    office.disk.deaf = deaf
    office.disk.rename(old + b"/w2.bin", new + b"/w2.bin")
    office.live(600.0)
    assert office.filed.bytes_taken == taken, "the document is at Filed already"
    office.disk.write(new + b"/k1.bin", b"another")
    office.live(600.0)
    assert office.document(new + b"/k1.bin").stage is Stage.filed
    assert names(office) == before
    assert len(office.filed.binder) == 3
    assert set(office.ledger.folders(office.ledger.root(ROOT).id)) == {b"", b"Oak", new}


def test_N08_a_folder_renamed_before_filed_knows_it_has_its_new_name_there(office: Office) -> None:
    office.write(b"ash/w2.bin", CONTENT)
    office.rest()
    office.disk.rename(b"ash/w2.bin", b"Ash/w2.bin")
    office.live(900.0)
    assert names(office) == ["Ash-2025", "Oak-2025"]
    assert len(office.filed.binder) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"ASH", b"ash"), (NFC, NFD), (b"STRASSE", "Straße".encode())],
    ids=["N08-case", "N07-N08-accents", "N08-sharp-s"],
)
def test_two_folders_at_once_create_nobody_and_ask(
    opened: Callable[..., Office], one: bytes, other: bytes
) -> None:
    office = opened()
    for folder in (one, other):
        office.write(folder + b"/w2.bin", folder)
    office.live(900.0)
    assert (office.filed.records, office.filed.binder) == ([], [])
    reasons = {office.held(folder + b"/w2.bin") for folder in (one, other)}
    clients = office.ledger.clients_in(("held",), 1e12)
    assert "two-folders" in reasons | {client.reason for client in clients}
    assert clients
    for client in clients:
        assert "stand for the same client" in (client.said or "")


def test_N08_a_second_folder_beside_a_known_client_s_gets_nothing_into_it(
    opened: Callable[..., Office],
) -> None:
    office = opened()
    office.write(b"Ash/w2.bin", CONTENT)
    office.live(120.0)
    office.write(b"ASH/k1.bin", b"whose is it?")
    office.live(900.0)
    assert office.held(b"ASH/k1.bin") == "two-folders"
    assert names(office) == ["Ash-2025"]
    assert len(office.filed.binder) == 1
    office.write(b"Ash/k2.bin", b"surely Ash's")
    office.live(120.0)
    assert len(office.filed.binder) == 2


def test_N07_equal_bytes_under_two_spellings_of_a_file_s_name_are_one_document(
    opened: Callable[..., Office],
) -> None:
    office = opened()
    for name in ("é.bin", "e\u0301.bin"):
        office.write(str(PurePosixPath("Ash", name)).encode(), CONTENT)
    office.live(120.0)
    assert len(office.filed.binder) == 1
    assert office.stages() == {Stage.filed: 1}
