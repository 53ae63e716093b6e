"""Sizes and speeds as people write them: "5 MiB", "20 Mbit/s"."""

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


BITS = {"bit/s": 1, "kbit/s": 10**3, "mbit/s": 10**6, "gbit/s": 10**9}
RATE = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([A-Za-z]{1,4}/s)\s*")


def parse_rate(text: str) -> int:
    """The number of bytes a second, "0" for no limit; raises ValueError with a sentence."""
    if text.strip() == "0":
        return 0
    found = RATE.fullmatch(text)
    unit = found[2].lower() if found else ""
    if found is None or not (unit in BITS or unit[:-2] in UNITS):
        raise ValueError('is not a speed; write it like "20 Mbit/s" or "2 MB/s", or 0 for no limit')
    if unit in BITS:
        return int(float(found[1]) * BITS[unit] / 8)
    return int(float(found[1]) * UNITS[unit[:-2]])
