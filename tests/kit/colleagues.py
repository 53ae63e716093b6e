"""People at work in a real watched folder: they write, rewrite, rename, move, copy and delete."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path


class Colleagues:
    """Acts when told to. `ever` is every (client, SHA-256) that stood on the disk."""

    def __init__(
        self, root: Path, rng: random.Random, clients: Sequence[str], sizes: Sequence[int]
    ) -> None:
        self._root = root
        self._rng = rng
        self._clients = clients
        self._sizes = sizes
        self._number = 0
        self.ever: set[tuple[str, str]] = set()
        for client in clients:
            (root / client).mkdir(parents=True, exist_ok=True)

    def write(self, count: int) -> None:
        """So many new files."""
        for _ in range(count):
            self._write(self._new_path(self._rng.choice(self._clients)))

    def meddle(self, count: int) -> None:
        """So many acts of any kind on what is there."""
        ways: list[Callable[[Path], None]] = [
            self._rewrite, self._rename, self._move, self._copy, self._copy, self._delete
        ]  # fmt: skip
        for _ in range(count):
            there = sorted(path for path in self._root.rglob("*") if path.is_file())
            if len(there) > len(self._clients):
                self._rng.choice(ways)(self._rng.choice(there))

    def _new_path(self, client: str) -> Path:
        self._number += 1
        return self._root / client / f"doc {self._number}.csv"

    def _write(self, path: Path) -> None:
        content = self._rng.randbytes(self._rng.choice(self._sizes))
        path.write_bytes(content)
        self.ever.add((path.parent.name, hashlib.sha256(content).hexdigest()))

    def _rewrite(self, path: Path) -> None:
        self._write(path)

    def _stands(self, path: Path) -> None:
        self.ever.add((path.parent.name, hashlib.sha256(path.read_bytes()).hexdigest()))

    def _rename(self, path: Path) -> None:
        path.rename(self._new_path(path.parent.name))

    def _move(self, path: Path) -> None:
        self._stands(path.rename(self._new_path(self._rng.choice(self._clients))))

    def _copy(self, path: Path) -> None:
        target = self._new_path(self._rng.choice(self._clients))
        shutil.copy2(path, target)
        self._stands(target)

    def _delete(self, path: Path) -> None:
        path.unlink()
