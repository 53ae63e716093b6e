"""The door's export: the whole history as one file, for whoever keeps records."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from agent.control.answers import history_answer
from agent.control.attended import Attended
from agent.control.inquiry import asked, moment
from agent.control.named import client_named
from agent.control.questions import Questions
from agent.control.shapes import HistoryAnswer
from agent.model.overview import HistoryLine

AT_ONCE = 1000  # lines that one question fetches
FIELDS = tuple(HistoryAnswer.__annotations__)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
        lines = self._lines(request)
        return _attachment(_csv(lines), "text/csv; charset=utf-8", "history.csv")

    async def as_json(self, request: Request) -> Response:
        """The shape of `history --json`."""
        lines = self._lines(request)
        return _attachment(_json(lines), "application/json", "history.json")

    def _lines(self, request: Request) -> AsyncIterator[Sequence[HistoryAnswer]]:
        told = asked(request, "since")
        since = None if told is None else moment(told, "since")
        return self._blocks(asked(request, "client"), since)

    async def _blocks(
        self, client: str | None, since: float | None
    ) -> AsyncIterator[Sequence[HistoryAnswer]]:
        lines: Iterator[HistoryLine] = iter(())

        def begin(attended: Attended) -> Sequence[HistoryAnswer]:
            nonlocal lines
            ledger = attended.ledger
            number = None if client is None else client_named(ledger, client)
            lines = iter(ledger.history_all(number, since))
            return more(attended)

        def more(attended: Attended) -> Sequence[HistoryAnswer]:
            return [history_answer(line) for line in islice(lines, AT_ONCE)]

        block = await self._questions.ask(begin)
        while block:
            yield block
            block = await self._questions.ask(more)


def _attachment(content: AsyncIterator[str], kind: str, name: str) -> StreamingResponse:
    held = f'attachment; filename="{name}"'
    return StreamingResponse(content, media_type=kind, headers={"Content-Disposition": held})


async def _csv(blocks: AsyncIterator[Sequence[HistoryAnswer]]) -> AsyncIterator[str]:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, FIELDS)
    table.writeheader()
    async for block in blocks:
        table.writerows({name: _cell(value) for name, value in line.items()} for line in block)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _cell(value: object) -> object:
    """A spreadsheet must not take a file's name for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


async def _json(blocks: AsyncIterator[Sequence[HistoryAnswer]]) -> AsyncIterator[str]:
    start = '{"history": ['
    async for block in blocks:
        for line in block:
            yield start + json.dumps(line)
            start = ",\n"
    yield ("" if start[0] == "," else start) + "]}\n"
