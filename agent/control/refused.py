"""A wish or a question that cannot be met, in a sentence for whoever asked."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - the word for it, not an accident of the program
    """Nothing was done; `said` is why, and what would help."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said
