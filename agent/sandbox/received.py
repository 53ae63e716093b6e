"""What the sandbox received, as values: for tests, for ``/received.json`` and for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.sandbox.ingestion import advance
from agent.sandbox.records import Client, Task
from agent.sandbox.store import Upload
from agent.sandbox.world import World


@dataclass(frozen=True)
class ReceivedDocument:
    """One upload in a client's binder task."""

    filename: str
    size: int
    sha256: str | None
    upload_id: str
    task_id: str
    task_status: str


@dataclass(frozen=True)
class ReceivedClient:
    """A client with every document attached to it, in the order of the calls."""

    id: str
    workspace_id: str
    name: str
    external_id: str
    tax_year: int
    return_type: str
    status: str
    documents: tuple[ReceivedDocument, ...]


@dataclass(frozen=True)
class ReceivedUpload:
    """An upload; ``state`` is incomplete, complete, attached, expired or deleted."""

    id: str
    workspace_id: str
    filename: str
    length: int
    offset: int
    state: str
    sha256: str | None


@dataclass(frozen=True)
class ReceivedTask:
    """A background task of any type."""

    id: str
    type: str
    client_id: str
    status: str
    error: str | None
    upload_ids: tuple[str, ...]


@dataclass(frozen=True)
class Received:
    """Everything at one moment; ``requests`` counts by HTTP method and by operation name.

    ``bytes_received`` are those that uploads kept; ``bytes_heard`` are all bytes of bodies that
    came in at the upload origin, also of requests that were refused or cut.
    """

    clients: tuple[ReceivedClient, ...]
    uploads: tuple[ReceivedUpload, ...]
    tasks: tuple[ReceivedTask, ...]
    requests: Mapping[str, int]
    bytes_received: int
    faults_fired: tuple[str, ...]
    bytes_heard: int = 0

    def client(self, external_id: str) -> ReceivedClient:
        """The one client with an externalId; raises KeyError when there is none or more."""
        found = [client for client in self.clients if client.external_id == external_id]
        if len(found) != 1:
            raise KeyError(f"{len(found)} clients have the externalId {external_id!r}")
        return found[0]

    def upload(self, upload_id: str) -> ReceivedUpload:
        """The upload of an ID; raises KeyError."""
        for upload in self.uploads:
            if upload.id == upload_id:
                return upload
        raise KeyError(upload_id)

    @property
    def documents(self) -> tuple[ReceivedDocument, ...]:
        """The documents of all clients."""
        return tuple(document for client in self.clients for document in client.documents)


def _documents(client: Client, digests: dict[str, str | None]) -> tuple[ReceivedDocument, ...]:
    return tuple(
        ReceivedDocument(
            upload.filename, upload.length, digests.get(upload.id), upload.id, task.id, task.status
        )
        for task in client.tasks
        for upload in task.uploads
    )


def _client(client: Client, digests: dict[str, str | None]) -> ReceivedClient:
    return ReceivedClient(
        client.id,
        client.workspace_id,
        client.name,
        client.external_id,
        client.tax_year,
        client.return_type,
        client.status,
        _documents(client, digests),
    )


def _upload(upload: Upload, digest: str | None) -> ReceivedUpload:
    return ReceivedUpload(
        upload.id,
        upload.workspace_id,
        upload.filename,
        upload.length,
        upload.offset,
        upload.state,
        digest,
    )


def _task(task: Task) -> ReceivedTask:
    upload_ids = tuple(upload.id for upload in task.uploads)
    return ReceivedTask(task.id, task.type, task.client.id, task.status, task.error, upload_ids)


def received(world: World) -> Received:
    """Everything so far, with the SHA-256 of each complete upload computed from disk."""
    digests = {upload.id: world.store.digest(upload) for upload in world.store.all()}
    with world.lock:
        now = world.clock()
        uploads = world.store.all()
        for task in world.records.tasks:
            advance(task, world.switches, now)
        for upload in uploads:
            if upload.holder is None:
                world.store.age(upload, world.switches.upload_lifetime_seconds)
        return Received(
            tuple(_client(client, digests) for client in world.records.clients()),
            tuple(_upload(upload, digests.get(upload.id)) for upload in uploads),
            tuple(_task(task) for task in world.records.tasks),
            world.requests(),
            world.store.bytes_received,
            world.battery.fired(),
            world.hearing.bytes,
        )
