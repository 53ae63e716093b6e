"""The search at the end of every test run finds what it is there for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.sandbox.tokens import DEFAULT_ACCOUNTS
from tests.filed.kit import jwt
from tests.security.left_behind import BLOCK, secrets_in

TOP = Path(__file__).parents[2]
TOKEN = jwt(sub="1", exp=1, workspaceId="w").replace("signature", "s" * 43)


@pytest.fixture(autouse=True)
def _nothing_stays(tmp_path: Path) -> Iterator[None]:
    """What is planted here must not be found at the end of the real run."""
    yield
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("secret", [*(one.api_key for one in DEFAULT_ACCOUNTS), TOKEN])
@pytest.mark.parametrize(
    "place",
    ["agent.log", "agent.log.3", "ledger.sqlite3", "ledger.sqlite3-wal", "evidence/2026-11.jsonl"],
)
def test_a_secret_in_a_log_or_a_ledger_is_found(tmp_path: Path, place: str, secret: str) -> None:
    path = tmp_path / "home" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * (BLOCK - 10) + b" " + secret.encode() + b" y" * 10)
    assert len(secrets_in(tmp_path)) == 1


@pytest.mark.parametrize(
    "text", ["sandbox-keys are many", "my-sandbox-key-2", "eyJ.a.b", "[hidden]"]
)
def test_what_only_looks_like_one_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "agent.log").write_text(text)
    (tmp_path / "document.csv").write_text("sandbox-key")
    assert secrets_in(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_what_a_test_leaves_in_its_folder_never_stops_the_search(tmp_path: Path) -> None:
    """Pipes, links in a circle, paths that are too long, names that are no text."""
    os.mkfifo(tmp_path / "agent.log")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a").symlink_to("a")
    with open(os.fsencode(tmp_path) + b"/logs/\xff", "wb") as file:
        file.write(b"sandbox-key")
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(30):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
    finally:
        os.chdir(here)
    assert len(secrets_in(tmp_path)) == 1


LEAKING = """
def test_it(tmp_path):
    (tmp_path / "agent.log").write_text("the key is sandbox-key")
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_that_leaves_a_secret_fails_although_every_test_passed(
    tmp_path: Path, workers: str
) -> None:
    """The hook itself, in a run of its own with the project's conftest."""
    (tmp_path / "test_leaking.py").write_text(LEAKING)
    command = [
        *(sys.executable, "-m", "pytest", "-n", workers, "-q", "-p", "no:cacheprovider"),
        *("-p", "tests.conftest", "--rootdir", str(tmp_path), "--basetemp", str(tmp_path / "base")),
        str(tmp_path),
    ]
    env = {**os.environ, "PYTHONPATH": str(TOP)}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100, check=False
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1
    assert "agent.log': sandbox-key" in done.stdout + done.stderr
