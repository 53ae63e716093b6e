"""Clients and background tasks as the sandbox remembers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.sandbox.ids import uuid7
from agent.sandbox.store import Upload
from agent.sandbox.tokens import Account


@dataclass
class Client:
    """A customer of the firm, with the tasks that ran for it (oldest first)."""

    id: str
    workspace_id: str
    name: str
    external_id: str
    tax_year: int
    return_type: str
    status: str
    created: float
    tasks: list[Task] = field(default_factory=list)


@dataclass
class Task:
    """A background task; BINDER tasks carry the uploads that they file."""

    id: str
    type: str
    client: Client
    started: float
    triggered_by: Account
    uploads: tuple[Upload, ...] = ()
    polls: int = 0
    status: str = "RUNNING"
    completed: float | None = None
    error: str | None = None

    def end(self, now: float, error: str | None = None) -> None:
        """Complete the task, or fail it with a message; an ended task does not change again."""
        if self.status == "RUNNING":
            self.status = "FAILED" if error else "COMPLETED"
            self.completed, self.error = now, error


class Records:
    """Every client and task; callers hold the world's lock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._clients: dict[str, Client] = {}
        self._by_external_id: dict[tuple[str, str], Client] = {}
        self.tasks: list[Task] = []

    def add_client(
        self,
        workspace_id: str,
        name: str,
        external_id: str,
        tax_year: int,
        return_type: str,
        status: str = "active",
    ) -> Client:
        """A new client; whether the externalId is free is the caller's question."""
        now = self._clock()
        client = Client(
            uuid7(now), workspace_id, name, external_id, tax_year, return_type, status, now
        )
        self._clients[client.id] = client
        self._by_external_id.setdefault((workspace_id, external_id), client)
        return client

    def clients(self, workspace_id: str | None = None) -> list[Client]:
        """The clients of one workspace, or all, oldest first."""
        return [
            client
            for client in self._clients.values()
            if workspace_id in (None, client.workspace_id)
        ]

    def client(self, workspace_id: str, client_id: str) -> Client | None:
        """One client, if it belongs to the workspace."""
        client = self._clients.get(client_id)
        return client if client and client.workspace_id == workspace_id else None

    def client_by_external_id(self, workspace_id: str, external_id: str) -> Client | None:
        """The first client that was given an externalId."""
        return self._by_external_id.get((workspace_id, external_id))

    def start_task(
        self, kind: str, client: Client, account: Account, uploads: tuple[Upload, ...] = ()
    ) -> Task:
        """A task that starts now."""
        now = self._clock()
        task = Task(uuid7(now), kind, client, now, account, uploads)
        client.tasks.append(task)
        self.tasks.append(task)
        return task
