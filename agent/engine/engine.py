"""The engine: the workers round one ledger, started, stopped and asked how it goes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from agent.engine.attach import Attach
from agent.engine.clients import Find
from agent.engine.closed import Closed
from agent.engine.contact import Contact
from agent.engine.creation import Creation
from agent.engine.crew import Bell, Crew, Worker
from agent.engine.gate import Gate
from agent.engine.in_turn import InTurn
from agent.engine.ingest import Ingest
from agent.engine.keep import Keep
from agent.engine.ledger_port import Backups, Ledger
from agent.engine.line import Line
from agent.engine.looks import Looks
from agent.engine.ports import Binders, Clock, Disk, Uploads, Watch
from agent.engine.readback import ReadBack
from agent.engine.rules import Rules
from agent.engine.settle import Settle
from agent.engine.upload import Upload
from agent.errors import AgentError
from agent.model.part import WHOLE, Part, parts

PATIENCE = 30.0  # seconds that an upload worker waits for its turn before it asks again


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside that the engine works with; without `backups` no copies are made."""

    ledger: Ledger
    disk: Disk
    watch: Watch
    uploads: Uploads
    binders: Binders
    clock: Clock
    backups: Backups | None = None


class Engine:
    """All workers; `workers` can be turned by hand (tests, simulator) or by start()."""

    def __init__(
        self,
        world: World,
        rules: Rules,
        rng: random.Random,
        *,
        parallel: int = 4,
        attaching: int = 1,
    ) -> None:
        """`parallel` documents are sent and `attaching` clients attached at once, at most."""
        world.ledger.forget_delays()  # due times belong to one process: a restart is a start
        self.bell = Bell()
        self.line = Line(world.ledger, world.clock, rules, parallel, self.bell.ring)
        self.progress = self.line.progress
        self.gate = Gate(world.ledger, world.binders, world.clock, rng)
        self.closed = Closed()
        self.look = Looks(
            world.ledger, world.disk, world.watch, world.clock, rules, rng, self.closed
        )
        self.workers = self._make_workers(world, rules, rng, parallel, attaching)
        self._crew = Crew(self.workers, self.bell)
        self._crew.on_full = self.gate.room.lacks

    def _make_workers(
        self, world: World, rules: Rules, rng: random.Random, parallel: int, attaching: int
    ) -> list[Worker]:
        ledger, clock, gate = world.ledger, world.clock, self.gate
        uploads = [
            Upload(
                ledger,
                world.disk,
                world.uploads,
                gate,
                clock,
                rules,
                rng,
                line=self.line,
                number=number,
                stopping=self._stopping,
            )
            for number in range(1, parallel + 1)
        ]
        contact = [Contact(gate, clock, rules)] if rules.contact_seconds else []
        keep = [] if world.backups is None else [Keep(world.backups, clock)]
        return [
            *self.look.each,
            Settle(ledger, world.disk, clock, rules, self.closed),
            Find(ledger, world.binders, gate, clock, rules),
            *uploads,
            *(self._attach(world, rules, part) for part in parts(attaching)),
            Ingest(ledger, world.binders, gate, clock, rules, rng),
            *contact,
            *keep,
        ]

    def _attach(self, world: World, rules: Rules, part: Part) -> Worker:
        """The attach and the read-back of some clients, in one thread."""
        ledger, clock, gate = world.ledger, world.clock, self.gate
        creation = Creation(ledger, world.binders, gate, clock, rules)
        attach = Attach(
            ledger,
            world.disk,
            world.binders,
            world.uploads,
            gate,
            clock,
            rules,
            creation,
            self._stopping,
            part,
        )
        read_back = ReadBack(ledger, world.binders, attach, creation, gate, clock, rules, part)
        name = "attach" if part == WHOLE else f"attach {part.index + 1}"
        return InTurn(name, read_back, attach)

    def _stopping(self) -> bool:
        return self._crew.stopping

    def start(self, on_fatal: Callable[[], None] = lambda: None) -> None:
        """Start the threads; `on_fatal` is called when the engine cannot go on (see `fatal`)."""
        self._crew.on_fatal = on_fatal
        self.line.door.open(PATIENCE)
        self._crew.start()

    def stop(self, seconds: float = 5.0) -> bool:
        """Ask all workers to end; whether they did within `seconds`. Being killed is as safe."""
        self.line.door.close()
        return self._crew.stop(seconds)

    @property
    def fatal(self) -> AgentError | None:
        """The error that ended the work, if one did."""
        return self._crew.fatal
