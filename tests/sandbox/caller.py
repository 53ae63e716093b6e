"""A plain client of the sandbox: it sends what it is told and judges nothing."""

from __future__ import annotations

import base64
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from agent.sandbox.server import Sandbox

OFFSET_TYPE = "application/offset+octet-stream"
EXCHANGE = """mutation Exchange($key: String!) {
  exchangeSurfaceRefreshTokenForAccessTokens(refreshToken: $key) { userToken workspaceToken } }"""
CREATE = """mutation CreateClient($input: CreateClientInput!) {
  createClient(input: $input) {
    client { id name externalId status returnType taxYear } taskId } }"""
ATTACH = """mutation AddClientDocuments($input: AddClientDocumentsInput!) {
  addClientDocuments(input: $input) { taskId } }"""
LIST = """query ListClients($offset: Int, $limit: Int, $filters: ClientFilters, $sortBy: SortBy) {
  me { __typename ... on WorkspaceUser { workspace { id
    clients(offset: $offset, limit: $limit, filters: $filters, sortBy: $sortBy) {
      id name externalId status returnType taxYear createdAt } } } } }"""
TASKS = """query PollBinderTasks($ids: [ID!], $type: TaskType, $limit: Int) {
  me { ... on WorkspaceUser { workspace {
    clients(filters: { ids: $ids }) { id tasks(type: $type, limit: $limit) {
      id type status startedAt completedAt errorMessage attributes { name value }
      subTasks { type status errorMessage } result { __typename } client { name } } } } } } }"""
BINDER = """query BinderFiles($ids: [ID!]) { me { ... on WorkspaceUser { workspace {
  clients(filters: { ids: $ids }) { binder { id updatedAt openMissingItemsCount
    subdocuments { id fileName taxYear } missingItems { id } } } } } } }"""


class JumpingClock:
    """Seconds that pass only when told to."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def jump(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Reply:
    """An answer of the GraphQL origin."""

    status: int
    body: dict[str, Any]

    @property
    def data(self) -> Any:
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def code(self) -> str:
        return str(self.body["errors"][0]["extensions"]["code"])


class Caller:
    """One HTTP client with one token."""

    def __init__(self, sandbox: Sandbox, timeout: float = 10) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(trust_env=False, timeout=timeout, verify=False)  # loads no CAs
        self.token = ""

    def close(self) -> None:
        self.http.close()

    def sign_in(self, key: str | None = None, kind: str = "workspaceToken") -> str:
        tokens = self.ask(EXCHANGE, key=key or self.sandbox.api_key).data
        self.token = tokens["exchangeSurfaceRefreshTokenForAccessTokens"][kind]
        return self.token

    def ask(self, query: str, **variables: object) -> Reply:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": query, "variables": variables}
        answer = self.http.post(self.sandbox.graphql_url, json=body, headers=headers)
        return Reply(answer.status_code, answer.json())

    def tus(self, method: str, url: str, data: Any = None, **headers: str | None) -> httpx.Response:
        """A tus request; a header given as None is left out."""
        every: dict[str, str | None] = {
            "Tus-Resumable": "1.0.0",
            "Authorization": f"Bearer {self.token}",
        }
        every |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in every.items() if value is not None}
        return self.http.request(method, url, content=data, headers=sent)

    def create(
        self, length: int, filename: str = "w2.pdf", data: bytes | None = None
    ) -> httpx.Response:
        kind = {"Content_Type": OFFSET_TYPE} if data is not None else {}
        return self.tus(
            "POST",
            self.sandbox.upload_url,
            data,
            Upload_Length=str(length),
            Upload_Metadata=metadata(filename=filename, intent="client-document"),
            **kind,
        )

    def patch(self, url: str, offset: int, data: Any, **headers: str | None) -> httpx.Response:
        return self.tus(
            "PATCH",
            url,
            data,
            **{"Upload_Offset": str(offset), "Content_Type": OFFSET_TYPE, **headers},
        )

    def head(self, url: str) -> httpx.Response:
        return self.tus("HEAD", url)

    def upload(self, data: bytes = b"0123456789", filename: str = "w2.pdf") -> str:
        url = self.create(len(data), filename).headers["Location"]
        assert self.patch(url, 0, data).status_code == 204
        return upload_id(url)

    def create_client(
        self, external_id: str = "smith-2025", upload_ids: list[str] | None = None
    ) -> Reply:
        given: dict[str, object] = {
            "name": "Smith",
            "externalId": external_id,
            "returnType": "F1040",
            "taxYear": 2025,
        }
        if upload_ids is not None:
            given["uploadIds"] = upload_ids
        return self.ask(CREATE, input=given)

    def attach(self, client_id: str, *upload_ids: str) -> Reply:
        return self.ask(ATTACH, input={"clientId": client_id, "uploadIds": list(upload_ids)})

    def clients(self, **wanted: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(LIST, **wanted).data["me"]["workspace"]["clients"]
        return found

    def tasks(self, client_id: str, **wanted: object) -> list[dict[str, Any]]:
        reply = self.ask(TASKS, ids=[client_id], **wanted)
        found: list[dict[str, Any]] = reply.data["me"]["workspace"]["clients"][0]["tasks"]
        return found

    def binder(self, client_id: str) -> dict[str, Any]:
        reply = self.ask(BINDER, ids=[client_id])
        found: dict[str, Any] = reply.data["me"]["workspace"]["clients"][0]["binder"]
        return found

    def raw(self, method: str, url: str, body: bytes = b"", **headers: str) -> socket.socket:
        """A request on a socket of its own; the caller reads and closes it."""
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        every = {
            "Host": parts.netloc,
            "Tus-Resumable": "1.0.0",
            "Authorization": f"Bearer {self.token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"{method} {parts.path} HTTP/1.1", *(f"{k}: {v}" for k, v in every.items())]
        sock = socket.create_connection((parts.hostname, parts.port), timeout=10)
        sock.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return sock


def metadata(**pairs: str) -> str:
    """The header Upload-Metadata for some pairs."""
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())


def upload_id(url: str) -> str:
    """The last non-empty segment of a Location."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]
