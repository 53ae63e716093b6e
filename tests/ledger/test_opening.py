"""Opening: private files, damage, versions, disks (reliability.md E1, E2, Ledger rules)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.errors import LedgerDamaged, LedgerTrouble
from agent.ledger import schema
from agent.ledger.disks import linux_network_type
from agent.ledger.ledger import Ledger
from agent.ledger.migrations import migrate
from tests.ledger.kit import ROOT, StillClock, add_client, add_document, add_file, new_file, rows

CLOCK = StillClock()
posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.sqlite"


def filled(path: Path, files: int = 1) -> None:
    with Ledger.open(path, CLOCK) as ledger:
        ledger.root(ROOT)
        add_document(ledger, add_client(ledger))
        for number in range(files):
            add_file(ledger, b"%d" % number)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@posix
def test_the_ledger_is_readable_by_its_owner_alone(path: Path) -> None:
    old = os.umask(0)
    try:
        with Ledger.open(path, CLOCK) as ledger:
            ledger.root(ROOT)
            ends = ("", "-wal", "-shm")
            assert [mode(Path(f"{path}{end}")) for end in ends] == [0o600] * 3
            assert mode(path.parent) == 0o700
    finally:
        os.umask(old)


@posix
def test_a_ledger_that_others_could_read_is_closed_to_them(path: Path) -> None:
    filled(path)
    path.chmod(0o644)
    Ledger.open(path, CLOCK).close()
    assert mode(path) == 0o600


def test_it_is_durable_and_its_rules_are_on(path: Path) -> None:
    with Ledger.open(path, CLOCK) as ledger:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "application_id")
        assert [rows(ledger, f"PRAGMA {name}")[0][0] for name in pragmas] == [
            "wal",
            2,
            1,
            5000,
            schema.APPLICATION_ID,
        ]


def test_what_was_written_is_there_after_reopening(path: Path) -> None:
    filled(path)
    with Ledger.open(path, CLOCK) as ledger:
        assert ledger.root(ROOT).id == 1
        assert ledger.document(1).size == 10
        assert ledger.file_at(1, b"Miller/0") is not None


def test_opening_again_changes_nothing_of_the_schema(path: Path) -> None:
    filled(path)
    with Ledger.open(path, CLOCK) as ledger:
        before = rows(ledger, "SELECT sql FROM sqlite_schema"), rows(ledger, "PRAGMA user_version")
        steps = rows(ledger, "SELECT * FROM _sqlite_migrations")
        migrate(ledger._connections.mine())
        assert rows(ledger, "SELECT * FROM _sqlite_migrations") == steps
        after = rows(ledger, "SELECT sql FROM sqlite_schema"), rows(ledger, "PRAGMA user_version")
        assert after == before
    assert [file.name for file in path.parent.iterdir()] == ["ledger.sqlite"]


def test_a_ledger_of_a_newer_version_is_left_alone(path: Path) -> None:
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('ledger', '9999_from_the_future', '2099-01-01')"
        )
    connection.close()
    with pytest.raises(LedgerTrouble, match="newer version"):
        Ledger.open(path, CLOCK)


def test_a_later_step_is_applied_to_an_older_ledger_after_a_copy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    steps = (*schema.STEPS, ("0002_test", "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;"))
    monkeypatch.setattr(schema, "STEPS", steps)
    monkeypatch.setattr(schema, "NAMES", tuple(name for name, _ in steps))
    monkeypatch.setattr("agent.ledger.migrations.migrate.__defaults__", (steps,))
    with Ledger.open(path, CLOCK) as ledger:
        assert rows(ledger, "SELECT count(*) FROM later") == [(0,)]
        assert ledger.document(1).size == 10
    copy = path.parent / "ledger.sqlite.before-0002_test"
    assert os.name != "posix" or mode(copy) == 0o600
    monkeypatch.undo()
    with Ledger.open(copy, CLOCK) as ledger:
        assert ledger.document(1).size == 10


def test_a_step_that_fails_leaves_the_ledger_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    sound = ("0002_test", "CREATE TABLE later (id INTEGER);")
    broken = ("0003_test", "CREATE TABLE last (id INTEGER);\nSELECT no_such_column;")
    steps = (*schema.STEPS, sound, broken)
    monkeypatch.setattr(schema, "NAMES", tuple(name for name, _ in steps))
    monkeypatch.setattr("agent.ledger.migrations.migrate.__defaults__", (steps,))
    with pytest.raises(LedgerTrouble, match="no such column"):
        Ledger.open(path, CLOCK)
    monkeypatch.undo()
    with Ledger.open(path, CLOCK) as ledger:
        assert not rows(ledger, "SELECT 1 FROM sqlite_schema WHERE name IN ('later', 'last')")


@pytest.mark.parametrize("table", ["recipes", "_sqlite_migrations"])
def test_a_foreign_database_is_left_alone(path: Path, table: str) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE {table} (id INTEGER, migration_set TEXT, name TEXT)")
    connection.close()
    with pytest.raises(LedgerTrouble, match="another program"):
        Ledger.open(path, CLOCK)


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: overwrite(path, 0, b"no database at all" + bytes(100)),
        lambda path: overwrite(path, 4096, bytes(4096)),
        lambda path: overwrite(path, path.stat().st_size - 4096 * 3, bytes(4096 * 3)),
        lambda path: os.truncate(path, path.stat().st_size // 2),
        lambda path: os.truncate(path, 4096 * 3 + 7),
    ],
    ids=["header", "zeroed page", "zeroed end", "half", "odd length"],
)
def test_a_damaged_ledger_is_refused_as_damaged(path: Path, damage: object) -> None:
    filled(path, files=50)
    assert callable(damage)
    damage(path)
    with pytest.raises(LedgerTrouble, match="Its file is") as caught:
        Ledger.open(path, CLOCK)
    assert isinstance(caught.value, LedgerDamaged)


def test_a_ledger_without_its_log_opens_with_what_was_checkpointed(path: Path) -> None:
    with Ledger.open(path, CLOCK) as ledger:
        ledger.root(ROOT)
        rows(ledger, "PRAGMA wal_checkpoint(TRUNCATE)")
        add_file(ledger)
        shutil.copy(path, path.with_name("without-wal"))
    with Ledger.open(path.with_name("without-wal"), CLOCK) as ledger:
        assert [root.path for root in ledger.roots()] == [ROOT]
        assert ledger.files_in(1, b"Miller") == ()


@posix
def test_a_ledger_removed_under_the_agent_takes_no_more_writes(path: Path) -> None:
    with Ledger.open(path, CLOCK) as ledger:
        ledger.root(ROOT)
        path.rename(path.with_name("elsewhere"))
        with pytest.raises(LedgerTrouble, match="cannot be reached"), ledger.write():
            pass
        with ThreadPoolExecutor(1) as pool, pytest.raises(LedgerTrouble, match="cannot be reached"):
            pool.submit(ledger.roots).result(30)
        assert not path.exists(), "a new connection must not make a new, empty file"
        path.touch()
        with pytest.raises(LedgerTrouble, match="replaced"), ledger.write():
            pass


def test_a_ledger_locked_by_another_program_is_trouble_and_then_works(path: Path) -> None:
    with Ledger.open(path, CLOCK) as ledger:
        rows(ledger, "PRAGMA busy_timeout = 1")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerTrouble, match="locked"), ledger.write():
            pass
        other.execute("ROLLBACK")
        other.close()
        ledger.root(ROOT)


def test_a_disk_without_room_is_trouble_and_the_ledger_works_again_afterwards(path: Path) -> None:
    """RLIMIT_FSIZE makes writes beyond a length fail as a full disk does."""
    resource = pytest.importorskip("resource")
    with Ledger.open(path, CLOCK) as ledger:
        ledger.root(ROOT)
        add_file(ledger, b"before")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = Path(f"{path}-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            with pytest.raises(LedgerTrouble, match="disk"):
                add_file(ledger, b"during")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        add_file(ledger, b"after")
        assert {file.name for file in ledger.files_in(1, b"Miller")} == {b"before", b"after"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one MiB; needs root."""
    mount = shutil.which("mount")
    folder = tmp_path / "small"
    folder.mkdir()
    command = [str(mount), "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_named_and_the_ledger_works_once_there_is_room(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with Ledger.open(small_disk / "ledger.sqlite", CLOCK) as ledger:
        ledger.root(ROOT)
        ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 65536))
        with pytest.raises(LedgerTrouble, match="full") as caught:
            for number in range(2000):
                add_file(ledger, b"%d" % number)
        assert "SQLITE_FULL" in caught.value.said
        before = len(ledger.files_in(1, b"Miller"))
        ballast.unlink()
        add_file(ledger, b"after")
        assert len(ledger.files_in(1, b"Miller")) == before + 1
    with Ledger.open(small_disk / "ledger.sqlite", CLOCK) as ledger:
        assert len(ledger.files_in(1, b"Miller")) == before + 1


def test_a_read_only_ledger_is_named(path: Path) -> None:
    with Ledger.open(path, CLOCK) as ledger:
        ledger.root(ROOT)
        rows(ledger, "PRAGMA query_only = ON")
        with pytest.raises(LedgerTrouble, match="read-only"):
            add_file(ledger)


def test_a_folder_that_cannot_be_made_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerTrouble, match="folder cannot be used"):
        Ledger.open(tmp_path / "file" / "ledger.sqlite", CLOCK)


def test_a_copy_is_whole_private_and_made_while_a_thread_writes(path: Path) -> None:
    copy = path.with_name("copy.sqlite")
    with Ledger.open(path, CLOCK) as ledger:
        ledger.root(ROOT)
        add_file(ledger)
        ledger.backup(copy)
        with ledger.write() as writing:
            writing.add_file(new_file(b"later"), "seen")
        assert os.name != "posix" or mode(copy) == 0o600
    with Ledger.open(copy, CLOCK) as ledger:
        assert [file.name for file in ledger.files_in(1, b"Miller")] == [b"w2.pdf"]
    assert not path.with_name("copy.sqlite.partial").exists()


MOUNTS = b"""\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/share rw - cifs //server/clients rw
31 22 0:41 / /mnt/my\\040share rw - nfs4 server:/x rw
32 30 8:2 / /mnt/share/local rw - xfs /dev/sdb1 rw
33 22 0:42 / /home/u/far rw - fuse.sshfs u@h: rw
34 22 0:43 / /over rw - nfs server:/y rw
35 22 8:3 / /over rw - ext4 /dev/sdc1 rw
a line that is no mount
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        (b"/var/lib", None),
        (b"/mnt/share", "cifs"),
        (b"/mnt/share/a/b", "cifs"),
        (b"/mnt/shared", None),
        (b"/mnt/share/local/a", None),
        (b"/mnt/my share/a", "nfs4"),
        (b"/home/u/far/x", "fuse.sshfs"),
        (b"/over/x", None),
    ],
)
def test_network_disks_are_recognised(folder: bytes, kind: str | None) -> None:
    assert linux_network_type(folder, MOUNTS) == kind


def test_a_ledger_on_a_network_disk_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.ledger.disks.network_type", lambda _folder: "cifs")
    with pytest.raises(LedgerTrouble, match=r"network drive \(cifs\)"):
        Ledger.open(path, CLOCK)
    assert not path.exists()
