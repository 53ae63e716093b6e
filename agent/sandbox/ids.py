"""Identifiers and times in the forms that Filed's examples show."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime
from email.utils import formatdate


def uuid7(now: float) -> str:
    """A UUID of version 7 (RFC 9562) for a time in seconds since 1970."""
    milliseconds = int(now * 1000) & ((1 << 48) - 1)
    noise = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | noise
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def rfc3339(now: float) -> str:
    """A time in seconds since 1970 as ``2026-02-03T04:05:06.789Z``."""
    return (
        datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def http_date(now: float) -> str:
    """A time in seconds since 1970 as HTTP writes it, for the header Upload-Expires."""
    return formatdate(now, usegmt=True)
