"""Node programs as peers of the tests: found, installed from the lock once, started, ended."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OLDEST = (20, 19)  # what @tus/server asks for
INSTALL_MOST = 100.0  # seconds; below pytest's own limit for a test
NODE_VARIABLE = "FILED_AGENT_TEST_NODE"  # another node than the first on PATH


def node() -> str:
    """The path of a Node that is new enough; skips the test where there is none."""
    found = os.environ.get(NODE_VARIABLE) or shutil.which("node")
    if found is None:
        pytest.skip("Node is not installed; .ci/run installs it")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    match = re.match(r"v(\d+)\.(\d+)", told)
    if match is None or (int(match[1]), int(match[2])) < OLDEST:
        pytest.skip(f"Node {told.strip()} is older than {'.'.join(map(str, OLDEST))}")
    return found


def install() -> None:
    """What package-lock.json names, into node_modules: once, by one process at a time."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    modules = HERE / "node_modules"
    ready = modules / ".installed"
    modules.mkdir(exist_ok=True)
    # a lock on a database works alike on all systems and goes when its holder dies
    with closing(sqlite3.connect(HERE / ".installing.sqlite", timeout=INSTALL_MOST)) as turn:
        turn.isolation_level = None
        turn.execute("begin exclusive")
        if not (ready.exists() and ready.read_text() == lock):
            _npm_ci()
            ready.write_text(lock)


def _npm_ci() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed; .ci/run installs it")
    command = [npm, "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=HERE, capture_output=True, text=True, timeout=INSTALL_MOST, check=False
    )
    if done.returncode:
        pytest.skip(f"npm ci did not succeed: {done.stderr.strip()[-400:]}")


@contextmanager
def running(script: str, *arguments: str | Path) -> Iterator[Mapping[str, str]]:
    """A script of this folder as a process; gives the JSON that it prints when it is ready."""
    program = node()
    install()
    process = subprocess.Popen(
        [program, str(HERE / script), *map(str, arguments)],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, f"{script} ended before it was ready"
            yield json.loads(line)
        finally:
            process.stdin.close()  # the scripts end when nobody listens any more
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
