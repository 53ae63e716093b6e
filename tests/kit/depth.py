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


def shards(total: int, parts: int) -> list[range]:
    """0..total in `parts` interleaved ranges, so that both cores of a machine have work."""
    return [range(first, total, parts) for first in range(min(parts, total))]
