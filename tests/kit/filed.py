"""Filed in memory: what its documentation says, with every doubtful answer a switch.

Effects happen at times of the jumping clock, perhaps late, and may show late in lists.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from agent.engine.ports import Body
from agent.errors import (
    FiledRefused,
    FiledTrouble,
    FiledUnreachable,
    OutcomeUnknown,
    RateLimited,
    SignInNeeded,
    TypeNotAccepted,
    UploadGone,
    UploadMismatch,
)
from agent.model.client import Client, ClientRecord
from agent.model.ingestion import Task, TaskPage, Workspace
from agent.model.upload import Created
from tests.kit.clock import JumpingClock
from tests.kit.faults import Crash, Crossings, Fate
from tests.kit.late import LateEffects


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
    refuses_client: str = ""  # the external ID of a client that Filed will not have
    refuses_ending: str = ""  # names that end so are no type that Filed takes
    troubled_listing: float = 0.0  # how often a listing changes while it is paged through


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
        self._late = LateEffects()
        self._count = 0
        self.calls: list[str] = []
        self.bytes_taken = 0
        self._sent: dict[str, str] = {}
        self.sent_to_others: list[str] = []  # S1: upload IDs that were sent for two clients
        self.elsewhere: list[str] = []  # what was changed in a workspace that is not ours
        self.workspace_id = "workspace-1"
        self.signed_out_until = 0.0
        self.on_first_sending: Callable[[str, bytes], None] = lambda client_id, content: None
        self.on_first_creating: Callable[[Client], None] = lambda place: None
        self.meanwhile: Callable[[], None] = lambda: None  # what others do during a request

    # -- time ----------------------------------------------------------------------------------

    def next_event(self) -> float | None:
        """The time at which something happens here by itself."""
        return self._late.next_at

    def catch_up(self) -> None:
        """Carry out what was to happen late and is due by now."""
        self._late.carry_out(self._clock.world())

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
        if self.switches.refuses_ending and name.endswith(self.switches.refuses_ending):
            raise TypeNotAccepted("no such type here")
        held = Held(self._new_id("upload"), size, bytearray(), self._clock.world(), name=name)
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
            held.touched = self._clock.world()
            if number == cut:
                self.uploads[held.id] = held
                raise FiledTrouble("cut on the way")
        if len(held.content) > held.size:
            raise UploadMismatch("past the end")

    def _held(self, upload_id: str) -> Held:
        held = self.uploads.get(upload_id)
        if held is None or self._clock.world() - held.touched > self.switches.upload_life:
            raise UploadGone
        return held

    # -- Binders -------------------------------------------------------------------------------

    def workspace(self) -> Workspace:
        self._after(self._read("workspace"))
        return Workspace(self.workspace_id, "Sandbox & Partners", user_id="user-1")

    def clients(self) -> list[ClientRecord]:
        fate, now = self._read("clients"), self._clock.world()
        records = [s.record for s in self._shown if s.record and s.visible_at <= now]
        if self.switches.troubled_listing and self._rng.random() < self.switches.troubled_listing:
            raise FiledTrouble("the list changed while it was read")
        self._rng.shuffle(records)
        self._after(fate)
        return records

    def create_client(self, place: Client) -> ClientRecord:
        if place.external_id not in self._sent:
            self._sent[place.external_id] = ""
            self.on_first_creating(place)
        return self._mutate("create_client", lambda: self._create_client(place))

    def add_documents(self, client_id: str, upload_ids: Sequence[str]) -> str:
        for upload_id in upload_ids:
            if upload_id in self.uploads and upload_id not in self._sent:
                self.on_first_sending(client_id, bytes(self.uploads[upload_id].content))
            first = self._sent.setdefault(upload_id, client_id)
            if first != client_id:
                self.sent_to_others.append(f"{upload_id}: {first} and {client_id}")
        return self._mutate("add_documents", lambda: self._add(client_id, tuple(upload_ids)))

    def tasks(self, client_ids: Sequence[str], limit: int) -> TaskPage:
        fate, now = self._read("tasks"), self._clock.world()
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
        # the sign-in told Filed's time, and the steady clock counts on (transport.server_time)
        return at - self._clock.now() + self._clock.world()

    def _create_client(self, place: Client) -> ClientRecord:
        if place.external_id == self.switches.refuses_client:
            raise FiledRefused("this client may not be", code="BAD_USER_INPUT")
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
            f"{self._clock.world():.3f}",
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
            self._clock.world(),
            upload_count=len(upload_ids),
        )
        for upload_id in upload_ids:
            held = self.uploads[upload_id]
            held.uses += 1
            digest = hashlib.sha256(held.content).hexdigest()
            self.binder.append(Attached(client_id, digest, upload_id, task.id))
        took = self._rng.uniform(0.5, self.switches.task_most)
        self._show(task=task, done_at=self._clock.world() + took)
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
        visible_at = self._clock.world() + self._rng.uniform(0.0, self.switches.lag_most)
        self._shown.append(Shown(visible_at, record, task, done_at))

    def _as_of(self, shown: Shown, now: float) -> Task:
        assert shown.task is not None
        return replace(shown.task, status="COMPLETED" if now >= shown.done_at else "RUNNING")

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
        if fate is Fate.throttled:
            raise RateLimited("patience", self._rng.uniform(1.0, 30.0))
        if fate is Fate.denied or self._clock.world() < self.signed_out_until:
            raise SignInNeeded("the key is not accepted")
        self.meanwhile()
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
        elsewhere = self.workspace_id != "workspace-1"  # by the key that it is sent with
        fate = self._meet(effect)
        if elsewhere:
            self.elsewhere.append(effect)
        if fate is Fate.late:
            at = self._clock.world() + self._rng.uniform(0.0, self.switches.late_most)
            self._late.add(at, carry_out)
            raise OutcomeUnknown("no answer in time")
        if fate is Fate.dropped:
            raise OutcomeUnknown("no answer in time")
        result = carry_out()
        if fate in (Fate.lost, Fate.partial):
            raise OutcomeUnknown("answer lost")
        self._after(fate)
        return result
