"""Which watched folder each inotify watch stands for; a moved folder costs one entry."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class _Node:
    parent: int
    name: bytes
    below: dict[bytes, int] = field(default_factory=dict)


class WatchTree:
    """Watch descriptors as a tree of names; the root's has parent -1 and no name."""

    def __init__(self) -> None:
        self._nodes: dict[int, _Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def add(self, watch: int, parent: int, name: bytes) -> None:
        """Put a watch at its place; one that is known (the folder moved) leaves the old place."""
        node = self._nodes.get(watch)
        if node is None:
            node = self._nodes[watch] = _Node(parent, name)
        else:
            self._unlink(watch, node)
            node.parent, node.name = parent, name
        above = self._nodes.get(parent)
        if above is not None:
            above.below[name] = watch

    def path(self, watch: int) -> bytes | None:
        """The folder relative to the root, b"" for the root, None for an unknown watch."""
        parts: list[bytes] = []
        node = self._nodes.get(watch)
        while node is not None and node.parent >= 0:
            parts.append(node.name)
            node = self._nodes.get(node.parent)
        return None if node is None else b"/".join(reversed(parts))

    def below(self, watch: int, name: bytes) -> int | None:
        """The watch of the subfolder `name`, if there is one."""
        node = self._nodes.get(watch)
        return None if node is None else node.below.get(name)

    def drop(self, watch: int) -> list[int]:
        """Forget a watch and all below it; the watches forgotten."""
        node = self._nodes.get(watch)
        if node is None:
            return []
        self._unlink(watch, node)
        dropped: list[int] = []
        todo = [watch]
        while todo:
            dropped.append(todo.pop())
            todo += self._nodes.pop(dropped[-1]).below.values()
        return dropped

    def _unlink(self, watch: int, node: _Node) -> None:
        above = self._nodes.get(node.parent)
        if above is not None and above.below.get(node.name) == watch:
            del above.below[node.name]
