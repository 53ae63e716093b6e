"""Where a regression comes from: the seed that failed, in which world, before which mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., None])
KEPT_AS = "origin"  # the attribute of a test function


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The record of one case; commits are named by their first seven digits.

    `seed` is None where a schedule was built by hand: then `world` says from what. Else `world`
    names what ran, and `seed` alone repeats it at `failed_at`.
    """

    seed: int | None
    world: str
    failed_at: str
    mended_by: str
    broke: str = ""  # what the verdict said

    def __str__(self) -> str:
        seed = "built by hand" if self.seed is None else f"seed {self.seed}"
        return f"{seed}; {self.world}; failed at {self.failed_at}, mended by {self.mended_by}" + (
            f"; {self.broke}" if self.broke else ""
        )


def met(origin: Origin) -> Callable[[Test], Test]:
    """Say of a test where it comes from."""

    def remember(test: Test) -> Test:
        setattr(test, KEPT_AS, origin)
        return test

    return remember
