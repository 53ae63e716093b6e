"""Clients, tasks and binders in the shape that the platform graph gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from random import Random
from typing import TypeVar

from agent.sandbox.ids import rfc3339
from agent.sandbox.ingestion import advance, stages
from agent.sandbox.mutations import RefusalError
from agent.sandbox.records import Client, Task
from agent.sandbox.tokens import Account
from agent.sandbox.world import World

Fields = dict[str, object]
T = TypeVar("T")
NO_FIELDS: Fields = {"sandboxOnly": None}


@dataclass
class View:
    """What one request of one account sees; every task it shows is polled once."""

    world: World
    account: Account
    dice: Random
    polled: set[str] = field(default_factory=set)

    def page(self, found: Sequence[T], offset: int | None, limit: int | None) -> list[T]:
        """Page "conventions": offset from zero, limit; the cap is not told to the caller."""
        start, cap = offset or 0, self.world.switches.list_cap
        if start < 0 or (limit is not None and limit < 0):
            raise RefusalError("BAD_USER_INPUT", "offset and limit must not be negative.")
        return list(found[start : start + (cap if limit is None else min(limit, cap))])

    def sort(
        self,
        found: list[T],
        keys: dict[str, Callable[[T], str | float]],
        born: str,
        by: dict[str, str] | None,
    ) -> list[T]:
        """Order a list by SortBy, else by the default order; ``born`` names the key of age."""
        if by is not None:
            if by["field"] not in keys:
                raise RefusalError("BAD_USER_INPUT", f"Lists cannot be sorted by {by['field']}.")
            return sorted(found, key=keys[by["field"]], reverse=by["order"] == "DESC")
        order = self.world.switches.list_order
        if order == "random":
            return self.dice.sample(found, len(found))
        # Stable sort over the reverse: of two born in the same instant the later one is newer.
        oldest_first = sorted(found, key=keys[born])
        return oldest_first if order == "oldest_first" else oldest_first[::-1]

    def visible(self, born: float) -> bool:
        """Whether something is old enough for lists to show it."""
        lag = self.world.switches.read_lag_seconds
        return not lag or self.world.clock() - born >= lag

    def clients(
        self,
        filters: dict[str, list[str]] | None,
        offset: int | None,
        limit: int | None,
        sort_by: dict[str, str] | None,
    ) -> list[Fields]:
        """Page "clients": the workspace's clients; ids is the only filter."""
        wanted = (filters or {}).get("ids")
        found = [
            client
            for client in self.world.records.clients(self.account.workspace_id)
            if self.visible(client.created) and (wanted is None or client.id in wanted)
        ]
        keys: dict[str, Callable[[Client], str | float]] = {
            "createdAt": lambda client: client.created,
            "name": lambda client: client.name,
            "externalId": lambda client: client.external_id,
            "taxYear": lambda client: client.tax_year,
        }
        ordered = self.sort(found, keys, "createdAt", sort_by)
        return [self.client(client) for client in self.page(ordered, offset, limit)]

    def client(self, client: Client) -> Fields:
        """One client."""
        return {
            "id": client.id,
            "name": client.name,
            "externalId": client.external_id,
            "status": client.status,
            "returnType": client.return_type,
            "taxYear": client.tax_year,
            "createdAt": rfc3339(client.created),
            "assignees": [],
            "tasks": lambda _info, **wanted: self.client_tasks(client, wanted),
            "binder": lambda _info: self.binder(client),
        }

    def client_tasks(self, client: Client, wanted: dict[str, object]) -> list[Fields]:
        """Page "tasks": a client's tasks by type, status and person, with a limit, no offset."""
        if self.world.switches.task_listing != "everywhere":
            return []
        limit = wanted.get("limit")
        found = [task for task in client.tasks if self.visible(task.started)]
        for task in found:
            self.poll(task)
        kept = [
            task
            for task in found
            if wanted.get("type") in (None, task.type)
            and wanted.get("status") in (None, task.status)
            and wanted.get("triggeredBy") in (None, task.triggered_by.user_id)
        ]
        return self._tasks(kept, None, limit if isinstance(limit, int) else None, None)

    def workspace_tasks(
        self,
        filters: dict[str, list[str]] | None,
        offset: int | None,
        limit: int | None,
        sort_by: dict[str, str] | None,
    ) -> list[Fields]:
        """All tasks of the workspace."""
        if self.world.switches.task_listing == "nowhere":
            return []
        wanted = (filters or {}).get("ids")
        found = [
            task
            for task in self.world.records.tasks
            if task.client.workspace_id == self.account.workspace_id
            and self.visible(task.started)
            and (wanted is None or task.id in wanted)
        ]
        return self._tasks(found, offset, limit, sort_by)

    def _tasks(
        self,
        found: list[Task],
        offset: int | None,
        limit: int | None,
        sort_by: dict[str, str] | None,
    ) -> list[Fields]:
        keys: dict[str, Callable[[Task], str | float]] = {"startedAt": lambda task: task.started}
        ordered = self.sort(found, keys, "startedAt", sort_by)
        return [self.task(task) for task in self.page(ordered, offset, limit)]

    def poll(self, task: Task) -> None:
        """Count that a task was looked at, and let it get on."""
        if task.id not in self.polled:
            self.polled.add(task.id)
            task.polls += 1
            advance(task, self.world.switches, self.world.clock())

    def task(self, task: Task) -> Fields:
        """One task."""
        self.poll(task)
        started = rfc3339(task.started)
        completed = rfc3339(task.completed) if task.completed is not None else None
        sub_tasks: list[Fields] = [
            {
                "id": f"{task.id}-{name.lower()}",
                "type": name,
                "status": status,
                "startedAt": started,
                "completedAt": completed if status != "RUNNING" else None,
                "errorMessage": task.error if status == "FAILED" else None,
                "errorCode": "UNKNOWN" if status == "FAILED" else None,
            }
            for name, status in stages(task, self.world.switches, self.world.clock())
        ]
        return {
            "id": task.id,
            "type": task.type,
            "status": task.status,
            "startedAt": started,
            "completedAt": completed,
            "errorMessage": task.error,
            "attributes": [{"name": "uploadCount", "value": str(len(task.uploads))}],
            "subTasks": sub_tasks,
            "result": _result(task),
            "client": {"id": task.client.id, "name": task.client.name},
            "triggeredBy": {
                "id": task.triggered_by.user_id,
                "name": task.triggered_by.user_name,
                "email": task.triggered_by.email,
                "emailHash": None,
            },
        }

    def binder(self, client: Client) -> Fields:
        """Page "binder": what completed tasks have filed for a client."""
        now = self.world.clock()
        for task in client.tasks:
            advance(task, self.world.switches, now)
        filed = [
            task
            for task in client.tasks
            if task.type == "BINDER"
            and task.status == "COMPLETED"
            and self.visible(task.completed or 0)
        ]
        names = [(task, upload.filename) for task in filed for upload in task.uploads]
        documents = [self._document(client, task, i, name) for i, (task, name) in enumerate(names)]
        updated = max([client.created, *(task.completed or 0 for task in filed)])
        return {
            "id": f"{client.id}-binder",
            "clientId": client.id,
            "subdocuments": lambda _info, **_wanted: documents,
            "createdAt": rfc3339(client.created),
            "updatedAt": rfc3339(updated),
            "missingItems": lambda _info, **_wanted: [],
            "openMissingItemsCount": 0,
            "messageCounts": NO_FIELDS,
            "search": lambda _info, **_wanted: NO_FIELDS,
        }

    def _document(self, client: Client, task: Task, number: int, name: str) -> Fields:
        style = self.world.switches.subdocument_names
        names = {
            "original": name,
            "pdf": PurePath(name).with_suffix(".pdf").name
            if PurePath(name).name
            else "document.pdf",
            "classified": f"Document {number + 1} {client.tax_year}.pdf",
        }
        return {
            "id": f"{task.id}-{number}",
            "fileName": names[style],
            "type": "OTHER",
            "issuer": None,
            "taxYear": client.tax_year,
            "status": "UNREVIEWED",
            "category": None,
        }


def _result(task: Task) -> Fields:
    """The member of TaskResult; a failed run is unknown, as recipe "run tax prep" says."""
    if task.type != "TAX_PREP" or task.status != "COMPLETED":
        return {"__typename": "TaskUnknownResult", **NO_FIELDS}
    filed = [t for t in task.client.tasks if t.type == "BINDER" and t.status == "COMPLETED"]
    return {
        "__typename": "TaskTaxPrepResult",
        "taxYear": task.client.tax_year,
        "returnType": task.client.return_type,
        "summary": "The sandbox prepares nothing.",
        "documentCount": sum(len(t.uploads) for t in filed),
        "extractedFormCount": 0,
        "reviewItemCount": 0,
        "reviewItems": [],
    }
