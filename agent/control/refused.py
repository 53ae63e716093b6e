"""A wish or a question that cannot be met, in a sentence for whoever asked."""

from __future__ import annotations


class Refused(Exception):
    """Nothing was done; `said` is why, and what would help."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said
