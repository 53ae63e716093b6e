"""What live watching tells: places that may have changed. Hints, never facts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hints:
    """What events told since the last call: hints, never facts.

    `paths` are files that may have changed; `folders` are to be listed (not their subfolders);
    `trees` are to be scanned with everything below; `gaps` are roots whose events were lost.
    `closed` are those of `paths` that were closed after writing, or renamed into place, last.
    All are (root, relative path) except gaps, which are roots.
    """

    paths: frozenset[tuple[bytes, bytes]] = frozenset()
    folders: frozenset[tuple[bytes, bytes]] = frozenset()
    trees: frozenset[tuple[bytes, bytes]] = frozenset()
    gaps: frozenset[bytes] = frozenset()
    closed: frozenset[tuple[bytes, bytes]] = frozenset()

    def __or__(self, other: Hints) -> Hints:
        """Both together."""
        return Hints(
            self.paths | other.paths,
            self.folders | other.folders,
            self.trees | other.trees,
            self.gaps | other.gaps,
            self.closed | other.closed,
        )
