"""The whole engine under a seed: one thread, a jumping clock, a crash at any effect.

The ledger is the real one (in memory), so is every worker; disk, Filed and time are doubles. People
write, rename, copy and delete files, the share goes away, Filed loses answers, the process is
killed. Then everything heals, and the contract is read off Filed's side (see Verdict).
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from agent.engine import sending
from agent.engine.engine import Engine, World
from agent.engine.ledger_port import Ledger as LedgerPort
from agent.engine.ledger_port import Writing
from agent.engine.rules import Rules, WatchedRoot
from agent.ledger.ledger import Ledger
from agent.model.document import Stage
from agent.model.naming import Layout
from agent.model.quiet import Quiet
from agent.model.stale import StaleRow
from tests.kit.clock import JumpingClock
from tests.kit.disk import ROOT, MemoryDisk
from tests.kit.faults import Aim, Crash, Crossings, Fate
from tests.kit.filed import MemoryFiled, MemorySwitches
from tests.kit.people import People

QUIET = Quiet(default=5.0)
LATE_MOST, LAG_MOST = 60.0, 20.0
RULES = Rules(
    roots=(
        WatchedRoot(
            path=ROOT,
            layout=Layout.parse("{client}"),
            external_id="{client}-{tax_year}",
            tax_year=2025,
            return_type="F1040",
        ),
    ),
    quiet=QUIET,
    chunk_size=200,
    quiet_window=LATE_MOST + LAG_MOST + 40.0,
    sweep_seconds=20.0,
    deep_seconds=60.0,
)
HEAL_LEAST, HEAL_MOST = 200.0, 8_000.0
SCENE_LEAST = 60.0
MOST_TURNS = 60_000


class CrossingLedger:
    """The real ledger, with a crossing before and after each transaction."""

    def __init__(self, ledger: Ledger, crossings: Crossings) -> None:
        self._ledger = ledger
        self._crossings = crossings

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    @contextmanager
    def write(self) -> Iterator[Writing]:
        fate = self._crossings.fate("ledger.write", remote=False)
        if fate is Fate.before:
            raise Crash("before a transaction")
        with self._ledger.write() as writing:
            yield writing
        if fate is Fate.after:
            raise Crash("after a transaction")


@dataclass
class Verdict:
    """What the contract says of a run; empty lists are well."""

    stale: list[str] = field(default_factory=list)  # sentence 7: attached after its file had gone
    torn: list[str] = field(default_factory=list)  # S2
    twice: list[str] = field(default_factory=list)  # S3
    wrong_client: list[str] = field(default_factory=list)  # S1
    twin_clients: list[str] = field(default_factory=list)  # S4
    missing: list[str] = field(default_factory=list)  # L1
    stuck: list[str] = field(default_factory=list)  # L2
    excused: Counter[str] = field(default_factory=Counter)

    @property
    def broken(self) -> list[str]:
        """Every violation, one line each."""
        lists = {
            "stale": self.stale,
            "torn": self.torn,
            "twice": self.twice,
            "wrong client": self.wrong_client,
            "twin clients": self.twin_clients,
            "missing": self.missing,
            "stuck": self.stuck,
        }
        return [f"{name}: {line}" for name, lines in lists.items() for line in lines]


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
    ) -> None:
        """With a `scene` (paths and contents that lie there) the aims last until all is calm."""
        self.rng = random.Random(seed)
        self.clock = JumpingClock()
        self.crossings = Crossings(
            random.Random(seed + 1), crash_rate=crash_rate, fault_rate=fault_rate, aims=aims
        )
        switches = switches or some_switches(self.rng)
        self.filed = MemoryFiled(self.clock, random.Random(seed + 2), self.crossings, switches)
        self.disk = MemoryDisk(deaf=self.rng.random() < 0.2)
        self.people = People(self.disk, self.clock, random.Random(seed + 3), actions=people)
        self.disk.between = self.people.meddle
        self.scene = scene or {}
        for path, content in self.scene.items():
            self.people.put(path, content)
        self.filed.on_first_sending = self._check_held
        self._stale: list[str] = []
        self.ledger = Ledger.in_memory(self.clock)
        self.ledger.on_change(self._rang)
        self.rules = rules
        self.crashes = 0
        self._wakes: dict[str, float] = {}
        self._turns = 0
        self.engine = self._new_engine()

    # -- running -----------------------------------------------------------------------------------

    def run(self) -> Verdict:
        """The chaos, the healing, the verdict."""
        block, sending.BLOCK = sending.BLOCK, 64
        try:
            self._live_until(lambda: self.people.done)
            if self.scene:
                self._live_until(self._calm_for(SCENE_LEAST))
            self._heal()
            self._live_until(self._calm_for(HEAL_LEAST))
        finally:
            sending.BLOCK = block
            verdict = self._judge()
            self.ledger.close()
        return verdict

    def _calm_for(self, least: float) -> Callable[[], bool]:
        """Whether all is calm after `least` seconds from now, or HEAL_MOST seconds are over."""
        start = self.clock.steady()

        def calm() -> bool:
            elapsed = self.clock.steady() - start
            return elapsed > HEAL_MOST or (elapsed > least and self._calm())

        return calm

    def _heal(self) -> None:
        self.crossings.heal()
        self.disk.there, self.disk.emptied, self.disk.deaf = True, False, False

    def _live_until(self, done: Callable[[], bool]) -> None:
        while not done() and self._turns < MOST_TURNS:
            self._turns += 1
            self.people.act()
            self.filed.catch_up()
            now = self.clock.steady()
            awake = [w for w in self.engine.workers if self._wakes.get(w.name, now) <= now]
            if awake:
                self._turn(self.rng.choice(awake))
            else:
                self._jump()

    def _turn(self, worker: Any) -> None:
        try:
            delay = worker.turn()
        except StaleRow:
            delay = 0.0
        except Crash:
            self.crashes += 1
            self.engine = self._new_engine()
            return
        pause = max(delay, 0.001) if delay else 0.0  # less is lost in the clock's last digit
        self._wakes[worker.name] = self.clock.steady() + pause

    def _new_engine(self) -> Engine:
        ledger = cast("LedgerPort", CrossingLedger(self.ledger, self.crossings))
        world = World(ledger, self.disk, self.disk, self.filed, self.filed, self.clock)
        self._wakes = {}
        for _ in range(50):
            try:
                return Engine(world, self.rules, self.rng, parallel=2)
            except Crash:
                self.crashes += 1
        raise AssertionError("the engine never came up")

    def _rang(self) -> None:
        for name in self._wakes:
            self._wakes[name] = min(self._wakes[name], self.clock.steady() + 0.05)

    def _jump(self) -> None:
        times = [*self._wakes.values(), self.people.next_at, self.filed.next_event()]
        now = self.clock.steady()
        ahead = [at for at in times if at is not None and at > now]
        self.clock.advance(max(0.001, min(ahead, default=now + 1.0) - now))

    def _calm(self) -> bool:
        open_stages = (Stage.uploaded, Stage.attaching, Stage.ingesting)
        return (
            not self.ledger.open_operations()
            and self.filed.next_event() is None
            and all(self.ledger.next_due((stage,)) is None for stage in open_stages)
            and not self.ledger.to_upload(float("inf"), 1)
            and not self.ledger.settling(self.clock.steady() + 100.0, 1)
        )

    # -- the verdict -------------------------------------------------------------------------------

    def _judge(self) -> Verdict:
        verdict = Verdict(stale=self._stale)
        names = {record.id: record.name for record in self.filed.records}
        twins = Counter(record.external_id for record in self.filed.records)
        verdict.twin_clients = [name for name, count in twins.items() if count > 1]
        filed: dict[str, Counter[str]] = defaultdict(Counter)
        for attached in self.filed.binder:
            filed[names[attached.client_id]][attached.sha256] += 1
        for client, documents in filed.items():
            for sha256, count in documents.items():
                self._judge_document(verdict, client, sha256, count)
        for path, inode in self.disk.files.items():
            client = path.split(b"/")[0].decode()
            sha256 = hashlib.sha256(inode.content).hexdigest()
            if inode.content and not filed[client][sha256]:
                self._judge_missing(verdict, client, path, sha256)
        if self.ledger.open_operations():
            verdict.stuck.append("an operation is still open")
        return verdict

    def _check_held(self, client_id: str, content: bytes) -> None:
        """A document is first sent only while a file in its client's folder holds it."""
        name = next(record.name for record in self.filed.records if record.id == client_id)
        folder = name.encode() + b"/"
        masked = self.people.masked
        held = any(
            path.startswith(folder) and content in (inode.content, *masked.get(path, ()))
            for path, inode in self.disk.files.items()
        )
        if not held:
            self._stale.append(f"{name} {hashlib.sha256(content).hexdigest()[:8]}")

    def _judge_document(self, verdict: Verdict, client: str, sha256: str, count: int) -> None:
        line = f"{client} {sha256[:8]}"
        if count > 1:
            verdict.twice.append(f"{line} x {count}")
        if sha256 not in self.people.rested:
            verdict.torn.append(line)
        elif client not in self.people.rested[sha256]:
            verdict.wrong_client.append(f"{line}, was only in {self.people.rested[sha256]}")

    def _judge_missing(self, verdict: Verdict, client: str, path: bytes, sha256: str) -> None:
        """Not at Filed: then it must stand in a list with a reason."""
        root = self.ledger.root(ROOT)
        file = self.ledger.file_at(root.id, path)
        if file is not None and file.document_id is not None and file.client_id is not None:
            stage = self.ledger.document(file.document_id).stage
            state = self.ledger.client(file.client_id).state
            if stage is Stage.failed or state == "held":
                verdict.excused[f"{stage} {state}"] += 1
                return
            where = f"document {stage}, client {state}"
        else:
            where = f"file {file.state if file else 'unknown'}"
        verdict.missing.append(f"{client} {path!r} {sha256[:8]}: {where}")


def some_switches(rng: random.Random) -> MemorySwitches:
    """One of the worlds that Filed's documentation allows."""
    late = rng.random() < 0.5
    return MemorySwitches(
        late_most=LATE_MOST if late else 0.0,
        lag_most=LAG_MOST if late else 0.0,
        single_use=rng.random() < 0.5,
        unique_external_id=rng.random() < 0.5,
        upload_life=rng.choice((120.0, 600.0, 86_400.0)),
        with_creation=rng.random() < 0.5,
    )
