"""The door's export: the whole history as one file, for whoever keeps records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from agent.control.inquiry import asked
from agent.control.pages import history_csv, history_json
from agent.control.questions import Questions
from agent.control.routes_read import since_of
from agent.ledger.ledger import Ledger

Write = Callable[[Ledger, str | None, float | None], Iterator[str]]


class ExportRoutes:
    """GET /v1/export/history.csv and .json; newest first, never held in memory as a whole."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def routes(self) -> list[Route]:
        """Both."""
        return [
            Route("/v1/export/history.csv", self.as_csv),
            Route("/v1/export/history.json", self.as_json),
        ]

    async def as_csv(self, request: Request) -> Response:
        """A table."""
        return await self._export(request, history_csv, "text/csv; charset=utf-8", "history.csv")

    async def as_json(self, request: Request) -> Response:
        """HistoryLinesAnswer."""
        return await self._export(request, history_json, "application/json", "history.json")

    async def _export(self, request: Request, write: Write, kind: str, name: str) -> Response:
        client, since = asked(request, "client"), since_of(request)
        pieces = await self._questions.ask(
            lambda attended: write(attended.ledger, client, since)  # refused before any is sent
        )
        held = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(self._sent(pieces), media_type=kind, headers=held)

    async def _sent(self, pieces: Iterator[str]) -> AsyncIterator[str]:
        """Each piece is fetched on a thread of the questions, when the one before was taken."""
        while piece := await self._questions.ask(lambda attended: list(islice(pieces, 1))):
            yield piece[0]
