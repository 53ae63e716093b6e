"""Inside the guest: a watched folder on a memory stick (vfat, row F6)."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from agent.sandbox.server import Sandbox
from tests.uml.office import RUN, Office, bad, say, wait_for
from tests.uml.share_mode_scenes import CLIENT, QUICK

STICK = RUN / "stick"
IMAGE = RUN / "stick.img"


def remounted() -> dict[str, Any]:
    """The stick is taken out and put in again, with the agent running and without it."""
    rng = random.Random(7)
    say("/run/modprobe", "-a", "loop", "vfat", "nls_cp437", "nls_iso8859-1")
    say("truncate", "-s", "40M", str(IMAGE))
    say("mkfs.vfat", str(IMAGE))
    STICK.mkdir()
    _put_in()
    folder = STICK / CLIENT
    folder.mkdir()
    for number in range(8):
        (folder / f"Scan {number}.csv").write_bytes(rng.randbytes(20_000))
    with Sandbox(RUN / "filed", QUICK) as sandbox:
        agent = Office.of(sandbox, STICK)
        agent.quiet = 2.5  # above the two seconds that this file system tells times in
        agent.start("run")
        first = wait_for(lambda: not bad(sandbox, STICK), 60)
        before = _facts(folder), _requests(sandbox)
        away = _out_and_in(agent)
        agent.kill()
        _take_out()
        _put_in()
        agent.start("run")
        back = wait_for(lambda: agent.away() is None, 60)
        time.sleep(12)
        after = _facts(folder), _requests(sandbox)
        # by way of another name, as Linux calls a mere change of case no renaming
        (folder / "Scan 0.csv").rename(folder / "between.tmp").rename(folder / "scan 0.CSV")
        (folder / "Scan 1.csv").write_bytes(rng.randbytes(20_000))
        changed = wait_for(lambda: _lost(sandbox) == [], 60)
        time.sleep(10)
        agent.kill()
        return {
            "first": first,
            "away": away,
            "back": back,
            "inodes_before": sorted(inode for inode, _ in before[0].values()),
            "inodes_after": sorted(inode for inode, _ in after[0].values()),
            "whole_seconds": all(mtime % 2_000_000_000 == 0 for _, mtime in after[0].values()),
            "requests_before": before[1],
            "requests_after": after[1],
            "changed": changed,
            "bad": bad(sandbox, STICK),
            "missing": agent.missing(),
            "held": agent.held(),
            "names": sorted(path.name for path in folder.iterdir()),
            "filed": len(sandbox.received().documents),
            "log": agent.log_tail(),
        }


def _put_in() -> None:
    say("mount", "-o", "loop", str(IMAGE), str(STICK))


def _take_out() -> None:
    """As soon as nobody reads it; the agent's events do not hold it."""
    assert wait_for(_unmounted, 30), "the stick is in use all the time"


def _unmounted() -> bool:
    try:
        say("umount", str(STICK))
    except OSError as error:
        print(f"not taken out yet: {error}")
        return False
    return True


def _out_and_in(agent: Office) -> str | None:
    """Take it out, wait until that was noticed, put it in, wait until that was noticed."""
    _take_out()
    wait_for(lambda: agent.away() is not None, 60)
    said = agent.away()
    time.sleep(2)
    _put_in()
    assert wait_for(lambda: agent.away() is None, 90), "it was not found again"
    time.sleep(12)  # two complete scans
    return said


def _facts(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of each file, as the system tells them now."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}


def _requests(sandbox: Sandbox) -> dict[str, int]:
    """What was asked of Filed that sends something."""
    asked = sandbox.received().requests
    return {name: asked.get(name, 0) for name in ("POST", "PATCH", "AddClientDocuments")}


def _lost(sandbox: Sandbox) -> list[str]:
    return [word for word in bad(sandbox, STICK) if word.startswith("lost")]
