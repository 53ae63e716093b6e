"""Looking through files that have not changed, again: the agent, Syncthing, rclone, find.

All look at the same tree in turns, each as it does in daily use: agent and Syncthing are running
and know every file, rclone and find are started anew.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from xml.sax.saxutils import quoteattr

import httpx

from tests.bench.disk_ground import Tree, plant
from tests.bench.disk_ledger import fill
from tests.bench.disk_meter import agent_at, living_cpu, scanned_at, spent, started, wait
from tests.bench.disk_restart import find
from tests.bench.row import Row, Scale
from tests.bench.used import stop

FIRST_SCAN_SECONDS = 200.0
RESCAN_SECONDS = 60.0
SCAN_EVERY = 1.0
MOST = 0.1
WHAT = "rescan of {:,} files against Syncthing's"
TARGET = f"<= {MOST} x its CPU"

# the marker is a folder of the tree, so that nothing is put into it
_SYNCTHING = """<configuration version="36">
<folder id="bench" label="bench" path={path} type="sendonly" rescanIntervalS="0"
 fsWatcherEnabled="false"><markerName>Client 00000</markerName></folder>
<gui enabled="true" tls="false"><address>127.0.0.1:{port}</address><apikey>bench</apikey></gui>
<options><listenAddress>tcp://127.0.0.1:0</listenAddress><globalAnnounceEnabled>false
</globalAnnounceEnabled><localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false
</relaysEnabled><natEnabled>false</natEnabled><startBrowser>false</startBrowser><urAccepted>-1
</urAccepted><autoUpgradeIntervalH>0</autoUpgradeIntervalH><crashReportingEnabled>false
</crashReportingEnabled></options></configuration>
"""


class Syncthing:
    """A running Syncthing with one folder and no peer."""

    def __init__(self, pid: int, port: int) -> None:
        self._pid = pid
        self._api = httpx.Client(
            base_url=f"http://127.0.0.1:{port}/rest/",
            headers={"X-API-Key": "bench"},
            timeout=RESCAN_SECONDS,
            trust_env=False,
        )

    def knows(self, count: int) -> bool:
        """Whether its first scan is over and it knows so many files."""
        try:
            told = self._api.get("db/status", params={"folder": "bench"}).json()
        except (httpx.HTTPError, ValueError):
            return False
        return bool(told.get("state") == "idle" and told.get("localFiles", 0) >= count)

    def rescan(self) -> float:
        """CPU seconds of one more look at everything."""
        before = living_cpu(self._pid)
        answer = self._api.post("db/scan", params={"folder": "bench"})
        answer.raise_for_status()
        return living_cpu(self._pid) - before

    def close(self) -> None:
        """Let go of the line to it."""
        self._api.close()


@contextmanager
def syncthing(home: Path, root: Path) -> Iterator[Syncthing]:
    """Start it, for a while."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    home.mkdir(parents=True)
    config = _SYNCTHING.format(path=quoteattr(str(root)), port=port)
    (home / "config.xml").write_text(config.replace("\n</", "</"), encoding="utf-8")
    command = ["syncthing", "serve", f"--home={home}", "--no-browser", "--no-restart"]
    env = {**os.environ, "STNOUPGRADE": "1", "STMONITORED": "yes", "HOME": str(home)}
    with (home / "words.txt").open("wb") as words:
        process = subprocess.Popen(command, env=env, stdout=words, stderr=subprocess.STDOUT)
    peer = Syncthing(process.pid, port)
    try:
        yield peer
    finally:
        peer.close()
        stop(process)


@dataclass(frozen=True)
class Rescan:
    """The tree of this scene, and Syncthing above it; None where it is not installed."""

    tree: Tree
    root: Path
    peer: Syncthing | None

    def wait(self) -> None:
        """Until Syncthing has hashed everything, which takes a minute. Raises TimeoutError."""
        peer = self.peer
        if peer is not None:
            count = self.tree.count
            wait(lambda: peer.knows(count), "Syncthing's first scan", FIRST_SCAN_SECONDS, 0.5)


@contextmanager
def prepared(scale: Scale, place: Path, base: Path) -> Iterator[Rescan]:
    """Make the tree and let Syncthing begin: it hashes while other things are prepared."""
    tree, root = Tree(scale.of(250)), place / "rescan"
    if shutil.which("syncthing") is None:
        yield Rescan(tree, root, None)
        return
    plant(root, tree)
    with syncthing(base / "syncthing", root) as peer:
        yield Rescan(tree, root, peer)


def rescan_rows(scale: Scale, base: Path, rescan: Rescan) -> Iterator[Row]:
    """The one row."""
    tree = rescan.tree
    if rescan.peer is None:
        why = "left out: Syncthing (Debian package syncthing) is not installed"
        yield Row(WHAT.format(tree.count), TARGET, "", None, "", why)
        return
    fill(base / "home", rescan.root)
    rescan.wait()
    yield _row(tree, _turns(scale, rescan.root, base, rescan.peer))


def _turns(scale: Scale, root: Path, base: Path, peer: Syncthing) -> dict[str, list[float]]:
    """CPU seconds of each, in turns; the first turn does not count."""
    turns: dict[str, list[float]] = {"agent": [], "syncthing": [], "find": [], "rclone": []}
    with agent_at(base, root, deep=SCAN_EVERY) as agent:
        started(agent)
        assert agent.process is not None
        for _ in range(scale.runs + 1):
            turns["find"].append(spent(find(root)).cpu)
            turns["syncthing"].append(peer.rescan())
            turns["agent"].append(_agent_rescan(agent.process.pid, agent.ledger))
            if shutil.which("rclone"):
                turns["rclone"].append(spent(["rclone", "--config=", "size", root]).cpu)
        agent.end()
    return {name: seconds[1:] for name, seconds in turns.items()}


def _agent_rescan(pid: int, ledger: Path) -> float:
    """CPU seconds from the end of one complete scan to the end of the next."""

    def next_end() -> float:
        last = scanned_at(ledger)
        wait(lambda: scanned_at(ledger) > last, "the next scan", RESCAN_SECONDS)
        return living_cpu(pid)

    began = next_end()
    return next_end() - began


def _row(tree: Tree, turns: dict[str, list[float]]) -> Row:
    agent, peer = turns["agent"], turns["syncthing"]
    ratio = median(ours / theirs for ours, theirs in zip(agent, peer, strict=True))
    told = [f"{name} {median(seconds):.2f}" for name, seconds in turns.items() if seconds]
    return Row(
        WHAT.format(tree.count),
        TARGET,
        f"{ratio:.3f} x",
        ratio <= MOST,
        f"CPU s: {', '.join(told)}",
        f"medians of {len(agent)} in turns; agent and Syncthing running, each with all files known"
        + ("" if turns["rclone"] else "; rclone is not installed"),
    )
