"""What the figures were measured on, and what this machine lacks for some of them."""

from __future__ import annotations

import datetime
import os
import platform
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.line import lacking
from tests.bench.peers.clients import node_program

TOOLS = {
    "curl": "curl: what one PATCH takes, and how fast the line is",
    "rclone": "rclone: a scanner beside ours",
    "syncthing": "syncthing: a scanner beside ours",
}


@dataclass(frozen=True)
class Machine:
    """One machine at the begin of a run."""

    date: str = field(
        default_factory=lambda: datetime.datetime.now(datetime.UTC).date().isoformat()
    )
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    def __str__(self) -> str:
        python = f"Python {platform.python_version()}"
        kernel = f"{platform.system()} {platform.release()}"
        return (
            f"{self.date}; {self.cores} cores of {_processor()}; {kernel}; {python}; "
            f"load average at the start {self.load:.2f}"
        )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or "an unknown processor"
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1].strip() if found else platform.machine()


def left_out() -> list[str]:
    """What cannot be measured or compared here, each as a sentence."""
    reasons = [f"No {what}." for tool, what in TOOLS.items() if shutil.which(tool) is None]
    without_line = lacking()
    if without_line:
        reasons.append(f"Nothing over the emulated line: {without_line}")
    program, reason = node_program()
    if program is None:
        reasons.append(f"No tus-js-client and no @tus/server: {reason}.")
    return reasons
