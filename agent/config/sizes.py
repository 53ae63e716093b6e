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
    rate = float(found[1]) * _bytes(found[2]) if found else 0.0
    if rate < 1:
        raise ValueError('is not a speed; write it like "20 Mbit/s" or "2 MB/s", or 0 for no limit')
    return int(rate)


def _bytes(unit: str) -> float:
    """Bytes in this unit of a speed, 0 for none; "Mb/s" may mean either, so it means nothing."""
    if unit.lower() in BITS:
        return BITS[unit.lower()] / 8
    return UNITS.get(unit[:-2].lower(), 0) if unit.endswith("B/s") else 0
