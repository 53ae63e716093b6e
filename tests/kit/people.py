"""People and machines that write into the watched folders, and what they left at rest.

`act` does what is due; the habits themselves are in tests.kit.acts. Whatever they do goes through
the few verbs here, so that it is known which content lay still where, and since when.
"""

from __future__ import annotations

import hashlib
import math
import random
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence

from tests.kit import acts
from tests.kit.clock import JumpingClock
from tests.kit.disk import MemoryDisk

AT_REST = 9.9  # seconds: the quiet time of the simulation is 10
AT_REST_CLOSED = 4.9  # where events tell that a file was closed it is 5
MOMENT = 0.01  # seconds within which nobody can look twice

Act = Callable[[], None]


def client_key(path: bytes) -> str:
    """What all spellings of one client folder have in common."""
    name = path.split(b"/")[0].decode() if b"/" in path else ""
    return unicodedata.normalize("NFC", name).casefold()


def sha256(content: bytes) -> str:
    """The SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class People:
    """Acts at random times; `rested` tells which contents ever lay still, and where."""

    def __init__(
        self,
        disks: Sequence[MemoryDisk],
        clock: JumpingClock,
        rng: random.Random,
        actions: int,
        *,
        meddling: float = 0.02,
        habits: Sequence[tuple[float, acts.Habit]] = (),
    ) -> None:
        self.disks = disks
        self.clock = clock
        self.rng = rng
        self._meddling = meddling
        self._left = actions
        self._habits = habits or acts.HABITS
        self._plan: list[tuple[float, int, Act]] = []
        self._planned = 0
        self._since: dict[bytes, dict[bytes, tuple[bytes, float]]] = {
            disk.path: {} for disk in disks
        }
        self._rest = AT_REST_CLOSED if any(disk.closes for disk in disks) else AT_REST
        self._rested: dict[str, set[str]] = defaultdict(set)
        # contents that size and times still speak of although the bytes are others
        self.masked: dict[tuple[bytes, bytes], list[bytes]] = defaultdict(list)
        self.left: list[tuple[float, str, bytes]] = []  # when, whose, which content went
        self.strokes: dict[bytes, int] = {disk.path: disk.strokes for disk in disks}
        self.clients_ever: set[str] = set()
        self._there: dict[bytes, set[bytes]] = {disk.path: set() for disk in disks}
        self._presence: dict[tuple[bytes, bytes], list[list[float]]] = defaultdict(list)
        self._contents = self._make_contents()
        self._next = clock.world() + 1.0

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
        """Client keys by the SHA-256 of each content that lay still long enough there."""
        for since in self._since.values():
            for path, (content, at) in since.items():
                self._note(path, content, at)
        return dict(self._rested)

    def put(self, path: bytes, content: bytes) -> None:
        """Lay down a file of a fixed scene."""
        self.write(self.disks[0], path, content)

    def act(self) -> None:
        """Do what is due."""
        now = self.clock.world()
        if self._plan and min(entry[0] for entry in self._plan) <= now:
            due = sorted(entry[:2] for entry in self._plan if entry[0] <= now)
            acts_due = {entry[1]: entry[2] for entry in self._plan if entry[0] <= now}
            self._plan = [entry for entry in self._plan if entry[0] > now]
            for _, number in due:
                acts_due[number]()
        if self._left > 0 and self._next <= now:
            self._left -= 1
            self._next = now + self.rng.expovariate(1 / 15.0)
            acts.something(self, self._habits)

    def meddle(self) -> None:
        """Called while the agent reads: now and then somebody writes right then."""
        if self._left <= 0 or self.rng.random() > self._meddling:
            return
        acts.meddle(self)

    def later(self, seconds: float, act: Act) -> None:
        """Somebody will do this in so many seconds."""
        self._planned += 1
        self._plan.append((self.clock.world() + seconds, self._planned, act))

    # -- what they can do --------------------------------------------------------------------------

    def write(
        self,
        disk: MemoryDisk,
        path: bytes,
        content: bytes,
        *,
        in_place: bool = True,
        mtime_ns: int | None = None,
    ) -> None:
        """Write or rewrite a file, in place or by a rename."""
        disk.write(path, content, keep_inode=in_place, mtime_ns=mtime_ns)
        self._look_round(disk, 1)

    def rename(self, disk: MemoryDisk, old: bytes, new: bytes) -> None:
        """Move a file that is still there."""
        if old in disk.files and old != new:
            disk.rename(old, new)
            self._look_round(disk, 1)

    def rename_folder(self, disk: MemoryDisk, old: bytes, new: bytes) -> None:
        """Move a folder that is still there."""
        if old != new and any(path.startswith(old + b"/") for path in disk.files):
            disk.rename_folder(old, new)
            self._look_round(disk, 1)

    def delete(self, disk: MemoryDisk, path: bytes) -> None:
        """Remove a file that is still there."""
        if path in disk.files:
            disk.delete(path)
            self._look_round(disk, 1)

    def rewrite_slyly(self, disk: MemoryDisk, path: bytes) -> None:
        """Other bytes with the same size and times (F5); a plain save a while later betrays it."""
        inode = disk.files[path]
        old = inode.content
        inode.content = content = self.rng.randbytes(len(old))
        since, masks = self._since[disk.path][path][1], self.masked[disk.path, path]
        self._look_round(disk, 0)
        self._since[disk.path][path] = (content, since)  # whole as it is, nobody sees a change
        self.masked[disk.path, path] = [*masks, old]

        def betray() -> None:
            for where, one in list(disk.files.items()):
                if one is inode and one.content == content:
                    self.write(disk, where, content)

        self.later(self.rng.uniform(20.0, 60.0), betray)

    # -- what is known of it -----------------------------------------------------------------------

    def held(self, disk: MemoryDisk, client: str, content: bytes, slack: float) -> bool:
        """Whether a file of this client holds the content, or did `slack` seconds ago."""
        for path, inode in disk.files.items():
            if client_key(path) == client and (
                inode.content == content or content in self.masked.get((disk.path, path), ())
            ):
                return True
        since = self.clock.world() - slack - MOMENT
        return slack > 0 and any(
            at >= since and (key, old) == (client, content) for at, key, old in self.left
        )

    def has_folder(self, disk: MemoryDisk, client: str, slack: float) -> bool:
        """Whether any file of this client lies there, or did `slack` seconds ago."""
        if any(client_key(path) == client for path in disk.files):
            return True
        since = self.clock.world() - slack - MOMENT
        return slack > 0 and any(at >= since and key == client for at, key, _ in self.left)

    def lay_there(self, root: bytes, path: bytes, since: float, until: float) -> bool:
        """Whether something lay at this path all the while."""
        return any(begun <= since and until < ended for begun, ended in self._presence[root, path])

    def _look_round(self, disk: MemoryDisk, strokes: int) -> None:
        """What changed on this disk: note what had rested, begin anew what is new."""
        self.strokes[disk.path] += strokes
        since, now = self._since[disk.path], self.clock.world()
        self._note_presence(disk, now)
        for path, (content, at) in list(since.items()):
            inode = disk.files.get(path)
            if inode is None or inode.content != content:
                self._note(path, content, at)
                self.left.append((now, client_key(path), content))
                self.masked.pop((disk.path, path), None)
                del since[path]
        for path, inode in disk.files.items():
            if path not in since:
                since[path] = (inode.content, now)
                self.clients_ever.add(client_key(path))

    def _note_presence(self, disk: MemoryDisk, now: float) -> None:
        there = self._there[disk.path]
        for path in there - disk.files.keys():
            self._presence[disk.path, path][-1][1] = now
        for path in disk.files.keys() - there:
            self._presence[disk.path, path].append([now, math.inf])
        self._there[disk.path] = set(disk.files)

    def _note(self, path: bytes, content: bytes, since: float) -> None:
        if content and self.clock.world() - since >= self._rest:
            self._rested[sha256(content)].add(client_key(path))

    # -- contents ----------------------------------------------------------------------------------

    def _make_contents(self) -> list[bytes]:
        """Some share size and head and differ at the end only: the trap of weak fingerprints."""
        head = self.rng.randbytes(300)
        twins = [head + self.rng.randbytes(50) for _ in range(3)]
        others = [self.rng.randbytes(self.rng.randrange(1, 900)) for _ in range(5)]
        edges = [self.rng.randbytes(size) for size in (199, 200, 201, 400)]
        return [b"", *twins, *others, *edges]

    def content(self) -> bytes:
        """What somebody writes: often something that was written before."""
        return self.rng.choice(self._contents)
