"""Answers that a running agent gives through its control door, in the shapes of the ledger's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from agent.control.remote import Remote
    from agent.control.shapes import (
        ClientAnswer,
        DocumentAnswer,
        ExplainAnswer,
        HistoryAnswer,
        StatusAnswer,
    )

PAGE = 200  # rows asked for at a time
MOST = 1_000_000


class ByDoor:
    """Questions raise Refused, and Gone where the agent ended meanwhile."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def status(self, rows: int | None) -> StatusAnswer:
        """How it goes, with everything that waits; `rows` saves a ledger work, not the door."""
        del rows
        return cast("StatusAnswer", self._remote.get("/v1/status"))

    def documents(
        self,
        stage: str | None,
        client: str | None,
        search: str | None,
        limit: int,
        offset: int,
    ) -> list[DocumentAnswer]:
        """The documents, the newest first."""
        asked = {"stage": stage, "client": client, "search": search}
        rows = self._rows("/v1/documents", "documents", asked, limit, offset)
        return cast("list[DocumentAnswer]", list(rows))

    def clients(self) -> list[ClientAnswer]:
        """Every client."""
        return cast("list[ClientAnswer]", list(self._rows("/v1/clients", "clients", {}, MOST, 0)))

    def history(self, client: str | None, since: float | None, limit: int) -> list[HistoryAnswer]:
        """What happened, the newest first; `since` is wall clock.

        Lines that come while it is read shift the pages: what came before is not told twice.
        """
        from agent.control.answers import time_json

        asked = {"client": client, "since": time_json(since)}
        rows = self._rows("/v1/history", "history", asked, limit, 0)
        return cast("list[HistoryAnswer]", list({row["id"]: row for row in rows}.values()))

    def explain(self, path: str) -> ExplainAnswer:
        """Every decision about one path, by the configuration that the agent goes by."""
        answer = self._remote.get("/v1/explain", path=os.path.abspath(path))
        return cast("ExplainAnswer", answer)

    def _rows(
        self, path: str, key: str, asked: dict[str, str | None], limit: int, offset: int
    ) -> Iterator[dict[str, Any]]:
        """The rows of a list, page by page, up to `limit` from `offset`."""
        query = {name: value for name, value in asked.items() if value is not None}
        end = offset + limit
        while offset < end:
            page = self._remote.get(path, limit=min(PAGE, end - offset), offset=offset, **query)
            yield from page[key]
            offset += len(page[key])
            if not page[key] or offset >= page["total"]:
                return
