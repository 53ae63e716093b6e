"""Inside the guest: a file that its server rewrites in place, unseen by the share's cache (S2).

Programs on the server itself break no lease of SMB's: our kernel may go on showing what it read.
"""

from __future__ import annotations

import hashlib
import random
import time
from pathlib import Path
from typing import Any

from agent.sandbox.server import Sandbox
from tests.uml.office import RUN, Office, bad, wait_for
from tests.uml.samba import Samba, mount
from tests.uml.share_mode_scenes import CLIENT, QUICK

MOUNT = RUN / "mount"
PIECES = 6
PIECE = 256 << 10


def rewritten(seed: int, files: int, debounce: float) -> dict[str, Any]:
    """Each file once more with another content, size for size, while it is being read or sent."""
    rng = random.Random(seed)
    samba = Samba()
    samba.prepare()
    samba.start()
    mount(MOUNT)
    whole: set[str] = set()
    # a folder for each: the agent grows slower where it sees a file change after its rest
    paths = [samba.share / CLIENT / str(number) / "a.csv" for number in range(files)]
    due = [(number * 0.4, path) for number, path in enumerate(paths)]
    # two seconds of quiet and at most one until it is seen: then it is read
    due += [(when + rng.uniform(2.0, 5.0), path) for when, path in due]
    with Sandbox(RUN / "filed", QUICK, seed=seed) as sandbox:
        agent = Office.of(sandbox, MOUNT)
        agent.debounce, agent.deep = debounce, 1.0
        agent.start("run")
        time.sleep(3)
        began = time.monotonic()
        for when, path in sorted(due):
            time.sleep(max(0.0, began + when - time.monotonic()))
            whole.add(_rewrite(rng, path))
        last = wait_for(lambda: not _lost(sandbox, samba), 120, 1.0)
        agent.kill()
        documents = sandbox.received().documents
        return {
            "filed": len(documents),
            "torn": [one.sha256 for one in documents if one.sha256 not in whole],
            "twice": len(documents) - len({one.sha256 for one in documents}),
            "last_ones_came": last,
            "uploads_begun": sandbox.received().requests.get("POST", 0),
            "begun_anew": len(agent.rows("SELECT id FROM history WHERE why LIKE '%changed%'")),
            "log": agent.log_tail(),
        }


def _rewrite(rng: random.Random, target: Path) -> str:
    """Piece by piece over the old content, as a program on the server does; its SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    content = rng.randbytes(PIECES * PIECE)
    with target.open("r+b" if target.exists() else "wb") as file:
        for number in range(PIECES):
            file.write(content[number * PIECE : (number + 1) * PIECE])
            file.flush()
            time.sleep(rng.choice((0, 0, 0.01, 0.03)))
    return hashlib.sha256(content).hexdigest()


def _lost(sandbox: Sandbox, samba: Samba) -> list[str]:
    return [word for word in bad(sandbox, samba.share) if word.startswith("lost")]
