"""An office: every worker of the engine round doubles of the world, turned by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType

from agent.engine.clients import Find
from agent.engine.crew import Worker
from agent.engine.engine import Engine, World
from agent.engine.ingest import Ingest
from agent.engine.rules import Rules
from agent.engine.settle import Settle
from agent.ledger.ledger import Ledger
from agent.model.client import Client, ClientRecord
from agent.model.document import Document, Stage
from agent.model.file import File, FileState
from agent.model.stale import StaleRow
from tests.kit.clock import JumpingClock
from tests.kit.disk import ROOT, MemoryDisk
from tests.kit.faults import Aim, Crossings, Fate
from tests.kit.filed import MemoryFiled, MemorySwitches
from tests.kit.simulation import RULES

QUIET = 10.0  # seconds: RULES.quiet without a hint that the file was closed
CHUNK = RULES.chunk_size
W2 = b"Ash/w2.bin"
CONTENT = bytes(range(250)) * 2  # three chunks
MOST_TURNS = 40_000


class TroubledFiled(MemoryFiled):
    """Filed in memory that raises what a test tells it to.

    `troubles` has errors for the next calls of an effect, one each (None: fine); `always` one for
    all of them; `sick` those of single uploads; `lines` what was sent, in words.
    """

    def __init__(
        self,
        clock: JumpingClock,
        rng: random.Random,
        crossings: Crossings,
        switches: MemorySwitches,
    ) -> None:
        super().__init__(clock, rng, crossings, switches)
        self.troubles: dict[str, list[Exception | None]] = {}
        self.always: dict[str, Exception] = {}
        self.sick: dict[str, Exception] = {}
        self.lines: list[tuple[str, ...]] = []

    def _meet(self, effect: str) -> Fate:
        fate = super()._meet(effect)
        due = self.troubles.get(effect)
        trouble = due.pop(0) if due else self.always.get(effect)
        if trouble is not None:
            raise trouble
        return fate

    def offset(self, upload_id: str, size: int) -> int:
        if upload_id in self.sick:
            raise self.sick[upload_id]
        return super().offset(upload_id, size)

    def add_documents(self, client_id: str, upload_ids: Sequence[str]) -> str:
        self.lines.append((client_id, *upload_ids))
        return super().add_documents(client_id, upload_ids)

    def has_client(self, external_id: str, **other: object) -> ClientRecord:
        """Somebody made this client at Filed."""
        record = ClientRecord(
            f"filed-{external_id}",
            external_id.rpartition("-")[0],
            external_id,
            "active",
            "F1040",
            2025,
        )
        record = replace(record, **other)  # type: ignore[arg-type]  # any field, for a test
        self.records.append(record)
        self._show(record=record)
        return record


class Office:
    """The real ledger in memory, the real workers, and doubles of disk, Filed and time."""

    def __init__(
        self,
        *,
        rules: Rules = RULES,
        switches: MemorySwitches | None = None,
        aims: tuple[Aim, ...] = (),
        parallel: int = 1,
        attaching: int = 1,
    ) -> None:
        self.clock = JumpingClock()
        self.crossings = Crossings(aims=aims)
        self.filed = TroubledFiled(
            self.clock, random.Random(2), self.crossings, switches or MemorySwitches()
        )
        self.disk = MemoryDisk()
        self.ledger = Ledger.in_memory(self.clock)
        self.rules = rules
        self.parallel = parallel
        self.attaching = attaching
        self.start()

    def start(self) -> None:
        """Start, or start again: a restart is the same as a start."""
        world = World(self.ledger, self.disk, self.disk, self.filed, self.filed, self.clock)
        self.engine = Engine(
            world, self.rules, random.Random(3), parallel=self.parallel, attaching=self.attaching
        )
        self.gate = self.engine.gate
        workers = {worker.name: worker for worker in self.engine.workers}
        self.look = self.engine.look
        self.settle = next(w for w in self.engine.workers if isinstance(w, Settle))
        self.find = next(w for w in self.engine.workers if isinstance(w, Find))
        self.ingest = next(w for w in self.engine.workers if isinstance(w, Ingest))
        self.uploads = [w for name, w in workers.items() if name.startswith("upload-")]
        self.upload = self.uploads[0]
        self.attaches = [w for name, w in workers.items() if name.startswith("attach")]
        self.attach = self.attaches[0]  # the read-back and the attach, in turn

    def __enter__(self) -> Office:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ledger.close()

    # -- what happens ------------------------------------------------------------------------------

    def write(self, path: bytes = W2, content: bytes = CONTENT) -> None:
        """Somebody writes a file; its event is told."""
        self.disk.write(path, content)

    def busy(self, worker: Worker, most: int = 60) -> float:
        """Turn a worker while it has more to do at once; the wait it then asks for."""
        for _ in range(most):
            if wait := worker.turn():
                return wait
        raise AssertionError(f"{worker.name} never rests")

    def rest(self, seconds: float = QUIET) -> None:
        """Files are seen, lie still for so long, and are seen again."""
        self.busy(self.look)
        self.settle.turn()
        self.clock.advance(seconds)
        self.settle.turn()

    def arrive(self, path: bytes = W2, content: bytes = CONTENT) -> Document:
        """A file is written, lies still and is known as a document."""
        self.write(path, content)
        self.rest()
        return self.document(path)

    def uploaded(self, path: bytes = W2, content: bytes = CONTENT) -> Document:
        """A file has come as far as every byte being at Filed; its client was looked for."""
        self.arrive(path, content)
        self.busy(self.find)
        self.busy(self.upload)
        return self.document(path)

    def attached(self, path: bytes = W2, content: bytes = CONTENT) -> Document:
        """A file has come as far as Filed's task."""
        self.uploaded(path, content)
        self.clock.advance(RULES.debounce)
        self.busy(self.attach)
        return self.document(path)

    def live(self, seconds: float) -> None:
        """Every worker turns whenever it wants to, for so long."""
        end = self.clock.steady() + seconds
        for _ in range(MOST_TURNS):
            if self.clock.steady() >= end:
                return
            waits = [self.step(worker) for worker in self.engine.workers]
            self.clock.advance(min(1.0, max(0.05, min(waits))))
        raise AssertionError("too many turns")

    def step(self, worker: Worker) -> float:
        """One turn; a row that moved on is looked at again, as the crew does."""
        try:
            return worker.turn()
        except StaleRow:
            return 0.0

    # -- what is known -----------------------------------------------------------------------------

    def file(self, path: bytes = W2) -> File:
        """The ledger's row of a file."""
        found = self.ledger.file_at(self.ledger.root(ROOT).id, path)
        assert found is not None, path
        return found

    def document(self, path: bytes = W2) -> Document:
        """The document that a file is known as."""
        document_id = self.file(path).document_id
        assert document_id is not None, self.file(path)
        return self.ledger.document(document_id)

    def client(self, path: bytes = W2) -> Client:
        """The client of a known file."""
        return self.ledger.client(self.document(path).client_id)

    def held(self, path: bytes = W2) -> str | None:
        """Why a file is held, None where it is not."""
        file = self.file(path)
        return file.reason if file.state is FileState.held else None

    def stages(self) -> dict[Stage, int]:
        """How many documents stand where."""
        counts = self.ledger.counts().documents
        return {stage: count for stage, count in counts.items() if count}

    def asked(self) -> Counter[str]:
        """How often Filed was asked for what."""
        return Counter(self.filed.calls)

    def binder(self) -> list[tuple[str, str]]:
        """What Filed holds: (client's name, SHA-256) of each document in a binder."""
        names = {record.id: record.name for record in self.filed.records}
        return sorted((names[one.client_id], one.sha256) for one in self.filed.binder)
