"""Inside the guest: a watched folder on a real SMB share."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.uml.office import RUN, Office, bad, wait_for
from tests.uml.samba import Samba, mount

MOUNT = RUN / "mount"
CLIENTS = ("Ash Bakery", "Birch & Sons")
QUICK = Switches(task_seconds=0.2, task_polls=1)


def servers_killed(seed: int, kills: int) -> dict[str, Any]:
    """The server dies and returns while both sides write and the agent works."""
    rng = random.Random(seed)
    samba = Samba()
    samba.prepare()
    samba.start()
    mount(MOUNT)
    with Sandbox(RUN / "filed", QUICK, seed=seed) as sandbox:
        agent = Office.of(sandbox, MOUNT)
        agent.start("run")
        aways: list[str] = []
        for number in range(kills):
            _write_some(rng, samba.share, MOUNT, number)
            time.sleep(rng.uniform(0.2, 6.0))
            samba.kill()
            _on_the_server(rng, samba.share, f"while away {number}")
            # the kernel gives up after 10 s: shorter outages look like a slow answer
            time.sleep(rng.uniform(0.2, 12.0) if number % 3 else rng.uniform(14.0, 20.0))
            aways += [why] if (why := agent.away()) else []
            samba.start()
        began = time.monotonic()
        whole = wait_for(lambda: not bad(sandbox, samba.share), 180, 1.0)
        after = time.monotonic() - began
        time.sleep(8)  # one more complete scan, at least
        assert agent.process is not None
        running = agent.process.poll() is None
        agent.kill()
        return {
            "bad": bad(sandbox, samba.share),
            "whole": whole,
            "missing": agent.missing(),
            "aways": aways,
            "running": running,
            "away": agent.away(),
            "held": agent.held(),
            "seconds_after": round(after, 1),
            "files": sum(path.is_file() for path in samba.share.rglob("*")),
            "log": agent.log_tail(),
        }


def _write_some(rng: random.Random, server: Path, mounted: Path, number: int) -> None:
    """Some on the server's own disk, where no event comes from, and one through the share."""
    _on_the_server(rng, server, f"server {number}")
    target = mounted / rng.choice(CLIENTS) / f"share {number}.csv"
    content = rng.randbytes(rng.choice((900, 70_000)))
    # a daemon: on a share that died in between, the write waits, and may fail
    threading.Thread(target=_through_the_share, args=(target, content), daemon=True).start()


def _through_the_share(target: Path, content: bytes) -> None:
    try:
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
    except OSError as error:
        print(f"written through the share in vain: {target.name}: {error}")


def _on_the_server(rng: random.Random, server: Path, name: str) -> None:
    """One file in two pieces, as a slow writer leaves it."""
    target = server / rng.choice(CLIENTS) / f"{name}.csv"
    target.parent.mkdir(exist_ok=True)
    size = rng.choice((300, 5_000, 60_000, 700_000))
    with target.open("wb") as file:
        file.write(rng.randbytes(size))
        file.flush()
        time.sleep(rng.uniform(0, 0.5))
        file.write(rng.randbytes(size))
