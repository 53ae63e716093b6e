"""How far a test goes: a few minutes on every push, as long as it takes under `make torture`."""

from __future__ import annotations

import os

TORTURE = os.environ.get("TORTURE", "") not in ("", "0")


def depth(name: str, push: int, torture: int) -> int:
    """The number that the environment variable `name` sets, else the one for this kind of run."""
    told = os.environ.get(name, "")
    if told:
        return int(told)
    return torture if TORTURE else push
