"""Inside the guest: names that one side of a share may have and the other may not (row N9)."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from agent.sandbox.server import Sandbox
from tests.uml.office import RUN, Office, bad, wait_for
from tests.uml.samba import Samba, mount
from tests.uml.share_mode_scenes import CLIENT, QUICK

MOUNT = RUN / "mount"
# made on the server's own disk, where almost everything is a name
ON_SERVER = (
    "a:b.csv",
    "what?.csv",
    "star*.csv",
    "back\\slash.csv",
    "dot..csv.",
    "space.csv ",
    "CON.csv",
    "nul.csv",
    "com1.txt",
    "tab\there.csv",
    "UPPER.csv",
    "upper.csv",
    "Größe Łódź.csv",
    "Gro\u0308ße.csv",
    "-dash.csv",
    "=1+1.csv",
)
# written through the share by Linux: the kernel puts private characters in place of forbidden ones
THROUGH_SHARE = ("m:n.csv", "mounted?.csv", "ends in dot.csv.", "ends in space.csv ", "AUX.csv")


def odd_names() -> dict[str, Any]:
    """Each name with a content of its own, on one side or the other."""
    samba = Samba()
    samba.prepare()
    samba.start()
    mount(MOUNT)
    (samba.share / CLIENT).mkdir()
    refused: dict[str, str] = {}
    for name in ON_SERVER:
        (samba.share / CLIENT / name).write_text(f"on the server: {name}", encoding="utf-8")
    for name in THROUGH_SHARE:
        try:
            (MOUNT / CLIENT / name).write_text(f"through the share: {name}", encoding="utf-8")
        except OSError as error:
            refused[name] = str(error.strerror)
    any_type = replace(QUICK, allowed_types=None)  # some names lose their ending on the way
    with Sandbox(RUN / "filed", any_type) as sandbox:
        agent = Office.of(sandbox, MOUNT)
        agent.start("run")
        whole = wait_for(lambda: not bad(sandbox, samba.share), 90)
        assert agent.process is not None
        running = agent.process.poll() is None
        status = agent.call("status")
        agent.kill()
        return {
            "whole": whole,
            "bad": bad(sandbox, samba.share),
            "refused": refused,
            "running": running,
            "status": status.returncode,
            "held": agent.held(),
            "missing": agent.missing(),
            "names": sorted(document.filename for document in sandbox.received().documents),
            "seen": sorted(path.name for path in (MOUNT / CLIENT).iterdir()),
            "log": agent.log_tail(),
        }


def names_beyond_the_mount() -> dict[str, Any]:
    """The share is mounted with an old character set: some names are listed and lead nowhere.

    A folder of such a name the kernel shows as an empty one: that nobody can tell from the truth.
    """
    samba = Samba()
    samba.prepare()
    samba.start()
    mount(MOUNT, "iocharset=iso8859-1")
    for path in (f"{CLIENT}/plain.csv", f"{CLIENT}/Łódź.csv"):
        (samba.share / path).parent.mkdir(exist_ok=True)
        (samba.share / path).write_text(f"content of {path}", encoding="utf-8")
    with Sandbox(RUN / "filed", QUICK) as sandbox:
        agent = Office.of(sandbox, MOUNT)
        agent.start("run")
        held = wait_for(lambda: len(agent.held()) == 1, 60)
        time.sleep(5)
        lines = _history_lines(agent)
        time.sleep(20)
        status = agent.call("status")
        agent.kill()
        return {
            "seen": sorted(path.name for path in MOUNT.rglob("*.csv")),
            "held_in_time": held,
            "held": agent.held(),
            "lines_in_20_seconds": _history_lines(agent) - lines,
            "filed": [document.filename for document in sandbox.received().documents],
            "status": status.stdout,
            "log": agent.log_tail(),
        }


def _history_lines(agent: Office) -> int:
    return len(agent.rows("SELECT id FROM history"))
