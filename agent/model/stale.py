"""What a compare-and-set says when it missed."""

from __future__ import annotations


class StaleRow(Exception):
    """The row has moved on since it was read; nothing of the transaction was written."""
