"""What a scene has to tell: one line of the table, with its target and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How far the scenes go: interleaved runs of each, and a tenth of everything when quick."""

    runs: int = 5
    quick: bool = False

    def of(self, whole: int) -> int:
        """So many files, folders or bytes at this scale."""
        return max(1, whole // 10) if self.quick else whole


@dataclass(frozen=True)
class Row:
    """One target and what was measured; ratios first, since machines differ.

    `met` is None where the scene was left out; `remark` then says why. Where a target is missed,
    it says by what: which call, which cost, what would be needed.
    """

    what: str
    target: str
    ratio: str
    met: bool | None
    figures: str
    remark: str = ""
