"""What befalls the share, the machine, the sign-in, and what people ask of the agent meanwhile.

Each mishap passes by itself; `heal` ends all of them at once.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection
from functools import partial
from typing import Protocol

from agent.errors import LedgerFull, LedgerTrouble
from agent.ledger.ledger import Ledger
from agent.model.document import Stage
from agent.model.overview import Subject
from agent.model.reasons import Reason
from agent.model.root import RootIdentity
from tests.kit.clock import JumpingClock
from tests.kit.disk import Foreign, Inode, MemoryDisk
from tests.kit.faults import Crossings
from tests.kit.filed import MemoryFiled
from tests.kit.people import People

OURS = "workspace-1"
HOUR, TWO_DAYS = 3_600.0, -172_800.0


class Office(Protocol):
    """What can be befallen: a simulation."""

    clock: JumpingClock
    people: People
    ledger: Ledger
    filed: MemoryFiled
    crossings: Crossings

    def kill(self) -> None:
        """The process is killed and started again."""


class Mishaps:
    """Draws them at random times, as long as people are at work."""

    def __init__(
        self, office: Office, rng: random.Random, kinds: Collection[str], every: float = 40.0
    ) -> None:
        self._office = office
        self._rng = rng
        self._kinds = sorted(kinds)
        self._ends: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._every = every
        self._next = office.clock.world() + rng.expovariate(1 / every)
        self._mounts = 10
        self.ignored: set[tuple[bytes, bytes]] = set()

    @property
    def next_at(self) -> float | None:
        """When the next one begins or ends."""
        times = [entry[0] for entry in self._ends]
        if self._kinds and not self._office.people.done:
            times.append(self._next)
        return min(times, default=None)

    @property
    def done(self) -> bool:
        """Whether all have passed."""
        return not self._ends

    def act(self) -> None:
        """Begin and end what is due."""
        now = self._office.clock.world()
        for entry in sorted(entry for entry in self._ends if entry[0] <= now):
            self._ends.remove(entry)
            entry[2]()
        if self._kinds and self._next <= now and not self._office.people.done:
            self._next = now + self._rng.expovariate(1 / self._every)
            kind = self._rng.choice(self._kinds)
            getattr(self, "_" + kind.replace(" ", "_"))()

    def heal(self) -> None:
        """All is over."""
        for entry in sorted(self._ends):
            entry[2]()
        self._ends.clear()
        self._office.ledger.resume("somebody")

    def _until(self, act: Callable[[], None], least: float = 5.0, most: float = 90.0) -> None:
        self._count += 1
        at = self._office.clock.world() + self._rng.uniform(least, most)
        self._ends.append((at, self._count, act))

    # -- the share ---------------------------------------------------------------------------------

    def _away(self) -> None:
        disk = self._present()
        if disk is None:
            return
        disk.there = False
        renumbered = self._rng.random() < 0.3
        self._until(partial(self._back, disk, renumbered=renumbered))

    def _emptied(self) -> None:
        disk = self._present()
        if disk is not None:
            self._replace(disk, Foreign(disk.identity))

    def _emptied_otherwise(self) -> None:
        disk = self._present()
        if disk is not None:
            self._replace(disk, Foreign(self._other_identity()))

    def _foreign(self) -> None:
        """Another disk, with some of our paths: other bytes, other times, strangers' folders."""
        disk = self._present()
        if disk is None:
            return
        identity = self._other_identity()
        paths = [path for path in sorted(disk.files) if self._rng.random() < 0.5]
        files = {
            path: Inode(900 + number, b"not ours: " + self._rng.randbytes(40), 7, 7, identity.dev)
            for number, path in enumerate([*paths, b"Stranger/theirs.bin"])
        }
        self._replace(disk, Foreign(identity, files))

    def _remounted(self) -> None:
        disk = self._present()
        if disk is not None:
            disk.remount(self._other_identity(), same_inodes=self._rng.random() < 0.5)

    def _present(self) -> MemoryDisk | None:
        """A share that is there, if the agent has ever known anything of it."""
        disk = self._rng.choice(self._office.people.disks)
        known = self._office.ledger.some_known(self._office.ledger.root(disk.path).id, 1)
        return disk if disk.there and disk.foreign is None and known else None

    def _replace(self, disk: MemoryDisk, foreign: Foreign) -> None:
        disk.foreign = foreign
        self._until(partial(self._back, disk))

    def _back(self, disk: MemoryDisk, *, renumbered: bool = False) -> None:
        disk.there, disk.foreign = True, None
        if renumbered:
            disk.remount(self._other_identity(), same_inodes=False)

    def _other_identity(self) -> RootIdentity:
        self._mounts += 1
        return RootIdentity(self._mounts, 2)

    # -- the machine -------------------------------------------------------------------------------

    def _clock(self) -> None:
        if self._rng.random() < 0.5:
            self._office.kill()
        self._office.clock.wall_shift += self._rng.choice((HOUR, TWO_DAYS))

    def _full(self) -> None:
        def room() -> None:
            self._office.crossings.ledger_full = False

        self._office.crossings.ledger_full = True
        self._office.crossings.ledger_error = self._rng.choice((LedgerFull, LedgerTrouble))
        self._until(room, 0.5, 30.0)

    def _kill(self) -> None:
        self._office.kill()

    # -- the sign-in -------------------------------------------------------------------------------

    def _signed_out(self) -> None:
        self._office.filed.signed_out_until = self._office.clock.world() + self._rng.uniform(1, 60)

    def _other_key(self) -> None:
        """Somebody signs in to another workspace; then the mistake is seen."""

        def mend() -> None:
            filed.workspace_id = OURS
            self._office.kill()

        filed = self._office.filed
        if not filed.records or filed.workspace_id != OURS:
            return  # before the first change no workspace is ours yet
        filed.workspace_id = "workspace-2"
        self._office.kill()
        self._until(mend)

    # -- what people ask of the agent --------------------------------------------------------------

    def _person(self) -> None:
        draw = self._rng.random()
        if draw < 0.4:
            self._office.ledger.pause(math.inf, "somebody")
            self._until(partial(self._office.ledger.resume, "somebody"))
        elif draw < 0.8:
            self.retry()
        else:
            self._leave_out()

    def _leave_out(self) -> None:
        disk = self._rng.choice(self._office.people.disks)
        there = sorted(disk.files)
        if not there:
            return
        path = self._rng.choice(there)
        try:
            self._office.ledger.ignore(disk.path, path, "somebody")
        except (KeyError, ValueError):
            return  # the agent has not seen it yet
        if self._rng.random() < 0.5:
            self.ignored.add((disk.path, path))
        elif (disk.path, path) not in self.ignored:
            self._until(partial(self._take_in, disk.path, path))

    def _take_in(self, root: bytes, path: bytes) -> None:
        self.ignored.discard((root, path))
        try:
            self._office.ledger.unignore(root, path, "somebody")
        except (KeyError, ValueError):
            return  # it is gone

    def retry(self) -> None:
        """As the remedies say: what may be at Filed already is looked for there first."""
        documents, clients, files = [], [], []
        at_filed = {one.sha256 for one in self._office.filed.binder}
        names = {record.external_id for record in self._office.filed.records}
        for waiting in self._office.ledger.waiting():
            if waiting.subject is Subject.document:
                document = self._office.ledger.document(waiting.id)
                if document.stage is Stage.failed and document.sha256 not in at_filed:
                    documents.append(waiting.id)
            elif waiting.subject is Subject.client:
                client = self._office.ledger.client(waiting.id)
                if client.reason != Reason.unconfirmed or client.external_id not in names:
                    clients.append(waiting.id)
            else:
                files.append(waiting.id)
        self._office.ledger.retry(documents=documents, clients=clients, files=files, who="somebody")
