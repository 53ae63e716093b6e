"""Paths that people name are found by the ledger alone where it knows them; a disk may hang."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.control.explained import NO_ANSWER, NOT_LOOKED_AT, explain_path
from agent.control.located import is_away, known, locate, path_of_file
from agent.control.refused import Refused
from agent.control.roles import Caller, Role
from agent.control.wishes import Wishes
from agent.ledger.ledger import Ledger
from agent.model.file import File, FileState, Signature
from agent.model.reasons import Reason
from agent.model.root import FolderRow
from tests.control.attending import Opened, UnixConnection, asked
from tests.kit.clock import JumpingClock

SEEN = Signature(1, 1, 1, 1, 1)
ODD = os.fsdecode(b"w\xff2.pdf")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    found = Ledger.in_memory(JumpingClock())
    yield found
    found.close()


def watch(ledger: Ledger, root: Path, *names: str, away: str | None = None) -> list[File]:
    """A watched folder with these held files in its folder Ann."""
    row = ledger.root(os.fsencode(root))
    files = []
    with ledger.write() as writing:
        writing.save_root(type(row)(row.id, row.path, row.identity, away, row.scanned_at))
        for folder in (b"", b"Ann"):
            writing.save_folder(row.id, FolderRow(folder, 1, b"seen"))
        for name in names:
            new = File(0, row.id, b"Ann", os.fsencode(name), FileState.settling, SEEN)
            file = writing.add_file(new, "seen")
            held = file.to(FileState.held, reason=Reason.in_use.value, due_at=5.0)
            files.append(writing.move_file(file, held, "looked at"))
    return files


def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every question to a disk is a mistake."""

    def asked_for(*_given: object, **_named: object) -> None:
        raise AssertionError("a disk was asked")

    for name in ("lstat", "stat", "access", "readlink"):
        monkeypatch.setattr(f"os.{name}", asked_for)
    for name in ("isdir", "realpath", "exists"):
        monkeypatch.setattr(f"os.path.{name}", asked_for)


def test_what_the_ledger_knows_is_found_without_a_disk(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "clients"
    (file,) = watch(ledger, root, "w2.pdf")
    no_disk(monkeypatch)
    for path, below in (
        (root, b""),
        (root / "Ann", b"Ann"),
        (root / "Bob" / ".." / "Ann" / "w2.pdf", b"Ann/w2.pdf"),
    ):
        place = locate(ledger, str(path))
        assert place is not None
        assert place.below == below
    assert known(ledger, str(root / "Ann" / "other.pdf")) is None
    assert known(ledger, str(tmp_path)) is None
    assert path_of_file(ledger, file.id) == str(root / "Ann" / "w2.pdf")
    with pytest.raises(Refused, match="no file 99"):
        path_of_file(ledger, 99)


def test_below_an_unavailable_folder_no_disk_is_asked(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "share"
    watch(ledger, root, "w2.pdf", away="The server does not answer.")
    no_disk(monkeypatch)
    assert is_away(ledger, str(root / "new.pdf"))
    wishes = Wishes(ledger, "ann")
    assert "tried again" in wishes.retry([str(root / "Ann")])
    assert "is left out" in wishes.ignore(str(root / "Ann" / "w2.pdf"))
    assert "is taken in again" in wishes.take_in(str(root / "Ann" / "w2.pdf"))
    assert "within a moment" in wishes.accept_root(str(root), runs=True)
    assert "at the next start" in wishes.accept_root(str(root), runs=False)
    with pytest.raises(Refused, match="is a folder"):
        wishes.ignore(str(root / "Ann"))
    with pytest.raises(Refused, match="has not seen"):
        wishes.ignore(str(root / "new.pdf"))
    for name in ("Ann/w2.pdf", "new.pdf", "Ann"):
        assert explain_path((), ledger, str(root / name)).on_disk == NOT_LOOKED_AT
    verdict, _ = explain_path((), ledger, str(root / "new.pdf")).verdict
    assert "unavailable: The server" in verdict


@pytest.mark.skipif(os.name != "posix", reason="links need a right on Windows")
def test_a_link_is_followed_where_the_ledger_does_not_know_the_path(
    ledger: Ledger, tmp_path: Path
) -> None:
    root, outside = tmp_path / "clients", tmp_path / "outside"
    (root / "Ann").mkdir(parents=True)
    outside.mkdir()
    watch(ledger, root, "w2.pdf")
    (tmp_path / "short").symlink_to(root)
    (root / "out").symlink_to(outside)
    place = locate(ledger, str(tmp_path / "short" / "Ann" / "w2.pdf"))
    assert place is not None
    assert (place.below, place.file is not None) == (b"Ann/w2.pdf", True)
    assert locate(ledger, str(root / "out" / "secret.pdf")) is None


def test_a_share_that_hangs_unnoticed_holds_nobody_up_for_good(
    door: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share, dead = tmp_path / "share", threading.Event()
    watch(door.standing.ledger, share, "w2.pdf")
    lstat, isdir = os.lstat, os.path.isdir

    def hanging(path: str | bytes) -> os.stat_result:
        if os.fsencode(path).startswith(os.fsencode(share)):
            dead.wait(30)
        return lstat(path)

    def slow(path: str | bytes) -> bool:
        if os.fsencode(path).startswith(os.fsencode(share)):
            dead.wait(30)
        return isdir(path)

    monkeypatch.setattr("agent.system.asking_paths.BUDGET", 0.1)
    monkeypatch.setattr("agent.system.asking_paths._silent", {})
    monkeypatch.setattr("os.lstat", hanging)
    monkeypatch.setattr("os.path.isdir", slow)
    monkeypatch.setenv("DISPLAY", ":77")
    try:
        for path in (share / "Ann" / "w2.pdf", share / "Ann" / "new.pdf"):
            explained = door.with_token("GET", f"/v1/explain?path={path}")
            assert explained.json["on_disk"] == NO_ANSWER
            shown = door.with_token("POST", "/v1/open", {"path": str(path)})
            assert (shown.status, "does not answer" in shown.sentence) == (409, True)
            left = door.with_token("POST", "/v1/ignore", {"path": str(path)})
            assert left.status == (200 if path.name == "w2.pdf" else 409)
    finally:
        dead.set()


@pytest.fixture
def hung(door: Opened, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """The thread that looks at paths hangs on a dead share."""
    monkeypatch.setattr("agent.control.questions.LONGEST", 5.0)
    begun, dead = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        dead.wait(30)

    door.door._serving.questions._paths.put(hang)
    assert begun.wait(5)
    yield door
    dead.set()


def test_one_hung_share_holds_no_other_folder_s_wishes_up(
    hung: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":77")
    (file,) = watch(hung.standing.ledger, tmp_path / "clients", "w2.pdf")
    share = tmp_path / "share"
    watch(hung.standing.ledger, share, away="It hangs.")
    path = str(tmp_path / "clients" / "Ann" / "w2.pdf")
    for name, body, status in (
        ("retry", {"what": ["7"]}, 409),
        ("retry", {"what": [path]}, 200),
        ("retry", {"file": file.id}, 200),
        ("ignore", {"path": path}, 200),
        ("ignore", {"file": file.id, "undo": True}, 200),
        ("accept", {"path": str(share)}, 200),
        ("map", {"path": str(tmp_path / "clients" / "Ann"), "client": "Ann"}, 409),
    ):
        told = hung.with_token("POST", f"/v1/{name}", body)
        assert told.status == status, (name, told.sentence)
    shown = hung.with_token("POST", "/v1/open", {"path": str(share / "Ann")})
    assert (shown.status, "unavailable: It hangs." in shown.sentence) == (409, True)
    explained = hung.with_token("GET", f"/v1/explain?path={share}/Ann/new.pdf")
    assert explained.json["on_disk"] == NOT_LOOKED_AT


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
def test_names_that_are_no_utf_8_come_through_the_door(door: Opened, tmp_path: Path) -> None:
    root = tmp_path / "clients"
    (file,) = watch(door.standing.ledger, root, ODD)
    path = str(root / "Ann" / ODD)
    for name, body in (
        ("retry", {"what": [path]}),
        ("retry", {"file": file.id}),
        ("ignore", {"path": path}),
        ("ignore", {"path": path, "undo": True}),
        ("ignore", {"file": file.id}),
    ):
        told = door.with_token("POST", f"/v1/{name}", body)
        assert told.status == 200, (name, told.sentence)
    explained = door.with_token("GET", f"/v1/explain?path={root}/Ann/w%FF2.pdf")
    assert explained.json["file"]["state"] == "ignored"
    assert explained.json["path"].endswith("w\\xff2.pdf")
    for odd in (0, -1, 1 << 70, "1", True):
        assert door.with_token("POST", "/v1/ignore", {"file": odd}).status == 400
    assert door.with_token("POST", "/v1/retry", {"file": 99}).status == 409


@pytest.mark.skipif(os.name != "posix", reason="only a socket knows who asks")
def test_nobody_else_learns_what_lies_outside_of_the_watched_folders(
    door: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(door.standing.ledger, tmp_path, "w2.pdf")
    assert door.address.socket is not None
    monkeypatch.setattr("agent.control.guard.Guard._caller", _somebody)
    there, elsewhere = (
        asked(UnixConnection(door.address.socket), "GET", f"/v1/explain?path={path}")
        for path in (f"{tmp_path}/Ann/w2.pdf", "/etc/passwd")
    )
    assert there.status == 200
    assert (elsewhere.status, elsewhere.sentence) == (409, "It lies in no watched folder.")
    monkeypatch.undo()
    assert door.with_token("GET", "/v1/explain?path=/etc/passwd").status == 200


def _somebody(*_given: object) -> Caller:
    return Caller(Role.steer, 4_000_001)
