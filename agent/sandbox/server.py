"""The sandbox: an imitation of Filed on two loopback origins, with faults that can be aimed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope

from agent.sandbox import graphql_http, page, tus
from agent.sandbox.fault_text import parse_fault
from agent.sandbox.faults import Fault
from agent.sandbox.gate import Gate, Named
from agent.sandbox.graphql_http import GraphqlRoute
from agent.sandbox.heard import Heard
from agent.sandbox.origin import Origin
from agent.sandbox.platform import Platform
from agent.sandbox.received import Received, received
from agent.sandbox.switches import Switches
from agent.sandbox.tokens import DEFAULT_ACCOUNTS, Account
from agent.sandbox.tus import UploadRoutes
from agent.sandbox.world import World


class Sandbox:
    """An imitation of Filed; every method may be called from any thread.

    State lives in memory and in ``state_dir`` (the bytes); it survives stop() and start(), as the
    ports do, so a restart looks to a client like an outage. ``clock`` gives seconds since 1970.
    """

    def __init__(
        self,
        state_dir: Path,
        switches: Switches = Switches(),  # noqa: B008 - frozen
        faults: Iterable[Fault | str] = (),
        seed: int = 0,
        upload_port: int = 0,
        graphql_port: int = 0,
        accounts: Iterable[Account] = DEFAULT_ACCOUNTS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.state_dir = state_dir
        self._accounts = tuple(accounts)
        aimed = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
        self._world = World(state_dir, switches, aimed, seed, self._accounts, clock)
        self._upload = Origin(
            "upload", _upload_application(self._world), upload_port, self._world.hearing
        )
        self._graphql = Origin("graphql", _graphql_application(self._world), graphql_port)

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on both ports; raises OSError when one is taken, and then listens on neither."""
        try:
            self._upload.start()
            self._graphql.start()
        except OSError:
            self.stop()
            raise

    def stop(self) -> None:
        """Cut every connection and close both ports; work that is late is forgotten."""
        self._upload.stop()
        self._graphql.stop()

    @property
    def upload_url(self) -> str:
        """The tus endpoint."""
        return self._upload.url + tus.PATH

    @property
    def graphql_url(self) -> str:
        """The GraphQL endpoint."""
        return self._graphql.url + graphql_http.PATH

    @property
    def page_url(self) -> str:
        """The page of what was received; ``received.json`` lies beside it."""
        return self._graphql.url + "/"

    @property
    def api_key(self) -> str:
        """The API key of the first account that may write."""
        return next(account.api_key for account in self._accounts if account.access == "read_write")

    @property
    def read_only_key(self) -> str:
        """The API key of the first account that may only read."""
        return next(account.api_key for account in self._accounts if account.access == "read_only")

    @property
    def switches(self) -> Switches:
        """How the open questions are decided; assign a new value to change it at once."""
        return self._world.switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self._world.switches = switches

    def asked(self) -> int:
        """How many requests came so far; cheaper than received()."""
        return sum(self._world.requests().values())

    def limited(self) -> int:
        """How many requests were one too many for their second (`Switches.rate_limit`)."""
        return self._world.limited

    def received(self) -> Received:
        """Everything that arrived so far, with digests computed from the bytes on disk."""
        return received(self._world)

    def heard(self) -> tuple[Heard, ...]:
        """Every request at the upload origin so far, with its bytes and how it ended."""
        return self._world.hearing.requests()

    def add_client(
        self,
        name: str,
        external_id: str,
        tax_year: int,
        return_type: str,
        status: str = "active",
    ) -> str:
        """A client that the firm made by hand in the first account's workspace; its ID."""
        world, workspace = self._world, self._accounts[0].workspace_id
        with world.lock:
            return world.records.add_client(
                workspace, name, external_id, tax_year, return_type, status
            ).id

    def aim(self, fault: Fault | str) -> None:
        """Add a fault, counted from now; raises FaultTextError for a text that is none."""
        self._world.battery.aim(parse_fault(fault) if isinstance(fault, str) else fault)

    def clear_faults(self) -> None:
        """Take every aimed fault away."""
        self._world.battery.clear()

    def expire_upload(self, upload_id: str) -> None:
        """Let an upload expire now; raises KeyError when there is none with this ID."""
        upload = self._world.store.get(upload_id)
        if upload is None:
            raise KeyError(upload_id)
        self._world.store.remove(upload, "expired")

    def forget_tokens(self) -> None:
        """Make every token issued so far invalid."""
        self._world.mint.forget()

    def revoke_key(self, api_key: str) -> None:
        """Make an API key and its tokens useless for good."""
        self._world.mint.revoke(api_key)

    def fail_tasks(self, message: str) -> None:
        """Fail every task that is RUNNING now."""
        with self._world.lock:
            for task in self._world.records.tasks:
                task.end(self._world.clock(), message)


async def _method(scope: Scope, receive: Receive) -> Named | None:
    """Uploads are counted by HTTP method."""
    if scope["type"] != "http":
        return None
    method = str(scope["method"])
    return Named(method, {method.lower()}, receive)


def _upload_application(world: World) -> Gate:
    application = Starlette(routes=UploadRoutes(world).routes())
    application.router.redirect_slashes = False
    return Gate(application, world, "upload", _method)


def _from_here(request: Request) -> bool:
    """Whether this computer was asked for by its own name; a foreign one may not read."""
    return request.url.hostname in ("127.0.0.1", "localhost")


def _graphql_application(world: World) -> Gate:
    route = GraphqlRoute(world, Platform(world))

    async def show_page(request: Request) -> Response:
        if not _from_here(request):
            return PlainTextResponse("This page is for this computer only.", 421)
        # Digests are computed in another thread: a large file must not hold up GraphQL.
        return HTMLResponse(
            page.render(await asyncio.to_thread(received, world)), headers=page.HEADERS
        )

    async def show_json(request: Request) -> Response:
        if not _from_here(request):
            return PlainTextResponse("This page is for this computer only.", 421)
        value = await asyncio.to_thread(received, world)
        return JSONResponse(asdict(value), headers={"Cache-Control": "no-store"})

    routes = [
        Route(graphql_http.PATH, route.endpoint, methods=["POST"]),
        Route("/", show_page),
        Route("/received.json", show_json),
    ]
    application = Starlette(routes=routes)
    application.router.redirect_slashes = False
    return Gate(application, world, "graphql", route.name)
