"""Every verb against one running agent: through its door and from its ledger, the same words."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.cli.ground import Ground
from agent.cli.reach import SOCKET_VARIABLE
from agent.control.remote import Remote
from agent.sandbox.server import Sandbox
from tests.cli.firm import Firm
from tests.cli.test_processes import running, stop, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="a socket to name is of Unix"),
]
MOVING = re.compile(r"gone through \d+ s ago| at [\d.]+ \w+/s")


@contextmanager
def attended(firm: Firm) -> Iterator[subprocess.Popen[str]]:
    """`run`, with its door open."""
    with running(firm) as process:
        wait_for(lambda: Remote.find(firm.env) is not None)
        yield process


def by_door(firm: Firm) -> dict[str, str]:
    """What names the agent's socket, as somebody else would."""
    return {SOCKET_VARIABLE: json.loads((firm.home / "control.json").read_text())["socket"]}


def prepared(firm: Firm, sandbox: Sandbox) -> None:
    """A filed document with a copy, a failed one, files that wait, a name that is no text."""
    sandbox.aim("POST 2: answer 415")
    firm.put("Ash Bakery", "w2.csv")
    firm.put("Ash Bakery", "copy of w2.csv")
    firm.put("Birch", "k1.csv", b"other")
    firm.put("Birch", "empty.pdf", b"")
    (firm.clients / "stray.csv").write_bytes(b"x")
    if os.name == "posix":
        (firm.clients / os.fsdecode(b"Ced\xe9")).mkdir()
        (firm.clients / os.fsdecode(b"Ced\xe9") / "w2.csv").write_bytes(b"y")


def odd_name(firm: Firm) -> str:
    """A file whose path is no text, where the system has such names."""
    folder = os.fsdecode(b"Ced\xe9") if os.name == "posix" else "Birch"
    return str(firm.clients / folder / "w2.csv")


def test_looking_is_the_same_through_the_door_and_from_the_ledger(
    firm: Firm, sandbox: Sandbox
) -> None:
    prepared(firm, sandbox)
    with attended(firm) as process:
        wait_for(lambda: firm.answer("status")["counts"]["documents"]["failed"] == 1)
        wait_for(lambda: firm.answer("status")["counts"]["documents"]["filed"] == 1)
        for words in (
            ["status"],
            ["documents"],
            ["documents", "--stage", "filed"],
            ["documents", "--client", "ash bakery", "--search", "w2"],
            ["documents", "--limit", "1", "--offset", "1"],
            ["documents", "--client", "Nobody"],
            ["clients"],
            ["history"],
            ["history", "--limit", "3"],
            ["history", "--client", "Birch-2025", "--since", "1h"],
            ["history", "--client", "Nobody"],
            ["explain", str(firm.clients / "Ash Bakery" / "w2.csv")],
            ["explain", str(firm.clients / "Birch" / "empty.pdf")],
            ["explain", str(firm.clients / "Birch")],
            ["explain", str(firm.clients / "nothing.pdf")],
            ["explain", "/elsewhere"],
            ["explain", odd_name(firm)],
        ):
            same(firm, *words)
            if "Nobody" not in words:
                same(firm, *words, "--json")
        stop(process)


def same(firm: Firm, *words: str) -> None:
    """Both ways end alike and say the same; the agent may move on between the two."""
    tries = 0
    while (beside := said(firm, words, {})) != (through := said(firm, words, by_door(firm))):
        tries += 1
        assert tries < 20, (words, beside, through)
        time.sleep(0.2)


def said(
    firm: Firm, words: Sequence[str], env: Mapping[str, str]
) -> tuple[int, list[str] | object, str]:
    """How it ended, what it said, what it complained of."""
    result = firm.call(*words, env=env)
    out = json.loads(result.stdout) if "--json" in words else None
    return result.exit_code, out or MOVING.sub("", result.stdout).splitlines(), result.stderr


def test_wishes_are_the_same_through_the_door_and_into_the_ledger(
    firm: Firm, sandbox: Sandbox
) -> None:
    """First without an agent, then told to one: the words, and what stands in the history."""
    prepared(firm, sandbox)
    assert firm.call("sync").exit_code == 3
    beside = wished(firm)
    with attended(firm) as process:
        through = wished(firm)
        stop(process)
    assert through == beside
    for code, out, err in beside:
        assert code in (0, 2)
        assert (err == "") == (code == 0)
        assert out or err
        assert "Traceback" not in err


def wished(firm: Firm) -> list[tuple[int, str, str]]:
    """Each wish once, and what came of it; at the end all is as before."""
    stray, birch = str(firm.clients / "stray.csv"), str(firm.clients / "Birch")
    wishes = (
        ["pause"],
        ["pause", "--until", "2101-01-01T10:00:00+00:00"],
        ["pause", "--until", "2001-01-01"],
        ["ignore", stray, "--why", "not ours"],
        ["ignore", stray, str(firm.clients)],
        ["ignore", "--undo", stray],
        ["ignore", "--undo", stray],
        ["ignore", odd_name(firm)],
        ["ignore", "--undo", odd_name(firm)],
        ["ignore", "/elsewhere"],
        ["retry", "7777"],
        ["retry", "/elsewhere"],
        ["retry", str(firm.clients / "nothing.pdf")],
        ["retry", "--client", "Nobody"],
        ["retry"],
        ["map", birch, "Birch"],
        ["map", birch, "Nobody"],
        ["map", str(firm.clients), "Birch"],
        ["map", "/elsewhere", "Birch"],
        ["retry", "--root", birch],
        ["resume"],
        ["resume"],
    )
    results = [firm.call(*words) for words in wishes]
    return [(one.exit_code, one.stdout, one.stderr) for one in results]


def test_who_wished_it_stands_in_the_history_both_ways(firm: Firm, sandbox: Sandbox) -> None:
    firm.put("Ash Bakery", "w2.csv")
    firm.call("sync")
    firm.call("pause")
    with attended(firm) as process:
        firm.call("resume")
        firm.call("pause")
        through, _, beside = firm.answer("history", "--limit", "3")["history"]
        stop(process)
    assert (through["subject"], through["after"]) == (beside["subject"], beside["after"])
    assert through["why"] == beside["why"]
    assert Ground.who() in through["why"]


def test_a_door_that_dies_in_the_middle_leaves_the_wish_to_the_ledger(
    firm: Firm, sandbox: Sandbox
) -> None:
    """The agent is killed: its socket and its address are left behind, and nobody answers."""
    firm.put("Ash Bakery", "w2.csv")
    with attended(firm) as process:
        wait_for(lambda: firm.answer("status")["counts"]["documents"]["filed"] == 1)
        door = by_door(firm)
        process.kill()
        process.wait(10)
    assert (firm.home / "control.json").exists()
    told = firm.call("pause")
    assert (told.exit_code, told.stdout) == (
        0,
        "Paused. Nothing is sent until `filed-agent resume`.\n",
    )
    assert firm.call("status").output.startswith("Paused")
    assert firm.call("open").exit_code == 3
    gone = firm.call("status", env=door)
    assert gone.exit_code == 3
    assert "No agent answers at" in gone.stderr


def test_a_scan_finds_at_once_what_no_event_told(firm: Firm, sandbox: Sandbox) -> None:
    firm.put("Ash Bakery", "w2.csv")
    with attended(firm) as process:
        wait_for(lambda: firm.answer("status")["counts"]["documents"]["filed"] == 1)
        before = firm.answer("status")["roots"][0]["scanned_at"]
        told = firm.call("scan")
        assert told.exit_code == 0
        assert told.output.strip().endswith(".")
        wait_for(lambda: firm.answer("status")["roots"][0]["scanned_at"] != before, 10)
        stop(process)


def test_open_prints_a_link_that_is_another_one_each_time(firm: Firm) -> None:
    with attended(firm) as process:
        links = [firm.call("open", "--print").stdout for _ in range(2)]
        stop(process)
    for link in links:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/enter\?key=[\w-]{20,}\n", link)
    assert links[0] != links[1]


@pytest.mark.system
def test_somebody_of_the_group_steers_by_the_named_socket(
    firm: Firm, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Who cannot read the agent's home may still open its socket, if its group may."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("it needs root, to be somebody else")
    sockets = Path("/run") / f"filed-agent-test-{os.getpid()}"
    sockets.mkdir(mode=0o755)
    with firm.config.open("a") as config:
        config.write(f"[control]\nsocket = '{sockets}/agent.sock'\ngroup = \"users\"\n")
    try:
        with attended(firm) as process:
            told = stranger(firm, "status")
            assert (told.returncode, told.stderr) == (0, "")
            assert "There are no documents yet." in told.stdout
            assert stranger(firm, "pause").stdout.startswith("Paused.")
            refused = stranger(firm, "map", "/x", "y")
            assert refused.returncode == 2
            assert "Traceback" not in refused.stderr
            alone = stranger(firm, "status", group="nogroup")
            assert alone.returncode == 3
            assert "No agent answers at" in alone.stderr
            stop(process)
    finally:
        shutil.rmtree(sockets)


def stranger(firm: Firm, *words: str, group: str = "users") -> subprocess.CompletedProcess[str]:
    """A verb of the account nobody, with this group and with no way into the agent's home."""
    setpriv = ["setpriv", "--reuid", "nobody", "--regid", group, "--clear-groups", "--"]
    return subprocess.run(
        [*setpriv, sys.executable, "-m", "agent", *words],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **by_door(firm)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
