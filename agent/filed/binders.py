"""Filed's clients, their documents and tasks: the port `Binders` of the engine, fulfilled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.errors import FiledRefused
from agent.filed.graphql import Graph
from agent.filed.pages import every_one
from agent.filed.shapes import (
    AddDocumentsData,
    ClientAs,
    ClientsData,
    CreateClientData,
    MeData,
    TasksData,
    TasksOf,
    without_surrogates,
)
from agent.model.client import Client, ClientRecord
from agent.model.ingestion import Task, TaskPage, Workspace

PAGE = 100  # clients asked for at a time
MOST_CLIENTS = 50  # whose tasks are asked for in one request


class Binders:
    """The platform graph in the engine's words; see the port for what each method may raise."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def workspace(self) -> Workspace:
        """Who we are at Filed (query me)."""
        return self._graph.query("me", {}, MeData).workspace()

    def clients(self) -> Iterator[ClientRecord]:
        """Every client, each once, page by page (pages.py). Raises FiledTrouble for an odd list."""
        for client in every_one(self._clients_from):
            yield client.record()

    def _clients_from(self, offset: int) -> Sequence[ClientAs]:
        wanted = {"offset": offset, "limit": PAGE}
        return self._graph.query("list_clients", wanted, ClientsData).me.workspace.clients

    def create_client(self, place: Client) -> ClientRecord:
        """createClient without uploads; a client with another external ID is refused (R23)."""
        wanted = {
            "name": without_surrogates(place.name),
            "externalId": place.external_id,
            "returnType": place.return_type,
            "taxYear": place.tax_year,
        }
        made = self._graph.mutate("create_client", {"input": wanted}, CreateClientData)
        record = made.create_client.client.record()
        if record.external_id != place.external_id:
            raise FiledRefused(
                "Filed created a client, but with another external ID.", code="OTHER_EXTERNAL_ID"
            )
        return record

    def add_documents(self, client_id: str, upload_ids: Sequence[str]) -> str:
        """addClientDocuments; the ID of the task that files them."""
        wanted = {"clientId": client_id, "uploadIds": list(upload_ids)}
        taken = self._graph.mutate("add_client_documents", {"input": wanted}, AddDocumentsData)
        return taken.add_client_documents.task_id

    def tasks(self, client_ids: Sequence[str], limit: int) -> TaskPage:
        """The BINDER tasks of these clients, at most `limit` each.

        A client that Filed leaves out of its answer counts as cut off: nothing is known of it.
        """
        found: dict[str, tuple[Task, ...]] = {}
        full: set[str] = set()
        waiting = list(dict.fromkeys(client_ids))
        while waiting:
            asked = waiting[:MOST_CLIENTS]
            came = {one.id: one for one in self._ask_tasks(asked, limit) if one.id in asked}
            for one in came.values():
                found[one.id] = tuple(task.task(one.id) for task in one.tasks)
                if len(one.tasks) >= limit:
                    full.add(one.id)
            if not came:  # Filed knows none of these; a server with a lower cap answers in part
                found |= dict.fromkeys(asked, ())
                full |= set(asked)
            waiting = [one for one in waiting if one not in found]
        return TaskPage(found, frozenset(full))

    def server_time(self, at: float) -> float:
        """Our wall clock time `at` on Filed's clock."""
        return self._graph.server_time(at)

    def _ask_tasks(self, client_ids: list[str], limit: int) -> list[TasksOf]:
        variables = {"ids": client_ids, "clients": MOST_CLIENTS, "limit": limit}
        return self._graph.query("poll_binder_tasks", variables, TasksData).me.workspace.clients
