"""How long a file must lie still before it counts as finished (watch.md 3). Pure; seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass

LEARNED_MOST = 60.0
REAL_GAP = 1.0  # shorter pauses are one program writing, not a scanner between two pages
# Office writes under a name of eight hex digits without an ending and renames it in the end
TEMPORARY = re.compile(rb"[0-9A-Fa-f]{8}")
TEMPORARY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Quiet:
    """The configured quiet times: `default` on a local disk, `network` on a share."""

    default: float = 5.0
    network: float = 15.0

    def needed(
        self,
        name: bytes = b"",
        *,
        on_network: bool = False,
        learned: float | None = None,
        closed_hint: bool = False,
    ) -> float:
        """How long the signature must stay equal on our own monotonic clock.

        `closed_hint`: the system told that the file was closed after writing or renamed into
        place; without it a local file waits twice as long. A share's events prove nothing, so
        they shorten nothing. `learned` is what this folder's scanner taught, if anything.
        """
        if on_network:
            asked = max(self.network, self.default)
        else:
            asked = self.default if closed_hint else 2 * self.default
        if TEMPORARY.fullmatch(name):
            asked = max(asked, TEMPORARY_SECONDS)
        return asked if learned is None else max(asked, learned)


def learn(old: float, gap: float) -> float:
    """The quiet time of a folder after a file there changed again, `gap` seconds after a pause.

    Three times the gap, at most a minute; never shorter than `old`.
    """
    if not gap >= REAL_GAP:
        return old
    return max(old, min(LEARNED_MOST, 3 * gap))
