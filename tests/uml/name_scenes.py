"""Inside the guest: names that one side of a share may have and the other may not (row N9)."""

from __future__ import annotations

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
