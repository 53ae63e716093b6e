"""The whole engine under a seed: one thread, a jumping clock, a crash at any effect.

The ledger is the real one (in memory), so is every worker; disk, Filed and time are doubles. People
write, rename, copy and delete files, the share goes away, Filed loses answers, the process is
killed, and while one worker waits for disk or Filed another has its turn. Then everything heals,
and the contract is read off Filed's side (see tests.kit.verdict).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from agent.engine import sending
from agent.engine.crew import FULL_PAUSE, Worker
from agent.engine.engine import Engine, World
from agent.engine.ledger_port import Ledger as LedgerPort
from agent.engine.rules import Rules
from agent.errors import DiskError, FileBusy, LedgerFull, LedgerTrouble, RootUnavailable
from agent.model.client import Client
from agent.model.operation import OperationKind
from agent.model.reasons import Reason
from agent.model.stale import StaleRow
from tests.kit import seams
from tests.kit.circumstances import RULES, Circumstances, drawn, some_switches, watched
from tests.kit.clock import JumpingClock, WorldClock
from tests.kit.disk import MemoryDisk
from tests.kit.disks import MemoryDisks
from tests.kit.faults import Aim, Crash, Crossings
from tests.kit.filed import MemoryFiled, MemorySwitches
from tests.kit.mishaps import Mishaps
from tests.kit.people import People, client_key
from tests.kit.seams import CrossingLedger
from tests.kit.verdict import Verdict, judge

__all__ = ["RULES", "Simulation", "Verdict", "some_switches"]

HEAL_MOST = 8_000.0
ACCEPT_AFTER = 100.0  # seconds after healing: every root had its deep scan, or was asked after
MOST_TURNS = 60_000
MOST_NESTED = 3
PASSING = (Reason.disk_error, Reason.in_use)  # why files wait that are well again now
START_AGAIN = 2.0  # seconds after which the service starts an agent that ended


class Simulation:
    """One run; the same arguments give the same trace."""

    def __init__(
        self,
        seed: int,
        *,
        switches: MemorySwitches | None = None,
        rules: Rules = RULES,
        crash_rate: float = 0.02,
        fault_rate: float = 0.25,
        aims: tuple[Aim, ...] = (),
        people: int = 14,
        scene: Mapping[bytes, bytes] | None = None,
        circumstances: Circumstances | None = None,
        scene_most: float = HEAL_MOST,
        attaching: int = 1,
    ) -> None:
        """With a `scene` (paths and contents that lie there) the aims last until all is calm, or
        for `scene_most` seconds. `attaching` clients are attached at once."""
        self._attaching = attaching
        self.rng = random.Random(seed)
        told = circumstances or (Circumstances() if scene is not None else drawn(self.rng))
        self.told = told if switches is None else replace(told, switches=switches)
        self.clock = JumpingClock()
        self.crossings = Crossings(
            random.Random(seed + 1),
            crash_rate=0.0 if self.told.flips else crash_rate,
            fault_rate=fault_rate,
            aims=aims,
            disk_rate=self.told.disk_rate,
            shaky=self.told.shaky,
        )
        self.filed = MemoryFiled(
            self.clock, random.Random(seed + 2), self.crossings, self.told.switches
        )
        self.disks = [self._new_disk(root) for root in self.told.roots]
        self.disk = self.disks[0]
        self.people = self._new_people(random.Random(seed + 3), people)
        self.scene = scene
        self._scene_most = scene_most
        for path, content in (scene or {}).items():
            self.people.put(path, content)
        self.ledger = seams.fresh_ledger(WorldClock(self.clock))
        self.ledger.on_change(self._rang)
        self.mishaps = Mishaps(self, random.Random(seed + 4), self.told.mishaps, self.told.every)
        self.filed.on_first_sending = self._check_held
        self.filed.on_first_creating = self._check_folder
        self.filed.meanwhile = self._meanwhile
        self.rules = replace(rules, roots=tuple(watched(root) for root in self.told.roots))
        self.crashes = 0
        self.healed_at: float | None = None
        self.settled_after: float | None = None  # seconds after healing: no call is in doubt
        self.stale: list[str] = []
        self._wakes: dict[str, float] = {}
        self._turns = 0
        self._spoilt = 0
        self._nested: list[Worker] = []
        self._start_at: float | None = self.clock.world()
        self._door = self._new_door()
        self.engine: Engine | None = None

    def _new_people(self, rng: random.Random, actions: int) -> People:
        told = self.told
        return People(
            self.disks, self.clock, rng, actions, meddling=told.meddling, habits=told.acts
        )

    def _new_disk(self, root: bytes) -> MemoryDisk:
        told = self.told
        disk = MemoryDisk(
            path=root, habits=told.habits, now=self.clock.world, deaf=told.deaf, closes=told.closes
        )
        if told.lossy:
            disk.lose = lambda: self.rng.random() < told.lossy
        if told.sick_path:
            disk.troubles[told.sick_path] = DiskError("this file can never be read")
        if told.flips:
            disk.spoil = self._spoil
        disk.between = lambda: self.people.meddle()
        disk.meet = self._meet_disk
        return disk

    # -- running -----------------------------------------------------------------------------------

    def run(self) -> Verdict:
        """The chaos, the healing, the verdict."""
        block, sending.BLOCK = sending.BLOCK, 64
        try:
            if self.scene is None:
                self._live_until(lambda: self.people.done)
            else:
                self._live_until(self._calm_within(self._scene_most))
            self._heal()
            if self.scene is None:
                self._live_until(self._after(ACCEPT_AFTER))
                self._accept_roots()
            self._live_until(self._calm_within(HEAL_MOST))
            return judge(self)
        finally:
            sending.BLOCK = block
            self.ledger.close()

    def kill(self) -> None:
        """The process is killed between two effects, and started again."""
        self.engine = None
        self._start_at = self.clock.world()

    def _accept_roots(self) -> None:
        """A person does what an unavailable root asks for: `filed-agent retry --root`."""
        for path in self.told.roots:
            root = self.ledger.root(path)
            if root.unavailable is not None and "retry --root" in root.unavailable:
                with self.ledger.write() as writing:
                    writing.save_root(replace(root, identity=None))

    def _after(self, seconds: float) -> Callable[[], bool]:
        end = self.clock.world() + seconds
        return lambda: self.clock.world() >= end

    def _calm_within(self, most: float) -> Callable[[], bool]:
        """Whether all is calm, or `most` seconds from now are over."""
        end = self.clock.world() + most
        return lambda: self.clock.world() > end or self._calm()

    def _heal(self) -> None:
        self.healed_at = self.clock.world()
        self.crossings.heal()
        self.mishaps.heal()
        for disk in self.disks:
            disk.there, disk.emptied, disk.deaf = True, False, False
            disk.spoil = bytes
            disk.lose = lambda: False

    def _live_until(self, done: Callable[[], bool]) -> None:
        while self._turns < MOST_TURNS:
            self._turns += 1
            self.people.act()
            self.mishaps.act()
            self.filed.catch_up()
            worker = self._awake()
            if worker is not None:
                self._turn(worker)
            elif done():
                return
            else:
                self._jump()

    def _awake(self) -> Worker | None:
        """One of the workers that may have a turn now; a new engine where there is none."""
        now = self.clock.world()
        if self.engine is None:
            if self._start_at is not None and self._start_at > now:
                return None
            self._start()
            return None
        wakes = self._wakes
        awake = [
            worker
            for worker in self.engine.workers
            if wakes.get(worker.name, now) <= now and worker not in self._nested
        ]
        return self.rng.choice(awake) if awake else None

    def _turn(self, worker: Worker) -> None:
        """One turn. An end of the process ends the turns round this one as well."""
        engine = self.engine
        assert engine is not None
        self._nested.append(worker)
        try:
            delay = worker.turn()
        except StaleRow:
            delay = 0.0
        except LedgerFull as error:  # the crew waits for room and has the same turn again
            engine._crew.on_full(error)
            delay = FULL_PAUSE
        except LedgerTrouble:  # fatal: the crew stops, the service starts the agent again
            self.engine, self._start_at, delay = None, self.clock.world() + START_AGAIN, 0.0
        except Crash:
            self.engine, self._start_at = None, self.clock.world()
            if len(self._nested) > 1:
                raise
            self.crashes += 1
            return
        finally:
            self._nested.pop()
        if self.engine is engine:
            pause = max(delay, 0.001) if delay else 0.0  # less is lost in the clock's last digit
            self._wakes[worker.name] = self.clock.world() + pause

    def _start(self) -> None:
        """A new process, from the composition root on."""
        self.clock.restart()
        self._wakes = {}
        self._door = self._new_door()
        try:
            self.engine = self._new_engine()
        except Crash:
            self.crashes += 1
        except LedgerTrouble:
            self._start_at = self.clock.world() + START_AGAIN
        if self.engine is not None:
            self._wakes = dict.fromkeys(
                (worker.name for worker in self.engine.workers), self.clock.world()
            )

    def _new_door(self) -> CrossingLedger:
        return CrossingLedger(self.ledger, self.crossings)

    def _new_engine(self) -> Engine:
        disks = MemoryDisks(*self.disks)
        ledger = cast("LedgerPort", self._door)
        world = World(ledger, disks, disks, self.filed, self.filed, self.clock)
        return Engine(world, self.rules, self.rng, parallel=2, attaching=self._attaching)

    def _rang(self) -> None:
        soon = self.clock.world() + 0.05
        for name, at in self._wakes.items():
            if at > soon:
                self._wakes[name] = soon

    def _jump(self) -> None:
        now = self.clock.world()
        start = self._start_at if self.engine is None else None
        wakes = self._wakes.values() if self.engine is not None else ()
        times = (*wakes, start, self.people.next_at, self.mishaps.next_at, self.filed.next_event())
        ahead = [at for at in times if at is not None and at > now]
        self.clock.advance(max(0.001, min(ahead, default=now + 1.0) - now))

    def _calm(self) -> bool:
        """Whether all is filed or waits for a person, and nothing is under way anywhere."""
        if self.engine is None or self.filed.next_event() is not None:
            return False
        if self.ledger.open_operations():
            return False
        if self.settled_after is None and self.healed_at is not None:
            self.settled_after = self.clock.world() - self.healed_at
        roots = [self.ledger.root(root) for root in self.told.roots]
        if any(root.unavailable is not None or root.scanned_at is None for root in roots):
            return False
        held = self.ledger.held_by_reason()
        passing = sum(held.get(reason, 0) for reason in PASSING)
        if passing and not (self.told.sick_path and passing <= len(self.disks)):
            return False
        return self.ledger.unfinished(root.id for root in roots).nothing

    # -- what happens at an effect -----------------------------------------------------------------

    def _meanwhile(self) -> None:
        """While one worker waits, another may have its whole turn."""
        chance = self.told.interleaving
        if not chance or not self._nested or len(self._nested) >= MOST_NESTED:
            return
        if self._door.writing or self.rng.random() >= chance or self.engine is None:
            return
        self.clock.advance(self.rng.uniform(0.0, 0.3))  # it takes a while
        self.people.act()
        self.mishaps.act()
        if self.engine is None:
            raise Crash("killed meanwhile")
        worker = self._awake()
        if worker is not None:
            self._turn(worker)

    def _meet_disk(self, effect: str) -> None:
        if self.crossings.disk_fails(f"disk.{effect}"):
            if effect == "identify":
                raise RootUnavailable("The share does not answer.")
            raise FileBusy if self.rng.random() < 0.3 and effect in ("open", "read") else DiskError
        if effect in ("open", "read"):
            self._meanwhile()

    def _spoil(self, block: bytes) -> bytes:
        """A bad cable: now and then a byte is another, no two alike (no hash could tell that)."""
        if not block or self.rng.random() >= self.told.flips:
            return block
        at = self.rng.randrange(len(block))
        self._spoilt += 1
        return block[:at] + bytes([block[at] ^ (1 + self._spoilt % 255)]) + block[at + 1 :]

    def _check_held(self, client_id: str, content: bytes) -> None:
        """A document is first sent only while a file in its client's folder holds it."""
        name = next(r.name for r in self.filed.records if r.id == client_id)
        key = client_key(name.encode() + b"/")
        slack = self.told.habits.stale
        if not any(self.people.held(disk, key, content, slack) for disk in self._visible()):
            self.stale.append(f"{key}: {len(content)} bytes that no file held")

    def _check_folder(self, place: Client) -> None:
        """A client is first announced only while files lie in its folder; what a crash left in
        doubt is sent again without looking, and creates one client in any case."""
        if any(
            operation.doubts and operation.kind is OperationKind.create_client
            for operation in self.ledger.open_operations()
        ):
            return
        key = client_key(place.name.encode() + b"/")
        slack = self.told.habits.stale
        if not any(self.people.has_folder(disk, key, slack) for disk in self._visible()):
            self.stale.append(f"{key}: a client without a folder")

    def _visible(self) -> list[MemoryDisk]:
        return [disk for disk in self.disks if disk.there and disk.foreign is None]
