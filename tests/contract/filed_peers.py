"""The three that fulfil the engine's ports, behind one small door for the contract's cases."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from agent.engine.ports import Binders as BindersPort
from agent.engine.ports import Uploads as UploadsPort
from agent.filed.binders import Binders
from agent.filed.endpoint import Endpoint
from agent.filed.exchange import Exchange
from agent.filed.graphql import Graph
from agent.filed.sign_in import SignIn
from agent.filed.transport import Transport
from agent.filed.uploads import Uploads
from agent.model.client import Client, ClientState
from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from tests.contract.bodies import sha256
from tests.contract.line import Line
from tests.kit.clock import JumpingClock
from tests.kit.faults import Crossings, Fate
from tests.kit.filed import MemoryFiled, MemorySwitches
from tests.peers.node import running


class Peer(Protocol):
    """Someone who takes uploads, and what the cases must know of the far side."""

    @property
    def uploads(self) -> UploadsPort: ...

    def digest(self, upload_id: str) -> str:
        """The SHA-256 of the bytes on the far side."""

    def name(self, upload_id: str) -> str:
        """The file name as the far side read it."""

    def cut_next_send(self, after: int) -> None:
        """Cut the line in the next PATCH after about so many bytes."""


class FiledPeer(Peer, Protocol):
    """Someone with clients and binders as well."""

    @property
    def binders(self) -> BindersPort: ...

    def add_client(self, external_id: str) -> str:
        """A client that the firm made by hand; its ID."""

    def lose_answer_of_next(self, mutation: str) -> None:
        """The next createClient or addClientDocuments is carried out, its answer is lost."""

    def pass_time(self) -> None:
        """Long enough for a task to be over."""

    def attached(self) -> list[tuple[str, str]]:
        """(client ID, SHA-256) of every document in a binder, sorted."""


def client_named(external_id: str, name: str = "Ann Example") -> Client:
    """A client that shall be created."""
    return Client(
        id=1,
        key=name.casefold(),
        name=name,
        external_id=external_id,
        tax_year=2025,
        return_type="F1040",
        state=ClientState.creating,
    )


class _NextFate(Crossings):
    """Gives the next effect of a name the fate that was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, Fate] = {}

    def fate(self, effect: str, *, remote: bool) -> Fate:
        return self.told.pop(effect, Fate.fine)


class InMemory:
    """The double that the simulator uses."""

    def __init__(self) -> None:
        self._clock, self._fates = JumpingClock(), _NextFate()
        switches = MemorySwitches()
        self._filed = MemoryFiled(self._clock, random.Random(0), self._fates, switches)

    @property
    def uploads(self) -> UploadsPort:
        return self._filed

    @property
    def binders(self) -> BindersPort:
        return self._filed

    def digest(self, upload_id: str) -> str:
        return sha256(bytes(self._filed.uploads[upload_id].content))

    def name(self, upload_id: str) -> str:
        return self._filed.uploads[upload_id].name

    def cut_next_send(self, after: int) -> None:
        self._fates.told["filed.send"] = Fate.partial  # after some blocks, as its dice fall

    def add_client(self, external_id: str) -> str:
        return self._filed.create_client(client_named(external_id)).id

    def lose_answer_of_next(self, mutation: str) -> None:
        effect = {"createClient": "create_client", "addClientDocuments": "add_documents"}
        self._fates.told[f"filed.{effect[mutation]}"] = Fate.lost

    def pass_time(self) -> None:
        self._clock.advance(2 * self._filed.switches.task_most)

    def attached(self) -> list[tuple[str, str]]:
        return sorted((document.client_id, document.sha256) for document in self._filed.binder)


@dataclass
class InSandbox:
    """The agent's own edges against the imitation of Filed."""

    sandbox: Sandbox
    uploads: Uploads
    binders: Binders

    def digest(self, upload_id: str) -> str:
        found = self.sandbox.received().upload(upload_id).sha256
        assert found is not None
        return found

    def name(self, upload_id: str) -> str:
        return self.sandbox.received().upload(upload_id).filename

    def cut_next_send(self, after: int) -> None:
        self.sandbox.aim(f"PATCH 1: cut after {after} bytes")

    def add_client(self, external_id: str) -> str:
        return self.sandbox.add_client("Ann Example", external_id, 2025, "F1040")

    def lose_answer_of_next(self, mutation: str) -> None:
        self.sandbox.aim(f"{mutation} 1: carry out, drop the answer")

    def pass_time(self) -> None:
        """Nothing: its tasks end after some polls."""

    def attached(self) -> list[tuple[str, str]]:
        clients = self.sandbox.received().clients
        return sorted(
            (client.id, document.sha256 or "")
            for client in clients
            for document in client.documents
        )

    def switch(self, **changes: Any) -> None:
        """Change some switches of the sandbox."""
        self.sandbox.switches = replace(self.sandbox.switches, **changes)


@dataclass
class AtOfficialServer:
    """The agent's own edge against the tus project's server."""

    folder: Path
    line: Line
    uploads: Uploads

    def digest(self, upload_id: str) -> str:
        return sha256((self.folder / upload_id).read_bytes())

    def name(self, upload_id: str) -> str:
        told = json.loads((self.folder / f"{upload_id}.json").read_text(encoding="utf-8"))
        return str(told["metadata"]["filename"])

    def cut_next_send(self, after: int) -> None:
        self.line.cut_after(after)


@contextmanager
def in_memory(folder: Path) -> Iterator[InMemory]:
    """MemoryFiled."""
    yield InMemory()


@contextmanager
def in_sandbox(
    folder: Path,
    switches: Switches = Switches(creation_with_upload=True),  # noqa: B008 - frozen
    key: Callable[[Sandbox], str] = lambda sandbox: sandbox.api_key,
) -> Iterator[InSandbox]:
    """A running sandbox and our side of the line to it."""
    with Sandbox(folder / "sandbox", switches) as sandbox:
        upload, graph = Endpoint.parse(sandbox.upload_url), Endpoint.parse(sandbox.graphql_url)
        with Transport([upload, graph], JumpingClock()) as transport:
            exchange = Exchange(transport, graph)
            sign_in = SignIn(exchange, lambda: key(sandbox), JumpingClock(), transport.server_time)
            binders = Binders(Graph(transport, graph, sign_in))
            yield InSandbox(sandbox, Uploads(transport, upload, sign_in), binders)


@contextmanager
def at_official_server(folder: Path) -> Iterator[AtOfficialServer]:
    """@tus/server with its file store, behind a line that can be cut."""
    stored = folder / "stored"
    stored.mkdir()
    with running("tus_server.mjs", stored) as told:
        server = Endpoint.parse(told["url"])
        with Line(server.port) as line:
            endpoint = Endpoint.parse(f"http://127.0.0.1:{line.port}/api/uploads")
            with Transport([endpoint], JumpingClock()) as transport:
                sign_in = SignIn(lambda key: "any-token", lambda: "any-key", JumpingClock())
                yield AtOfficialServer(stored, line, Uploads(transport, endpoint, sign_in))
