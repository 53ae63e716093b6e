"""The search at the end of every test run finds what it is there for, and nothing else."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.sandbox.tokens import DEFAULT_ACCOUNTS
from tests.filed.kit import jwt
from tests.security import left_behind, names_left
from tests.security.left_behind import BLOCK, CANARY_CLIENT, CANARY_KEY, Remains, built, search

TOP = Path(__file__).parents[2]
TOKEN = jwt(sub="1", exp=1, workspaceId="w").replace("signature", "s" * 43)
CLIENT = "Wrenfield & Söhne"
LOG = '{{"at": "2026-01-02T03:04:05.678+00:00", "level": "{}", "message": "{}"}}\n'
# every kind of file that agents and tests leave, seen from the test's folder
KINDS = [
    *("home/logs/agent.log", "home/logs/agent.log.3", "home/ledger.sqlite3-wal"),
    *("home/evidence/evidence.jsonl", "home/evidence/evidence.jsonl.partial"),
    *("home/backups/2026-11-22T10-11-12-1.sqlite3", "home/set-aside/1/ledger.sqlite3"),
    *("home/agent.lock", "home/status.json", "home/core.4711", "home/config.toml"),
    *("words.txt", "strace.txt", "guest/console.txt", "guest/answer.json", "runtime/a.lock"),
    *("stray.log", "sbom.json", "keylog", "without-a-name"),
]
MAY_HOLD_NAMES = ("ledger", "evidence", "backups", "set-aside", "config.toml")
NO_NAMES = [kind for kind in KINDS if not any(place in kind for place in MAY_HOLD_NAMES)]


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """What one test left: an agent's home that knows a client, and the folder that it watched.

    All of it goes away: what is planted here must not be found at the end of the real run.
    """
    base = tmp_path / "left"
    (base / "home" / "logs").mkdir(parents=True)
    (base / "home" / "logs" / "agent.log").write_text(LOG.format("info", "the agent begins"))
    (base / "clients" / CLIENT).mkdir(parents=True)
    (base / "config.toml").write_text(f"[[folder]]\npath = '{base / 'clients'}'\n")
    know(base / "home", CLIENT)
    yield base
    shutil.rmtree(base)


def know(home: Path, *names: str) -> None:
    """A ledger that knows clients of these names."""
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as ledger, ledger:
        ledger.execute("PRAGMA synchronous = OFF")  # a hundred of them
        ledger.execute("CREATE TABLE clients (name TEXT)")
        ledger.execute("CREATE TABLE records (name TEXT)")
        ledger.execute("CREATE TABLE client_folders (name TEXT, folder BLOB)")
        ledger.executemany("INSERT INTO clients VALUES (?)", [(name,) for name in names])


def plant(path: Path, content: bytes) -> None:
    """Add this to a file, which may be new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(content)


@pytest.mark.parametrize(
    "secret", [*(one.api_key for one in DEFAULT_ACCOUNTS), TOKEN, CANARY_KEY], ids=str.lower
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_or_a_token_is_found_in_every_kind_of_file(
    left: Path, kind: str, secret: str
) -> None:
    plant(left / kind, b"x" * (BLOCK - 10) + b" " + secret.encode() + b" y" * 10)
    assert [one.rsplit(": ", 1)[1] for one in search(left).found] == [f"{secret[:12]}..."]


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_in_base64_is_found(left: Path, kind: str) -> None:
    plant(left / kind, base64.b64encode(b"sandbox-key"))
    assert len(search(left).found) == 1


@pytest.mark.parametrize("kind", NO_NAMES)
def test_the_canary_is_found_wherever_no_name_may_be(left: Path, kind: str) -> None:
    plant(left / kind, f"what became of {CANARY_CLIENT}?".encode())
    assert [str(left / kind) in one for one in search(left).found] == [True]


@pytest.mark.parametrize("kind", [kind for kind in NO_NAMES if kind.startswith("home/")])
@pytest.mark.parametrize("how", ["plain", "json", "repr", "address", "at info"])
def test_a_name_that_the_ledger_knows_is_found_in_its_home(left: Path, kind: str, how: str) -> None:
    spelled = {
        "plain": CLIENT.encode(),
        "json": json.dumps(CLIENT).encode(),
        "repr": repr(os.fsencode(CLIENT)).encode(),
        "address": b"/clients/Wrenfield%20%26%20S%C3%B6hne/x.csv",
        "at info": LOG.format("info", f"now {CLIENT}").encode(),
    }
    plant(left / kind, spelled[how])
    found = search(left).found
    assert len(found) == 1
    assert kind in found[0]


def test_a_name_that_stands_in_the_wal_only_is_known(left: Path) -> None:
    home = left / "home"
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as ledger:
        ledger.execute("PRAGMA journal_mode = WAL")
        ledger.execute("PRAGMA wal_autocheckpoint = 0")
        ledger.execute("INSERT INTO client_folders VALUES ('Early Owl', x'4c617465204f776c')")
        ledger.commit()
        for name in ("Early Owl", "Late Owl"):  # of the client, of its folder
            plant(home / "logs" / "agent.log", name.encode())
            told = search(left)
            assert any(name[:12] in one for one in told.found)
        before = (home / "ledger.sqlite3-wal").read_bytes()
    assert before, "the search changed nothing"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NO_NAMES])
def test_names_stand_unharmed_where_they_must(left: Path, kind: str) -> None:
    plant(left / kind, f"{CLIENT} and {CANARY_CLIENT}".encode())
    assert search(left).found == []


@pytest.mark.parametrize(
    "line",
    [
        LOG.format("debug", f"{CLIENT} {CANARY_CLIENT}"),
        f"2026-01-02T03:04:05.678+00:00 DEBUG   agent.engine: {CLIENT} {CANARY_CLIENT}\n",
        "torn in the mi" + LOG.format("debug", f"{CLIENT} {CANARY_CLIENT}"),
    ],
)
def test_at_the_level_debug_names_may_be_logged(left: Path, line: str) -> None:
    plant(left / "home" / "logs" / "agent.log", line.encode())
    assert search(left).found == []
    plant(left / "home" / "logs" / "agent.log", LOG.format("info", CLIENT).encode())
    assert len(search(left).found) == 1


@pytest.mark.parametrize(
    "place",
    [
        f"clients/{CLIENT}/sandbox.csv",  # a document, which a test made up
        "filed/01a202bb-1ad7-7056-ae4f-4bc15f8479c4",  # the same, as the sandbox received it
        "home/api-key",
        "copy/agent/sandbox/tokens.py",
    ],
)
def test_where_a_key_is_meant_to_lie_it_is_not_found(left: Path, place: str) -> None:
    plant(left / place, f"sandbox-key {CANARY_CLIENT}".encode())
    assert not any("sandbox-key" in one for one in search(left).found)


def test_what_is_watched_around_a_home_takes_nothing_out_of_the_search(left: Path) -> None:
    (left / "config.toml").write_text(f"[[folder]]\npath = '{left}'\n")
    plant(left / "words.txt", b"sandbox-key")
    plant(left / "home" / "status.json", b"sandbox-key")
    assert len(search(left).found) == 2


@pytest.mark.parametrize(
    "text", ["sandbox-keys are many", "my-sandbox-key-2", "eyJ.a.b", "[hidden]", "Wren & Co"]
)
def test_what_only_looks_like_one_is_left_alone(left: Path, text: str) -> None:
    plant(left / "home" / "logs" / "agent.log", text.encode())
    plant(left / "words.txt", f"{text} of {CLIENT}".encode())  # to people names may be told
    assert search(left).found == []


def test_short_names_and_the_test_folders_own_name_are_no_leak(left: Path) -> None:
    other = left / "Wrenfield"
    (other / "home" / "logs").mkdir(parents=True)
    know(other / "home", "Ann", "Wrenfield")
    log = f"an agent in {other / 'home'} began: Ann"
    plant(other / "home" / "logs" / "agent.log", log.encode())
    assert search(left).found == []


def test_a_memory_image_is_found(left: Path) -> None:
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    plant(left / "program", head + b"\x02\x00>\x00")
    assert search(left).found == []
    plant(left / "cwd" / "core", head + b"\x04\x00>\x00")
    assert [one.rsplit(": ", 1)[1] for one in search(left).found] == ["a memory image"]


def test_a_broken_ledger_is_told_and_its_home_searched_for_secrets(left: Path) -> None:
    (left / "home" / "ledger.sqlite3").write_bytes(b"no ledger, but sandbox-key")
    searched = search(left)
    assert searched.unread == 1
    assert len(searched.found) == 1
    assert "1 ledgers are broken" in searched.told()


def test_what_is_too_much_is_told_and_the_homes_come_first(
    left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(left / "home" / "logs" / "agent.log", b"sandbox-key")
    plant(left / "large.bin", bytes(1000))
    monkeypatch.setattr(left_behind, "MOST_BYTES", Remains.under(left).files[0].size)
    searched = search(left)
    assert len(searched.found) == 1
    assert searched.left_out > 0
    assert f"{searched.left_out} files NOT searched" in searched.told()


def test_of_very_many_names_some_are_sought(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (left / "home" / "ledger.sqlite3").unlink()
    know(left / "home", *(f"Client {number:04}" for number in range(1000)))
    plant(left / "home" / "agent.lock", b" ".join(b"Client %04d" % n for n in range(1000)))
    monkeypatch.setattr(names_left, "MOST_WORK", 1 << 20)
    assert 50 < len(search(left).found) < 200


def test_what_is_built_is_searched_but_not_the_notes_of_earlier_runs(left: Path) -> None:
    for name in ("build/sbom.json", "build/test.log", "dist/agent.whl", "core.12", "README"):
        plant(left / name, b"sandbox-key")
    assert {path.name for path in built(left)} == {"sbom.json", "agent.whl", "core.12"}
    assert len(search(left / "home", built(left)).found) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_what_a_test_leaves_in_its_folder_never_stops_the_search(left: Path) -> None:
    """Pipes, links in a circle, paths that are too long, names that are no text."""
    logs = left / "home" / "logs"
    os.mkfifo(left / "words.txt")
    (logs / "a").symlink_to("a")
    with open(os.fsencode(logs) + b"/\xff", "wb") as file:
        file.write(b"sandbox-key")
    here = os.getcwd()
    try:
        os.chdir(left)
        for _ in range(30):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
    finally:
        os.chdir(here)
    assert len(search(left).found) == 1


LEAKING = """
import sqlite3
def test_it(tmp_path):
    {leak}
"""
IN_A_FILE = '(tmp_path / "words.txt").write_text("the key is sandbox-key")'
A_NAME = """
    (tmp_path / "logs").mkdir()
    ledger = sqlite3.connect(tmp_path / "ledger.sqlite3")
    ledger.executescript("CREATE TABLE clients (name); CREATE TABLE records (name);"
        "CREATE TABLE client_folders (name, folder); INSERT INTO clients VALUES ('Ash Bakery')")
    ledger.close()
    (tmp_path / "logs" / "agent.log").write_text("it is Ash Bakery's")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workers", "leak", "told"),
    [
        ("0", IN_A_FILE, "words.txt': sandbox-key..."),
        ("2", IN_A_FILE, "words.txt': sandbox-key..."),
        ("0", A_NAME, "agent.log': Ash Bakery..."),
    ],
)
def test_a_run_that_leaves_a_secret_fails_although_every_test_passed(
    tmp_path: Path, workers: str, leak: str, told: str
) -> None:
    """The hook itself, in a run of its own with the project's conftest."""
    (tmp_path / "test_leaking.py").write_text(LEAKING.format(leak=leak))
    command = [
        *(sys.executable, "-m", "pytest", "-n", workers, "-q", "-p", "no:cacheprovider"),
        *("-p", "tests.conftest", "--rootdir", str(tmp_path), "--basetemp", str(tmp_path / "base")),
        str(tmp_path),
    ]
    env = {**os.environ, "PYTHONPATH": str(TOP)}
    try:
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100, check=False
        )
    finally:
        shutil.rmtree(tmp_path / "base", ignore_errors=True)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1
    assert told in done.stdout + done.stderr
    assert "Left behind: " in done.stdout
