"""A wish or a question that cannot be met, in a sentence for whoever asked."""

from __future__ import annotations


class Refused(Exception):
    """Nothing was done; `said` is why, and what would help.

    `status` is HTTP's word for it. From 500 on the agent did not get to the question, or not to
    its end: then it may be asked elsewhere or again, and a wish may still be carried out.
    """

    def __init__(self, said: str, status: int = 409) -> None:
        super().__init__(said)
        self.said = said
        self.status = status

    @property
    def unanswered(self) -> bool:
        """Whether it is the agent's trouble and says nothing about the question."""
        return self.status >= 500
