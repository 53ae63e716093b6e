"""The door's page: the files of the package, and the way in by a one-time link."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import PurePath

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from agent.control.entrance import Entrance
from agent.control.guard import cookie_name
from agent.control.links import Links
from agent.control.replies import Unfit
from agent.words import door as said

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def _files() -> Iterator[tuple[str, str, str]]:
    """Path, file and kind of everything in the package's folder; nothing else is ever served."""
    for found in (files("agent.control") / "page").iterdir():
        kind = KINDS.get(PurePath(found.name).suffix)
        if kind is not None:
            yield "/" if found.name == "index.html" else f"/{found.name}", found.name, kind


FILES = {path: (name, kind) for path, name, kind in _files()}


class PageRoutes:
    """GET / and what it needs, and GET /enter."""

    def __init__(self, links: Links, entrance: Entrance) -> None:
        self._links = links
        self._entrance = entrance

    def routes(self) -> list[Route]:
        """All of them."""
        return [Route(path, self.file) for path in FILES] + [Route("/enter", self.enter)]

    async def file(self, request: Request) -> Response:
        """A file of the package; what is not there is unknown."""
        name, kind = FILES[request.url.path]
        try:
            content = (files("agent.control") / "page" / name).read_bytes()
        except OSError:
            raise Unfit(said.UNKNOWN, 404) from None
        return Response(content, media_type=kind)

    async def enter(self, request: Request) -> Response:
        """Let the browser in that has a link's key, once."""
        cookie = self._links.redeem(request.query_params.get("key", ""))
        if cookie is None:
            raise Unfit(said.LINK_OVER, 403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            cookie_name(self._entrance.port), cookie, httponly=True, samesite="strict", path="/"
        )
        return answer
