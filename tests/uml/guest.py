"""Inside the guest: run the scene that the job names, write its answer down, power off."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import subprocess
import time
import traceback
from pathlib import Path
from typing import Any

ANSWERS = Path("/run/answers")
POWER_OFF = 0x4321FEDC  # reboot(2): LINUX_REBOOT_CMD_POWER_OFF


def run(job: dict[str, Any]) -> dict[str, Any]:
    """The scene's answer under "value", or what it raised under "error"."""
    module, _, name = job["scene"].partition(":")
    try:
        return {"value": getattr(importlib.import_module(module), name)(**job["arguments"])}
    except BaseException:
        return {"error": traceback.format_exc()}


def smoke() -> dict[str, Any]:
    """A scene: the machine works at all, its modules can be had, and the host is out of reach."""
    modules = ["/run/modprobe", "-a", "cifs", "vfat", "sch_netem", "dm-flakey"]
    subprocess.run(modules, check=True, timeout=30)
    try:
        Path("/root/a-guest-was-here").write_text("", encoding="utf-8")
        written = True
    except OSError:
        written = False
    return {"kernel": os.uname().release, "wrote_on_host": written}


def hang() -> dict[str, Any]:
    """A scene that never ends."""
    print("waiting for nothing")
    time.sleep(3600)
    return {}


def main() -> None:
    """One scene, then the end of this machine."""
    try:
        job = json.loads((ANSWERS / "job.json").read_text(encoding="utf-8"))
        answer = json.dumps(run(job))
        unfinished = ANSWERS / "answer.part"
        unfinished.write_text(answer, encoding="utf-8")
        unfinished.rename(ANSWERS / "answer.json")
    finally:
        # without a sync: a share that is gone would hold it up
        ctypes.CDLL(None).reboot(POWER_OFF)


if __name__ == "__main__":
    if "rootfstype=hostfs" not in Path("/proc/cmdline").read_text(encoding="utf-8"):
        raise SystemExit("This powers the machine off: only a guest may run it.")
    main()
