"""People and machines that write into the watched folders, and what they left at rest."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict

from tests.kit.clock import JumpingClock
from tests.kit.disk import MemoryDisk

CLIENTS = (b"Ash", b"Birch", b"Cedar")
NAMES = (b"w2.bin", b"k1.bin", b"1099.bin", b"scan.bin")
AT_REST = 9.9  # seconds: the quiet time of the simulation is 10


class People:
    """Acts at random times; `rested` tells which contents ever lay still, and where."""

    def __init__(
        self, disk: MemoryDisk, clock: JumpingClock, rng: random.Random, actions: int
    ) -> None:
        self._disk = disk
        self._clock = clock
        self._rng = rng
        self._left = actions
        self._plan: list[tuple[float, str, bytes, bytes]] = []
        self._since: dict[bytes, tuple[bytes, float]] = {}
        self.rested_until_now: dict[str, set[str]] = defaultdict(set)
        # contents that size and times still speak of although the bytes are others
        self.masked: dict[bytes, list[bytes]] = defaultdict(list)
        self._contents = self._make_contents()
        self._next = clock.steady() + 1.0

    @property
    def done(self) -> bool:
        """Whether nobody will do anything more."""
        return self._left <= 0 and not self._plan

    @property
    def next_at(self) -> float | None:
        """When somebody acts next."""
        times = [entry[0] for entry in self._plan]
        return min([*times, self._next] if self._left > 0 else times, default=None)

    @property
    def rested(self) -> dict[str, set[str]]:
        """Clients by the SHA-256 of each content that lay still long enough there."""
        for path, (content, since) in self._since.items():
            self._note(path, content, since)
        return dict(self.rested_until_now)

    def put(self, path: bytes, content: bytes) -> None:
        """Lay down a file of a fixed scene."""
        self._do("write", path, content)

    def act(self) -> None:
        """Do what is due."""
        now = self._clock.steady()
        due = sorted(entry for entry in self._plan if entry[0] <= now)
        self._plan = [entry for entry in self._plan if entry[0] > now]
        for _, what, path, content in due:
            self._do(what, path, content)
        if self._left > 0 and self._next <= now:
            self._left -= 1
            self._next = now + self._rng.expovariate(1 / 15.0)
            self._something(now)

    def meddle(self) -> None:
        """Called while the agent reads: now and then somebody writes right then."""
        if self._left <= 0 or not self._disk.files or self._rng.random() > 0.02:
            return
        path = self._rng.choice(sorted(self._disk.files))
        draw = self._rng.random()
        if draw < 0.4:
            self._do("write", path, self._content())
        elif draw < 0.7:
            self._there_and_back(self._clock.steady(), path)
        else:
            self._rewrite_slyly(path)

    # -- what they do ------------------------------------------------------------------------------

    def _something(self, now: float) -> None:
        path = self._rng.choice(CLIENTS) + b"/" + self._rng.choice(NAMES)
        there = sorted(self._disk.files)
        draw = self._rng.random()
        if draw < 0.35 or not there:
            self._do("write" if self._rng.random() < 0.5 else "save", path, self._content())
        elif draw < 0.5:
            self._scan_slowly(now, path)
        elif draw < 0.62:
            self._do("rename", self._rng.choice(there), path)
        elif draw < 0.72:
            self._do("save", path, self._disk.files[self._rng.choice(there)].content)
        elif draw < 0.82:
            self._do("delete", self._rng.choice(there), b"")
        elif draw < 0.92:
            self._there_and_back(now, self._rng.choice(there))
        else:
            what = self._rng.choice(("away", "empty"))
            self._do(what, b"", b"")
            self._plan.append((now + self._rng.uniform(5.0, 60.0), "back", b"", b""))

    def _scan_slowly(self, now: float, path: bytes) -> None:
        """A scanner: pages with pauses shorter than the quiet time."""
        content = b""
        for _ in range(self._rng.randrange(2, 6)):
            now += self._rng.uniform(0.2, 4.0)
            content += self._content()[:200] + bytes([self._rng.randrange(256)])
            self._plan.append((now, "write", path, content))

    def _there_and_back(self, now: float, path: bytes) -> None:
        """A to B to A, the trap of every content-addressed queue."""
        first = self._disk.files[path].content
        self._do("write", path, self._content())
        back = now + self._rng.uniform(1.0, 40.0)
        self._plan.append((back, "write", path, first))

    def _rewrite_slyly(self, path: bytes) -> None:
        """Other bytes with the same size and times (F5); a plain save a while later betrays it."""
        self._left_at(path)
        self.masked[path].append(self._disk.files[path].content)
        content = self._rng.randbytes(len(self._disk.files[path].content))
        self._disk.files[path].content = content
        self._since[path] = (content, self._clock.steady())
        later = self._clock.steady() + self._rng.uniform(20.0, 60.0)
        self._plan.append((later, "write", path, content))

    def _do(self, what: str, path: bytes, other: bytes) -> None:
        if what in ("write", "save"):
            self._left_at(path)
            self._disk.write(path, other, keep_inode=what == "write")
            self._since[path] = (other, self._clock.steady())
        elif what == "rename" and path != other and path in self._disk.files:
            self._left_at(path)
            self._left_at(other)
            self._disk.rename(path, other)
            self._since[other] = (self._disk.files[other].content, self._clock.steady())
        elif what == "delete" and path in self._disk.files:
            self._left_at(path)
            self._disk.delete(path)
        elif what == "away":
            self._disk.there = False
        elif what == "empty":
            self._disk.emptied = True
        elif what == "back":
            self._disk.there, self._disk.emptied = True, False

    def _left_at(self, path: bytes) -> None:
        self.masked.pop(path, None)
        content, since = self._since.pop(path, (b"", 0.0))
        if content:
            self._note(path, content, since)

    def _note(self, path: bytes, content: bytes, since: float) -> None:
        if self._clock.steady() - since >= AT_REST:
            client = path.split(b"/")[0].decode()
            self.rested_until_now[hashlib.sha256(content).hexdigest()].add(client)

    # -- contents ----------------------------------------------------------------------------------

    def _make_contents(self) -> list[bytes]:
        """Some share size and head and differ at the end only: the trap of weak fingerprints."""
        head = self._rng.randbytes(300)
        twins = [head + self._rng.randbytes(50) for _ in range(3)]
        others = [self._rng.randbytes(self._rng.randrange(1, 900)) for _ in range(5)]
        edges = [self._rng.randbytes(size) for size in (199, 200, 201, 400)]
        return [b"", *twins, *others, *edges]

    def _content(self) -> bytes:
        return self._rng.choice(self._contents)
