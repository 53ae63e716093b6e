"""An upload at Filed, as its creation tells of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Created:
    """An upload that Filed made: its ID and how many bytes it already holds."""

    upload_id: str
    offset: int
