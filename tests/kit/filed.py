"""Filed in memory: what its documentation says, with every doubtful answer a switch.

Effects happen at times of the jumping clock: a request may be carried out late, and what it changed
may show late in lists.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from agent.engine.ports import Body
from agent.errors import (
    AgentError,
    FiledRefused,
    FiledTrouble,
    FiledUnreachable,
    OutcomeUnknown,
    UploadGone,
    UploadMismatch,
)
from agent.model.client import Client, ClientRecord
from agent.model.ingestion import Task, TaskPage, Workspace
from agent.model.upload import Created
from tests.kit.clock import JumpingClock
from tests.kit.faults import Crash, Crossings, Fate


@dataclass(frozen=True)
class MemorySwitches:
    """What Filed does not document; times in seconds."""

    late_most: float = 0.0
    lag_most: float = 0.0
    single_use: bool = True
    unique_external_id: bool = True
    upload_life: float = 86_400.0
    with_creation: bool = True
    task_most: float = 20.0
    block: int = 64


@dataclass
class Held:
    """One upload at Filed."""

    id: str
    size: int
    content: bytearray
    touched: float
    uses: int = 0
    name: str = ""


@dataclass
class Attached:
    """One document in a binder."""

    client_id: str
    sha256: str
    upload_id: str
    task_id: str


@dataclass
class Shown:
    """Something that lists show from a time on."""

    visible_at: float
    record: ClientRecord | None = None
    task: Task | None = None
    done_at: float = 0.0


T = TypeVar("T")


class MemoryFiled:
    """Fulfils Uploads and Binders of agent.engine.ports."""

    def __init__(
        self,
        clock: JumpingClock,
        rng: random.Random,
        crossings: Crossings,
        switches: MemorySwitches = MemorySwitches(),
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._crossings = crossings
        self.switches = switches
        self.uploads: dict[str, Held] = {}
        self.binder: list[Attached] = []
        self.records: list[ClientRecord] = []
        self._shown: list[Shown] = []
        self._late: list[tuple[float, Callable[[], object]]] = []
        self._count = 0
        self.calls: list[str] = []
        self.bytes_taken = 0
        self._sent: set[str] = set()
        self.on_first_sending: Callable[[str, bytes], None] = lambda client_id, content: None

    # -- time ----------------------------------------------------------------------------------

    def next_event(self) -> float | None:
        """The steady time at which something happens here by itself."""
        return min((at for at, _ in self._late), default=None)

    def catch_up(self) -> None:
        """Carry out what was to happen late and is due by now."""
        due = [entry for entry in self._late if entry[0] <= self._clock.steady()]
        self._late = [entry for entry in self._late if entry not in due]
        for _, effect in sorted(due, key=lambda entry: entry[0]):
            try:
                effect()
            except AgentError:
                continue  # nobody hears a late refusal

    def _new_id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}"

    # -- Uploads -------------------------------------------------------------------------------

    def with_creation(self) -> bool:
        return self.switches.with_creation

    def create(self, name: str, media_type: str, size: int, body: Body | None = None) -> Created:
        fate = self._meet("create")
        if fate in (Fate.dropped, Fate.late):
            raise FiledTrouble("no answer")
        held = Held(self._new_id("upload"), size, bytearray(), self._clock.steady(), name=name)
        if body is not None:
            self._take(held, body, fate)
        self.uploads[held.id] = held
        if fate in (Fate.lost, Fate.partial):
            raise FiledTrouble("answer lost")
        self._after(fate)
        return Created(held.id, len(held.content))

    def offset(self, upload_id: str, size: int) -> int:
        fate = self._meet("offset")
        if fate in (Fate.lost, Fate.dropped, Fate.late, Fate.partial):
            raise FiledTrouble("no answer")
        held = self._held(upload_id)
        if held.size != size:
            raise UploadMismatch("other length")
        self._after(fate)
        return len(held.content)

    def send(self, upload_id: str, offset: int, size: int, body: Body) -> int:
        fate = self._meet("send")
        held = self._held(upload_id)
        if offset != len(held.content):
            raise UploadMismatch("409")
        if fate in (Fate.dropped, Fate.late):
            raise FiledTrouble("no answer")
        self._take(held, body, fate)
        if fate in (Fate.lost, Fate.partial):
            raise FiledTrouble("answer lost")
        self._after(fate)
        return len(held.content)

    def _take(self, held: Held, body: Body, fate: Fate) -> None:
        """Bytes arrive block by block; with a partial fate the line is cut on the way."""
        cut = self._rng.randrange(1, 4) if fate is Fate.partial else None
        for number, block in enumerate(body, 1):
            held.content += block
            self.bytes_taken += len(block)
            held.touched = self._clock.steady()
            if number == cut:
                self.uploads[held.id] = held
                raise FiledTrouble("cut on the way")
        if len(held.content) > held.size:
            raise UploadMismatch("past the end")

    def _held(self, upload_id: str) -> Held:
        held = self.uploads.get(upload_id)
        if held is None or self._clock.steady() - held.touched > self.switches.upload_life:
            raise UploadGone
        return held

    # -- Binders -------------------------------------------------------------------------------

    def workspace(self) -> Workspace:
        self._after(self._read("workspace"))
        return Workspace("workspace-1", "Sandbox & Partners", user_id="user-1")

    def clients(self) -> list[ClientRecord]:
        fate = self._read("clients")
        now = self._clock.steady()
        records = [s.record for s in self._shown if s.record and s.visible_at <= now]
        self._rng.shuffle(records)
        self._after(fate)
        return records

    def create_client(self, place: Client) -> ClientRecord:
        return self._mutate("create_client", lambda: self._create_client(place))

    def add_documents(self, client_id: str, upload_ids: Sequence[str]) -> str:
        fresh = [one for one in upload_ids if one in self.uploads and one not in self._sent]
        self._sent.update(fresh)
        for upload_id in fresh:
            self.on_first_sending(client_id, bytes(self.uploads[upload_id].content))
        return self._mutate("add_documents", lambda: self._add(client_id, tuple(upload_ids)))

    def tasks(self, client_ids: Sequence[str], limit: int) -> TaskPage:
        fate = self._read("tasks")
        now = self._clock.steady()
        page: dict[str, tuple[Task, ...]] = {}
        for client_id in client_ids:
            shown = [
                self._as_of(s, now)
                for s in self._shown
                if s.task and s.task.client_id == client_id and s.visible_at <= now
            ]
            page[client_id] = tuple(reversed(shown))[:limit]
        full = frozenset(client for client, tasks in page.items() if len(tasks) >= limit)
        self._after(fate)
        return TaskPage(page, full)

    def server_time(self, at: float) -> float:
        return at

    def _create_client(self, place: Client) -> ClientRecord:
        taken = any(record.external_id == place.external_id for record in self.records)
        if taken and self.switches.unique_external_id:
            raise FiledRefused("externalId is taken", code="BAD_USER_INPUT")
        record = ClientRecord(
            self._new_id("client"),
            place.name,
            place.external_id,
            "active",
            place.return_type,
            place.tax_year,
            f"{self._clock.steady():.3f}",
        )
        self.records.append(record)
        self._show(record=record)
        return record

    def _add(self, client_id: str, upload_ids: tuple[str, ...]) -> str:
        if all(record.id != client_id for record in self.records):
            raise FiledRefused("no such client", code="NOT_FOUND")
        for upload_id in upload_ids:
            self._check_use(upload_id)
        task = Task(
            self._new_id("task"),
            client_id,
            "RUNNING",
            self._clock.now(),
            upload_count=len(upload_ids),
        )
        for upload_id in upload_ids:
            held = self.uploads[upload_id]
            held.uses += 1
            digest = hashlib.sha256(held.content).hexdigest()
            self.binder.append(Attached(client_id, digest, upload_id, task.id))
        done_at = self._clock.steady() + self._rng.uniform(0.5, self.switches.task_most)
        self._show(task=task, done_at=done_at)
        return task.id

    def _check_use(self, upload_id: str) -> None:
        try:
            held = self._held(upload_id)
        except UploadGone:
            raise FiledRefused("upload expired", code="BAD_USER_INPUT") from None
        if len(held.content) != held.size:
            raise FiledRefused("upload incomplete", code="BAD_USER_INPUT")
        if held.uses and self.switches.single_use:
            raise FiledRefused("upload already attached", code="BAD_USER_INPUT")

    def _show(
        self,
        record: ClientRecord | None = None,
        task: Task | None = None,
        done_at: float = 0.0,
    ) -> None:
        visible_at = self._clock.steady() + self._rng.uniform(0.0, self.switches.lag_most)
        self._shown.append(Shown(visible_at, record, task, done_at))

    def _as_of(self, shown: Shown, now: float) -> Task:
        assert shown.task is not None
        task = shown.task
        status = "COMPLETED" if now >= shown.done_at else "RUNNING"
        return replace(task, status=status)

    # -- fates ---------------------------------------------------------------------------------

    def _meet(self, effect: str) -> Fate:
        """The fate of a request; crashes before it happens and dead lines end it here."""
        self.catch_up()
        self.calls.append(effect)
        fate = self._crossings.fate(f"filed.{effect}", remote=True)
        if fate is Fate.before:
            raise Crash(effect)
        if fate is Fate.refused_connection:
            raise FiledUnreachable("the line is dead")
        if fate in (Fate.lost, Fate.late, Fate.dropped):
            self._clock.advance(self._rng.uniform(0.1, 30.0))  # a time-out takes its time
        return fate

    def _read(self, effect: str) -> Fate:
        fate = self._meet(effect)
        if fate in (Fate.lost, Fate.late, Fate.dropped, Fate.partial):
            raise FiledTrouble("no answer")
        return fate

    def _after(self, fate: Fate) -> None:
        if fate is Fate.after:
            raise Crash("after")

    def _mutate(self, effect: str, carry_out: Callable[[], T]) -> T:
        fate = self._meet(effect)
        if fate is Fate.late:
            at = self._clock.steady() + self._rng.uniform(0.0, self.switches.late_most)
            self._late.append((at, carry_out))
            raise OutcomeUnknown("no answer in time")
        if fate is Fate.dropped:
            raise OutcomeUnknown("no answer in time")
        result = carry_out()
        if fate in (Fate.lost, Fate.partial):
            raise OutcomeUnknown("answer lost")
        self._after(fate)
        return result
