"""How much of the work at hand is done: the ring of the icon."""

from __future__ import annotations

from agent.control.door_shapes import SnapshotAnswer


class Stretch:
    """From the moment at which something came until all of it is done.

    The agent tells what is left; the most that was ever left since is what there was.
    """

    def __init__(self) -> None:
        self._most = (0, 0)

    def share(self, snapshot: SnapshotAnswer | None) -> float:
        """Between 0 and 1; by bytes while there are any to send, else by documents."""
        if snapshot is None or snapshot["progress"]["documents_left"] == 0:
            self._most = (0, 0)
            return 0.0
        left = snapshot["progress"]
        sizes, documents = self._most
        self._most = max(sizes, left["bytes_left"]), max(documents, left["documents_left"])
        if self._most[0]:
            return 1 - left["bytes_left"] / self._most[0]
        return 1 - left["documents_left"] / self._most[1]
