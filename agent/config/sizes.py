"""Sizes as people write them: "5 MiB"."""

from __future__ import annotations

import re

UNITS = {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "kb": 10**3, "mb": 10**6}
UNITS["gb"] = 10**9
SIZE = re.compile(r"\s*([0-9]{1,12})\s*([A-Za-z]{0,3})\s*")


def parse_size(text: str) -> int:
    """The number of bytes; raises ValueError with a sentence for what is no size."""
    found = SIZE.fullmatch(text)
    if found is None or found[2].lower() not in UNITS:
        raise ValueError('is not a size; write it like "5 MiB" or "512 KiB"')
    return int(found[1]) * UNITS[found[2].lower()]
